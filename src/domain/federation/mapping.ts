/**
 * Mapping: what of a provider's claims becomes a user's attributes.
 *
 * Only what the pool's administrator mapped, and never what is the pool's own to say. Whether an address counts as verified is taken from a claim that was mapped to it, and only a plain true; a provider that merely names an address proves nothing.
 * Source: Cognito developer guide, "Mapping IdP attributes to profiles and tokens".
 */
import type { Attributes } from '../pools/attributes.ts';
import type { Provider } from '../pools/providers.ts';

const VERIFIED = new Set(['email_verified', 'phone_number_verified']);
/** The subject always is the name; who maps something else to it is not heeded. */
const NEVER = new Set(['username', 'sub', 'identities']);

/** Attributes for the user that these claims are about. */
export function mapClaims(
  { attributeMapping }: Provider,
  claims: Readonly<Record<string, unknown>>,
): Attributes {
  const mapped: Record<string, string> = {};
  for (const [attribute, claim] of Object.entries(attributeMapping)) {
    if (NEVER.has(attribute) || attribute.startsWith('cognito:')) continue;
    const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    if (value === undefined || value === null) continue;
    mapped[attribute] = VERIFIED.has(attribute) ? String(value === true || value === 'true') : textOf(value);
  }
  return mapped;
}

/**
 * Text as it is; several values as Cognito writes them, each form-encoded: `[a+b,c%2Cd]`; all else as JSON.
 * Source: as above ("flattens all values into a comma-delimited string enclosed in … [ and ]").
 */
export const textOf = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map((each) => formEncoded(textOf(each))).join(',')}]`;
  return typeof value === 'string' ? value : JSON.stringify(value);
};

const NAME = 'v';
const formEncoded = (text: string): string =>
  new URLSearchParams({ [NAME]: text }).toString().slice(NAME.length + 1);
