/**
 * The filter of ListUsers: `email = "ada@example.com"`, `given_name ^= "A"`.
 *
 * One attribute, one comparison, a value in double quotes with `\"` and `\\` inside. What may be searched is what is indexed.
 * Source: Cognito API reference, ListUsers, "Filter"; developer guide, "Searching for users using the ListUsers API".
 */
import type { ListRequest } from '../../../domain/users/users.ts';
import { refuse } from '../members.ts';

const FILTER = /^\s*"?([\w:]{1,40}?)"?\s*(\^?=)\s*"((?:[^"\\]|\\["\\])*)"\s*$/u;
const SEARCHABLE = [
  'username',
  'email',
  'phone_number',
  'name',
  'given_name',
  'family_name',
  'preferred_username',
  'cognito:user_status',
  'status',
  'sub',
];

/** Undefined for an empty filter. @throws Failure `refused-parameter` */
export function readFilter(text: string | undefined): ListRequest['filter'] {
  if (text === undefined || text.trim() === '') return undefined;
  const [, attribute, comparison, value] = FILTER.exec(text) ?? [];
  if (attribute === undefined || value === undefined) refuse('Error while parsing filter.');
  if (!SEARCHABLE.includes(attribute)) refuse(`Filtering is not allowed on the attribute ${attribute}.`);
  const plain = value.replace(/\\(["\\])/g, '$1');
  // The one of them in which case does not count.
  const sought = attribute === 'cognito:user_status' ? plain.toUpperCase() : plain;
  return { attribute, value: sought, isPrefix: comparison === '^=' };
}
