/**
 * Issues: what is wrong with an operation's input, in AWS's words.
 *
 * `1 validation error detected: Value at 'userPoolId' failed to satisfy constraint: Member must not be null`. Two kinds of fault are told
 * apart: a constraint that a value breaks, and a value of the wrong type, which the JSON protocol calls a SerializationException. A value is
 * never repeated: it may be a password. Source: answers of the services as documented and published; the words for a list's and a map's
 * own members are those of the same framework.
 */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

export interface Fault {
  /** `type`: a value is of the wrong type. `constraint`: it breaks a limit. */
  readonly kind: 'type' | 'constraint';
  readonly message: string;
}

export const MUST_NOT_BE_NULL = 'Member must not be null';
/** Stands in an issue's path for a map's key, which is the caller's own text and so not repeated. */
export const MAP_ENTRY: unique symbol = Symbol('map entry');

/** Reading stops at so many faults of one list or map, and no more are told: an answer is for a person, and costs. */
export const MOST_FAULTS = 20;

/** What kinds of JSON value are called. */
const VALUE_NAMES: Readonly<Record<string, string>> = {
  string: 'STRING_VALUE',
  number: 'NUMBER_VALUE',
  bigint: 'NUMBER_VALUE',
};
const TYPE_FAULT =
  /^(\w+_VALUE can not be converted to .+|Start of (structure or map|list) found where not expected\.|Expected (list|map) or null|Unexpected field type)$/;

/**
 * Words for `input` where a `wanted` was expected; MUST_NOT_BE_NULL when there is none.
 *
 * @param wanted with its article, e.g. `a String`, `an Integer`; `list` and `map` stand for themselves
 */
export function wrongType(input: unknown, wanted: string): string {
  if (input === undefined || input === null) return MUST_NOT_BE_NULL;
  if (wanted === 'list' || wanted === 'map') return `Expected ${wanted} or null`;
  if (Array.isArray(input)) return 'Start of list found where not expected.';
  if (typeof input === 'object') return 'Start of structure or map found where not expected.';
  const name =
    typeof input === 'boolean'
      ? `${String(input).toUpperCase()}_VALUE`
      : (VALUE_NAMES[typeof input] ?? 'UNKNOWN_VALUE');
  return `${name} can not be converted to ${wanted}`;
}

/** True when the issue is that a value is of the wrong type. */
export const isTypeFault = (issue: Issue): boolean => TYPE_FAULT.test(constraintOf(issue));

/** The constraint that the issue says is broken, e.g. `Member must have length less than or equal to 128`. */
export function constraintOf(issue: Issue): string {
  if (issue.message === MUST_NOT_BE_NULL || TYPE_FAULT.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return / received (undefined|null)$/.test(issue.message) ? MUST_NOT_BE_NULL : 'Unexpected field type';
    case 'too_small':
      return `Member must have ${measureOf(issue.origin)} greater than ${orEqual(issue.inclusive)}${String(issue.minimum)}`;
    case 'too_big':
      return `Member must have ${measureOf(issue.origin)} less than ${orEqual(issue.inclusive)}${String(issue.maximum)}`;
    case 'invalid_format':
      return `Member must satisfy regular expression pattern: ${patternText(issue)}`;
    case 'invalid_value':
      return `Member must satisfy enum value set: [${issue.values.map(String).join(', ')}]`;
    case 'custom':
      return issue.message;
    default:
      return 'Member must be valid';
  }
}

/** What is wrong, worst first: one value of the wrong type makes the whole a type fault. */
export function faultOf(error: z.ZodError): Fault {
  const type = error.issues.find(isTypeFault);
  if (type) return { kind: 'type', message: constraintOf(type) };
  return { kind: 'constraint', message: wordIssues(error) };
}

/** All issues in one sentence, e.g. `2 validation errors detected: Value at 'userPoolId' failed to …; Value at …`. */
export function wordIssues(error: z.ZodError): string {
  const found = error.issues.map(sayIssue);
  const all = [...new Set(found)].slice(0, MOST_FAULTS);
  const told = all.join('; ');
  return `${all.length} validation error${all.length === 1 ? '' : 's'} detected: ${told}`;
}

function sayIssue(issue: Issue): string {
  const constraint = constraintOf(issue);
  // A list's own members have no name: their fault is the list's.
  const isOfMember = typeof issue.path.at(-1) === 'number';
  const path = isOfMember ? issue.path.slice(0, -1) : issue.path;
  const words = isOfMember ? `Member must satisfy constraint: [${constraint}]` : constraint;
  return `Value at '${pathText(path)}' failed to satisfy constraint: ${words}`;
}

/** `['UserAttributes', 0, 'Name']` as `userAttributes.1.member.name`. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => {
      if (typeof part === 'number') return `${part + 1}.member`;
      return typeof part === 'string' ? part.charAt(0).toLowerCase() + part.slice(1) : 'member';
    })
    .join('.');
}

const measureOf = (origin: string): string =>
  ['string', 'array', 'map', 'set', 'record'].includes(origin) ? 'length' : 'value';

const orEqual = (isInclusive: boolean | undefined): string => (isInclusive === false ? '' : 'or equal to ');

function patternText(issue: Issue): string {
  return 'pattern' in issue && typeof issue.pattern === 'string' ? issue.pattern : 'the documented one';
}
