/**
 * Members: the kinds of value an operation takes, with AWS's limits; every service's inputs are made of these.
 *
 * Plain zod types whose issues `issues.ts` can put in AWS's words. What is absent and what is null is the same thing; what is unknown is
 * dropped. The query protocol's values are all text, hence the kinds whose name begins with `query`.
 * A list and a map cannot be made without a maximum; it is checked before any item is looked at, and the items are left alone after the
 * twentieth fault. So the work that an input can cause is bounded by its schema, not by its size.
 * Source: Smithy 2.0, constraint traits: lengths of text count code points, a pattern here covers the whole text.
 */
import { z } from 'zod';
import { constraintOf, isTypeFault, MAP_ENTRY, MOST_FAULTS, MUST_NOT_BE_NULL, wrongType } from './issues.ts';

interface Limits {
  readonly min?: number;
  readonly max?: number;
}
interface TextLimits extends Limits {
  /** Covers the whole text, whether or not it says so; read with the flag `u`. Its source is told to callers as it stands. */
  readonly pattern?: RegExp;
  /** Says the same as `pattern`, which then is only told: for one that a long text may fit in so many ways that trying them takes minutes. */
  readonly matches?: (value: string) => boolean;
  /** Marks a value that must not be shown to anyone: `schema.meta()?.secret`. */
  readonly secret?: true;
}
/** Limits of what holds items. Where AWS names no maximum, the service says why it chose its own. */
interface CollectionLimits extends Limits {
  readonly max: number;
}
/** What a list or a map holds, for those who walk over schemas: `collectionIn(schema)`. */
export interface Collection extends CollectionLimits {
  readonly item: z.ZodType;
}
/** What a check is handed: the value, and the place to put issues. */
interface Checked<T> {
  readonly value: T;
  readonly issues: z.core.$ZodRawIssue[];
}

/** Words for a value of the wrong type; other issues keep their own. */
const expecting = (wanted: string) => (issue: { readonly code?: string; readonly input?: unknown }) =>
  issue.code === 'invalid_type' ? wrongType(issue.input, wanted) : undefined;

/** Text of `min` to `max` code points that matches `pattern` as a whole. */
export function text({ min, max, pattern, matches, secret }: TextLimits = {}) {
  const whole = pattern && wholePattern(pattern);
  const fits = matches ?? ((value: string) => whole?.expression.test(value) ?? true);
  const schema = z.string({ error: expecting('a String') }).check((checked: Checked<string>) => {
    const isTooLong = checkLimits(checked, codePoints(checked.value, max), 'string', { min, max });
    // Text beyond its limit is not matched: the work that a request can cause stays bounded.
    if (whole && !isTooLong && !fits(checked.value)) {
      checked.issues.push({
        code: 'invalid_format',
        format: 'regex',
        origin: 'string',
        pattern: whole.told,
        input: checked.value,
        continue: true,
      });
    }
  });
  return secret ? schema.meta({ secret }) : schema;
}

/** One of the texts of a closed set. */
export function oneOf<const Value extends string>(values: readonly [Value, ...Value[]] | readonly Value[]) {
  return z.enum(values, {
    error: ({ input }) => (typeof input === 'string' ? undefined : wrongType(input, 'a String')),
  });
}

/** A whole number. */
export function integer(limits: Limits = {}) {
  return z.number({ error: expecting('an Integer') }).check((checked: Checked<number>) => {
    if (!Number.isSafeInteger(checked.value)) {
      checked.issues.push({
        code: 'custom',
        message: wrongType(checked.value, 'an Integer'),
        input: checked.value,
      });
      return;
    }
    checkLimits(checked, checked.value, 'number', limits);
  });
}

/** True or false. */
export const flag = () => z.boolean({ error: expecting('a Boolean') });

/** A moment, written as seconds since 1970; fractions count. */
export function moment() {
  return z.number({ error: expecting('milliseconds since epoch') }).transform((seconds, context) => {
    const date = new Date(seconds * 1000);
    if (!Number.isNaN(date.getTime())) return date;
    context.issues.push({
      code: 'custom',
      message: wrongType(seconds, 'milliseconds since epoch'),
      input: seconds,
    });
    return z.NEVER;
  });
}

/** A list of `min` to `max` items. */
export function list<Item extends z.ZodType>(
  item: Item,
  limits: CollectionLimits,
): z.ZodType<z.output<Item>[], z.input<Item>[]> {
  const schema = z.unknown().transform((raw, { issues }): z.output<Item>[] => {
    if (!Array.isArray(raw)) {
      issues.push({ code: 'custom', message: wrongType(raw, 'list'), input: raw });
      return z.NEVER;
    }
    if (checkLimits({ value: raw, issues }, raw.length, 'array', limits)) return z.NEVER;
    return readItems(raw, (each, index) => readItem(index, each, { item, issues }), issues);
  });
  COLLECTIONS.set(schema, { ...limits, item });
  // zod cannot know what an unknown was before; the item's type says it.
  return schema as z.ZodType<z.output<Item>[], z.input<Item>[]>;
}

/** A map of text to values, with `min` to `max` entries. Keys are kept as own members, whatever their name. */
export function mapOf<Value extends z.ZodType>(
  key: z.ZodType<string>,
  value: Value,
  limits: CollectionLimits,
): z.ZodType<Record<string, z.output<Value>>, Record<string, z.input<Value>>> {
  const schema = z.unknown().transform((raw, { issues }): Record<string, z.output<Value>> => {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
      issues.push({ code: 'custom', message: wrongType(raw, 'map'), input: raw });
      return z.NEVER;
    }
    const entries = Object.entries(raw);
    if (checkLimits({ value: raw, issues }, entries.length, 'map', limits)) return z.NEVER;
    return Object.fromEntries(
      readItems(entries, ([name, each]) => readEntry(name, each, { key, value, issues }), issues),
    );
  });
  COLLECTIONS.set(schema, { ...limits, item: value });
  return schema as z.ZodType<Record<string, z.output<Value>>, Record<string, z.input<Value>>>;
}

