/**
 * The scripts that Redis runs: each in one go, on the keys that it is given and on no other.
 *
 * A script checks all before it writes anything, since nothing is undone. Documents are opaque to it: only the head of a value, whose
 * fields end with NUL, is read (see redis/rows.ts). Times come from the caller's clock; how long Redis itself remembers is counted from it.
 */
import { createHash } from 'node:crypto';

export interface Script {
  readonly text: string;
  /** SHA-1, by which Redis knows it. */
  readonly hash: string;
}

const script = (text: string): Script => ({ text, hash: createHash('sha1').update(text).digest('hex') });

/** Reads arguments one after the other, and the head of a value. */
const READING = String.raw`
local at = 0
local function word() at = at + 1 return ARGV[at] end
local function number() return tonumber(word()) end

-- An entry is known by the name of its index and its position; its member in the index names the record as well.
local function rowOf(value, text)
  if not value then return false end
  local from = 1
  local function field()
    local stop = string.find(value, '\0', from, true)
    local found = string.sub(value, from, stop - 1)
    from = stop + 1
    return found
  end
  local row = { version = field(), till = field(), value = value, entries = {} }
  row.entries['\0' .. text] = { name = '', position = text, member = text }
  for _ = 1, tonumber(field()) do
    local name = field()
    local position = field()
    row.entries[name .. '\0' .. position] = { name = name, position = position, member = position .. '\0' .. text }
  end
  return row
end
`;

/**
 * A commit. ARGV: now, margin; the collections, each with its name, the number of its key of ends and its indexes (name, number of the
 * key, 1 for a unique one); the changes (act, number of the collection, number of the record's key, key text, version or '', value).
 * Gives nothing, or why not: kind, collection, index.
 */
