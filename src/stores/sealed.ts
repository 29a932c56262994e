/**
 * Sealing: what a store never sees in the clear. Decorates any Records and any Expiring.
 *
 * Members that a collection names `sealed` are encrypted, each bound to its collection, its record's key and its name, so that a value
 * moved to another record, or to another member, does not open. A `secretKey` is kept as its SHA-256. Of notes the id is hashed and the
 * note sealed; counts stay plain under the hashed id. Indexes are made from what is kept, so they can rest on no sealed member.
 */
import { sha256Hex } from '../base/secret.ts';
import type { Expiring } from '../domain/ports/expiring.ts';
import type { AnyCollection, Change, Collection, Kept, Key, Records } from '../domain/ports/records.ts';
import type { Sealer } from '../domain/ports/sealer.ts';
import { noteText } from './shared/expiry.ts';
import { keyText, partText } from './shared/key-text.ts';

/** About as long as a user's verifier, with the rest of his record. */
const DECOY_CHARACTERS = 1500;

/** Any record, seen as members by name. */
type Members = Record<string, unknown>;

/**
 * `records`, sealed. Reading throws Failure `cannot-open` when a sealed member is damaged, was moved, or is of a key that the keyring
 * does not hold.
 */
export function sealedRecords(records: Records, sealer: Sealer): Records {
  function shut(collection: AnyCollection, record: object): object {
    const stored = withHashedKey(collection, record);
    for (const member of collection.sealed ?? []) {
      if (stored[member] === undefined) continue;
      stored[member] = sealer.seal(JSON.stringify(stored[member]), contextOf(collection, stored, member));
    }
    return stored;
  }

  function open<T extends object>(collection: Collection<T>, stored: T): T {
    const opened: Members = {};
    for (const member of collection.sealed ?? []) {
      const sealed: unknown = stored[member];
      if (sealed === undefined) continue;
      // What stands there unsealed was not put there by us: the empty text opens no more than it would.
      const text = typeof sealed === 'string' ? sealed : '';
      opened[member] = JSON.parse(sealer.open(text, contextOf(collection, stored, member)).toString('utf8'));
    }
    return { ...stored, ...opened };
  }

  let decoy: string | undefined;

  /** What is not there costs what it costs to open what is: the time of an answer must not tell one from the other. */
  function openNothing({ sealed = [] }: AnyCollection): undefined {
    if (sealed.length === 0) return undefined;
    decoy ??= sealer.seal(JSON.stringify({ decoy: 'x'.repeat(DECOY_CHARACTERS) }), 'decoy');
    JSON.parse(sealer.open(decoy, 'decoy').toString('utf8'));
    return undefined;
  }

  const openKept = <T extends object>(
    collection: Collection<T>,
    kept: Kept<T> | undefined,
  ): Kept<T> | undefined =>
    kept ? { ...kept, record: open(collection, kept.record) } : openNothing(collection);

  const shutChange = (change: Change): Change =>
    change.act === 'remove'
      ? { ...change, key: hashedKey(change.collection, change.key) }
      : { ...change, record: shut(change.collection, change.record) };

  return {
    async get(collection, key) {
      const kept = openKept(collection, await records.get(collection, hashedKey(collection, key)));
      const { secretKey } = collection;
      return kept && secretKey ? { ...kept, record: { ...kept.record, [secretKey]: key.at(-1) } } : kept;
    },
    async find(collection, index, key) {
      return openKept(collection, await records.find(collection, index, key));
    },
    async page(collection, request) {
      const page = await records.page(collection, request);
      return { ...page, records: page.records.map((stored) => open(collection, stored)) };
    },
    commit: async (...changes) => records.commit(...changes.map(shutChange)),
  };
}

/** `expiring`, sealed. `get` and `take` throw Failure `cannot-open` as sealed records do. */
export function sealedExpiring(expiring: Expiring, sealer: Sealer): Expiring {
  const seal = (kind: string, place: string, note: unknown) =>
    sealer.seal(noteText(note), noteContext(kind, place));
  const open = (kind: string, place: string, sealed: string | undefined) =>
    sealed === undefined
      ? undefined
      : JSON.parse(sealer.open(sealed, noteContext(kind, place)).toString('utf8'));

  return {
    async put(kind, id, note, seconds) {
      const place = hashed(id);
      return expiring.put(kind, place, seal(kind, place, note), seconds);
    },
    async claim(kind, id, note, seconds) {
      const place = hashed(id);
      return expiring.claim(kind, place, seal(kind, place, note), seconds);
    },
    async get(kind, id) {
      const place = hashed(id);
      return open(kind, place, await expiring.get<string>(kind, place));
    },
    async take(kind, id) {
      const place = hashed(id);
      return open(kind, place, await expiring.take<string>(kind, place));
    },
    spend: async (kind, id) => expiring.spend(kind, hashed(id)),
    count: async (kind, id, seconds) => expiring.count(kind, hashed(id), seconds),
    counted: async (kind, id) => expiring.counted(kind, hashed(id)),
    forget: async (kind, id) => expiring.forget(kind, hashed(id)),
  };
}

/** SHA-256 of `secret`, 64 hexadecimal characters; escaped first, because all lone surrogates are alike in UTF-8. */
const hashed = (secret: string): string => sha256Hex(partText(secret));

const hashedKey = (collection: AnyCollection, key: Key): Key =>
  collection.secretKey ? [...key.slice(0, -1), hashed(key.at(-1) ?? '')] : key;

function withHashedKey(collection: AnyCollection, record: object): Members {
  const stored: Members = { ...record };
  const { secretKey } = collection;
  if (!secretKey) return stored;
  const secret = stored[secretKey];
  // Anything else would be kept in the clear, inside the key.
  if (typeof secret !== 'string' || collection.key(record).at(-1) !== secret) {
    throw new TypeError(`${secretKey} is not the last part of a key of ${collection.name}`);
  }
  return { ...stored, [secretKey]: hashed(secret) };
}

const contextOf = (collection: AnyCollection, stored: object, member: string): string =>
  `record/${collection.name}/${member}/${keyText(collection.key(stored))}`;

/** @param place the hashed id */
const noteContext = (kind: string, place: string): string => `note/${keyText([kind, place])}`;
