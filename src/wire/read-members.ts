/**
 * Raw members through an operation's schema: its input, or what is wrong with it in AWS's words.
 *
 * In forms an empty list, map or structure is written as an empty text, `Tags=`; only the schema knows which is meant.
 */
import type { z } from 'zod';
import { faultOf, type Fault } from './issues.ts';
import type { Protocol } from './protocol.ts';

type ReadMembers<Input> =
  | { readonly input: Input; readonly fault?: never }
  | { readonly input?: never; readonly fault: Fault };

/** @param family of the protocol that read `raw` */
export function readMembers<Input>(
  schema: z.ZodType<Input>,
  raw: Readonly<Record<string, unknown>>,
  family: Protocol['family'],
): ReadMembers<Input> {
  const first = schema.safeParse(raw);
  if (first.success) return { input: first.data };
  const filled = family === 'query' ? withEmptyCollections(raw, first.error.issues) : undefined;
  const second = filled && schema.safeParse(filled);
  if (second?.success) return { input: second.data };
  return { fault: faultOf(second?.error ?? first.error) };
}

/** `raw` with an empty list or map wherever one was expected and an empty text stands; undefined when nowhere. */
function withEmptyCollections(
  raw: Readonly<Record<string, unknown>>,
  issues: readonly z.core.$ZodIssue[],
): Readonly<Record<string, unknown>> | undefined {
  let filled: unknown = raw;
  for (const { message, path } of issues) {
    const empty =
      message === 'Expected list or null' ? [] : message === 'Expected map or null' ? {} : undefined;
    if (empty) filled = replaced(filled, path, empty);
  }
  return filled === raw ? undefined : (filled as Readonly<Record<string, unknown>>); // `replaced` keeps the shape of what it copies
}

/** A copy of `value` with `empty` at `path`, if an empty text stands there; else the same value. */
function replaced(value: unknown, path: readonly PropertyKey[], empty: object): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value === '' ? empty : value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return value;
  const inner: unknown = Reflect.get(value, step);
  const changed = replaced(inner, rest, empty);
  if (changed === inner) return value;
  return Array.isArray(value) ? value.with(Number(step), changed) : { ...value, [step]: changed };
}