export const COMMIT = script(
  READING +
    String.raw`
local function key() return KEYS[number()] end
local now = number()
local margin = number()
local shelves, slots, order, freed = {}, {}, {}, {}

for shelf = 1, number() do
  shelves[shelf] = { name = word(), untils = key(), indexes = {} }
  for _ = 1, number() do
    local name = word()
    shelves[shelf].indexes[name] = { key = key(), unique = word() == '1', holders = {} }
  end
end

local function isPast(till) return till ~= '' and tonumber(till) <= now end

-- What is kept under a key, as the changes so far leave it.
local function slotOf(shelf, key, text)
  if not slots[key] then
    local was = rowOf(redis.call('GET', key), text)
    slots[key] = { shelf = shelf, key = key, text = text, was = was, row = was }
    order[#order + 1] = slots[key]
  end
  return slots[key]
end

-- Who holds a unique key, as the changes so far leave it.
local function holderOf(shelf, entry)
  local index = shelf.indexes[entry.name]
  local held = index.holders[entry.position]
  if held == nil then
    held = false
    local members = redis.call('ZRANGEBYLEX', index.key, '[' .. entry.position .. '\0', '(' .. entry.position .. '\1')
    for _, member in ipairs(members) do
      local till = redis.call('ZSCORE', shelf.untils, entry.name .. '\0' .. member) or ''
      if isPast(till) then
        freed[#freed + 1] = { shelf = shelf, name = entry.name, member = member }
      else
        held = { text = string.sub(member, #entry.position + 2), till = till }
      end
    end
    index.holders[entry.position] = held
  end
  return held and not isPast(held.till) and held
end

local function hold(shelf, entry, held) shelf.indexes[entry.name].holders[entry.position] = held end

local function uniques(shelf, row)
  local found = {}
  for _, entry in pairs(row and row.entries or {}) do
    local index = shelf.indexes[entry.name]
    if index and index.unique then found[#found + 1] = entry end
  end
  return found
end

for _ = 1, number() do
  local act, shelf = word(), shelves[number()]
  local slot = slotOf(shelf, key(), word())
  local version = word()
  local row = act ~= 'remove' and rowOf(word(), slot.text)
  local old = slot.row and not isPast(slot.row.till) and slot.row

  if act == 'insert' then
    if old then return { 'already-kept', shelf.name, '' } end
  elseif not old then
    return { act == 'remove' and version ~= '' and 'changed-meanwhile' or 'not-kept', shelf.name, '' }
  elseif version ~= '' and version ~= old.version then
    return { 'changed-meanwhile', shelf.name, '' }
  end

  for _, entry in ipairs(uniques(shelf, slot.row)) do
    local held = holderOf(shelf, entry)
    if held and held.text == slot.text then hold(shelf, entry, false) end
  end
  for _, entry in ipairs(uniques(shelf, row)) do
    if holderOf(shelf, entry) then return { 'already-kept', shelf.name, entry.name } end
    hold(shelf, entry, { text = slot.text, till = row.till })
  end
  slot.row = row
end

-- From here on nothing refuses.
local function drop(shelf, name, member)
  if shelf.indexes[name] then redis.call('ZREM', shelf.indexes[name].key, member) end
  redis.call('ZREM', shelf.untils, name .. '\0' .. member)
end

local function lifetimeOf(till) return math.max(tonumber(till) - now, 0) + margin end

-- Redis forgets an index by itself when it may forget all that stands in it.
local function enter(shelf, entry, till)
  local index = shelf.indexes[entry.name].key
  local left = redis.call('PTTL', index)
  redis.call('ZADD', index, '0', entry.member)
  if till == '' then
    if left >= 0 then redis.call('PERSIST', index) end
    redis.call('ZREM', shelf.untils, entry.name .. '\0' .. entry.member)
    return
  end
  redis.call('ZADD', shelf.untils, till, entry.name .. '\0' .. entry.member)
  local lifetime = lifetimeOf(till)
  if left == -2 or (left >= 0 and left < lifetime) then
    redis.call('PEXPIRE', index, string.format('%.0f', lifetime))
  end
end

for _, each in ipairs(freed) do drop(each.shelf, each.name, each.member) end

for _, slot in ipairs(order) do
  local shelf, was, row = slot.shelf, slot.was, slot.row
  if row ~= was then
    -- Of a record that is past its time some entries may be cleaned away already.
    local had = was and not isPast(was.till) and was.entries or {}
    for id, entry in pairs(was and was.entries or {}) do
      if not row or not row.entries[id] then drop(shelf, entry.name, entry.member) end
    end
    if not row then
      redis.call('DEL', slot.key)
    else
      if row.till == '' then
        redis.call('SET', slot.key, row.value)
      else
        redis.call('SET', slot.key, row.value, 'PX', string.format('%.0f', lifetimeOf(row.till)))
      end
      for id, entry in pairs(row.entries) do
        if not had[id] or was.till ~= row.till then enter(shelf, entry, row.till) end
      end
      -- Every record stands in the index of keys, which therefore lasts the longest.
      local left = redis.call('PTTL', shelf.indexes[''].key)
      if left < 0 then redis.call('PERSIST', shelf.untils) else redis.call('PEXPIRE', shelf.untils, left) end
    end
  end
end

-- A few entries of records long past their time, so that they cannot pile up.
for _, shelf in ipairs(shelves) do
  local past = redis.call('ZRANGEBYSCORE', shelf.untils, '-inf', string.format('%.0f', now - margin), 'LIMIT', '0', '16')
  for _, each in ipairs(past) do
    local stop = string.find(each, '\0', 1, true)
    drop(shelf, string.sub(each, 1, stop - 1), string.sub(each, stop + 1))
  end
end
return {}
`,
);

/**
 * Takes dead entries out of an index: those whose record is gone, stands there no more, or is long past its time.
 * KEYS: the index, the collection's ends, the records. ARGV: now, margin, the index's name; key text, entry and member for each record.
 */
export const CLEAN = script(
  READING +
    String.raw`
local now = number()
local margin = number()
local name = word()
for place = 3, #KEYS do
  local row = rowOf(redis.call('GET', KEYS[place]), word())
  local entry, member = word(), word()
  local stands = row and row.entries[entry] and (row.till == '' or tonumber(row.till) + margin > now)
  if not stands then
    redis.call('ZREM', KEYS[1], member)
    redis.call('ZREM', KEYS[2], name .. '\0' .. member)
  end
end
return {}
`,
);

/** Keeps a note when there is none. KEYS: the note. ARGV: now, value, milliseconds that Redis remembers it. Gives 1 when it did. */
export const CLAIM = script(String.raw`
local value = redis.call('GET', KEYS[1])
if value and tonumber(string.match(value, '^%d+')) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
`);

/** Counts one more. KEYS: the count. ARGV: now, the end of a first count, milliseconds that Redis remembers it. Gives the count. */
export const COUNT = script(String.raw`
local value = redis.call('GET', KEYS[1])
if value then
  local till, count = string.match(value, '^(%d+)%z(%d+)$')
  if tonumber(till) > tonumber(ARGV[1]) then
    redis.call('SET', KEYS[1], till .. '\0' .. string.format('%.0f', tonumber(count) + 1), 'KEEPTTL')
    return tonumber(count) + 1
  end
end
redis.call('SET', KEYS[1], ARGV[2] .. '\0001', 'PX', ARGV[3])
return 1
`);