const COLLECTIONS = new WeakMap<z.ZodType, Collection>();

/** What the schema of a list or a map holds, and its limits; undefined for any other schema. */
export const collectionIn = (schema: z.ZodType): Collection | undefined => COLLECTIONS.get(schema);

/** Items read one by one, until the faults are as many as are told. */
function readItems<Raw, Item>(
  raw: readonly Raw[],
  read: (each: Raw, index: number) => Item,
  issues: readonly unknown[],
): Item[] {
  const items: Item[] = [];
  for (const [index, each] of raw.entries()) {
    items.push(read(each, index));
    if (issues.length >= MOST_FAULTS) break;
  }
  return items;
}

function readItem<Item extends z.ZodType>(
  index: number,
  raw: unknown,
  { item, issues }: { readonly item: Item; readonly issues: z.core.$ZodRawIssue[] },
): z.output<Item> {
  const { data, error } = item.safeParse(raw);
  for (const issue of error?.issues ?? [])
    issues.push({ ...issue, input: raw, path: [index, ...issue.path] } as z.core.$ZodRawIssue); // its message is made already
  return data as z.output<Item>;
}

/** Any JSON value, which means something to whoever reads it; the model calls it a document. */
export function document() {
  // The SDK's type of it holds every value, and so must this one.
  // oxlint-disable-next-line typescript/no-explicit-any
  return z.any().check((checked: Checked<unknown>) => {
    if (checked.value !== undefined) return;
    checked.issues.push({ code: 'custom', message: MUST_NOT_BE_NULL, input: checked.value });
  });
}

/** A structure: named members, each optional only when it says so. */
export const structure = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.object(shape, { error: expecting('map') });

/** A whole number written as text. */
export function queryInteger(limits: Limits = {}) {
  return z.string({ error: expecting('an Integer') }).transform((written, context) => {
    const value = Number(written);
    if (!/^[+-]?\d{1,16}$/.test(written) || !Number.isSafeInteger(value)) {
      context.issues.push({ code: 'custom', message: wrongType(written, 'an Integer'), input: written });
      return z.NEVER;
    }
    checkLimits({ value, issues: context.issues }, value, 'number', limits);
    return value;
  });
}

/** True or false written as text. */
export function queryFlag() {
  return z.string({ error: expecting('a Boolean') }).transform((written, context) => {
    if (written === 'true' || written === 'false') return written === 'true';
    context.issues.push({ code: 'custom', message: wrongType(written, 'a Boolean'), input: written });
    return z.NEVER;
  });
}

const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** A moment written as ISO 8601 text. */
export function queryMoment() {
  return z.string({ error: expecting('a Timestamp') }).transform((written, context) => {
    const date = new Date(written);
    if (ISO_8601.test(written) && !Number.isNaN(date.getTime())) return date;
    context.issues.push({ code: 'custom', message: wrongType(written, 'a Timestamp'), input: written });
    return z.NEVER;
  });
}

function readEntry<Value extends z.ZodType>(
  name: string,
  raw: unknown,
  map: { readonly key: z.ZodType<string>; readonly value: Value; readonly issues: z.core.$ZodRawIssue[] },
): readonly [string, z.output<Value>] {
  const key = map.key.safeParse(name);
  for (const issue of key.error?.issues ?? []) {
    map.issues.push({
      code: 'custom',
      message: `Map keys must satisfy constraint: [${constraintOf(issue)}]`,
      input: name,
    });
  }
  const value = map.value.safeParse(raw);
  for (const issue of value.error?.issues ?? []) map.issues.push(ofEntry(issue, raw));
  return [name, value.data as z.output<Value>];
}

/** A fault of a map's value as the map's own. */
function ofEntry(issue: z.core.$ZodIssue, input: unknown): z.core.$ZodRawIssue {
  const constraint = constraintOf(issue);
  const isOwn = issue.path.length === 0 && !isTypeFault(issue);
  const message = isOwn ? `Map value must satisfy constraint: [${constraint}]` : constraint;
  return { code: 'custom', message, path: issue.path.length === 0 ? [] : [MAP_ENTRY, ...issue.path], input };
}

/** Says so when `measure` is outside the limits. @returns true when it is beyond the upper one */
function checkLimits(
  { value, issues }: Checked<unknown>,
  measure: number,
  origin: 'string' | 'number' | 'map' | 'array',
  { min, max }: Limits,
): boolean {
  const about = { origin, inclusive: true, input: value, continue: true } as const;
  if (min !== undefined && measure < min) issues.push({ ...about, code: 'too_small', minimum: min });
  if (max === undefined || measure <= max) return false;
  issues.push({ ...about, code: 'too_big', maximum: max });
  return true;
}

/** How many code points; of a text that must be beyond `most`, its units, which are more than `most` too. */
function codePoints(value: string, most = Infinity): number {
  if (value.length > most * 2) return value.length;
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

/** @param pattern with or without its own anchors */
function wholePattern(pattern: RegExp): { readonly expression: RegExp; readonly told: string } {
  return {
    expression: new RegExp(`^(?:${pattern.source})$`, `u${pattern.flags.replaceAll(/[guy]/g, '')}`),
    // A RegExp shows each slash of its source with a backslash; AWS's patterns have none.
    told: pattern.source.replaceAll(String.raw`\/`, '/'),
  };
}
