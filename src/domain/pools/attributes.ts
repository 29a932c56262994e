/**
 * Attributes: what a pool knows about a person; the standard ones of OpenID Connect and the pool's own.
 *
 * A pool's schema says type, limits, and who may write. Values are text on every wire. `sub`, `identities` and whatever begins with
 * `cognito:` are the pool's to say, never a caller's.
 * Source: Cognito developer guide, "Working with user attributes"; OpenID Connect Core 5.1.
 */
import { Failure } from '../../base/failure.ts';

export type AttributeType = 'String' | 'Number' | 'DateTime' | 'Boolean';

export interface AttributeSchema {
  /** `email`, or `custom:tier`, `dev:custom:tier`. */
  readonly name: string;
  readonly type: AttributeType;
  readonly isMutable: boolean;
  readonly isRequired: boolean;
  /** Written and read by administrators only. */
  readonly isDeveloperOnly: boolean;
  /** Length for text, value for numbers. */
  readonly min?: number;
  readonly max?: number;
}
export type Attributes = Readonly<Record<string, string>>;

/** `attribute-refused` (fact: reason); `attribute-not-writable` (fact: attribute) through an app client. */
export type AttributeFailure = 'attribute-refused' | 'attribute-not-writable';

const TEXT = {
  type: 'String',
  isMutable: true,
  isRequired: false,
  isDeveloperOnly: false,
  min: 0,
  max: 2048,
} as const;
const FLAG = { type: 'Boolean', isMutable: true, isRequired: false, isDeveloperOnly: false } as const;

/** The schema that every pool begins with. */
export const STANDARD_ATTRIBUTES: readonly AttributeSchema[] = [
  { ...TEXT, name: 'sub', isMutable: false, isRequired: true, min: 1 },
  ...['profile', 'address'].map((name) => ({ ...TEXT, name })),
  { ...TEXT, name: 'birthdate', min: 10, max: 10 },
  ...[
    'gender',
    'preferred_username',
    'website',
    'picture',
    'name',
    'given_name',
    'family_name',
    'middle_name',
    'nickname',
    'locale',
    'zoneinfo',
    'email',
    'phone_number',
  ].map((name) => ({ ...TEXT, name })),
  // Made by the pool alone, and without bounds.
  { ...TEXT, name: 'identities', min: undefined, max: undefined },
  { ...FLAG, name: 'email_verified' },
  { ...FLAG, name: 'phone_number_verified' },
  { name: 'updated_at', type: 'Number', isMutable: true, isRequired: false, isDeveloperOnly: false, min: 0 },
];

/**
 * Which attributes an app client may read, or write: those listed; or `standard`, which is the default.
 * Source: Cognito API reference, UserPoolClientType, "ReadAttributes", "WriteAttributes".
 */
export type AttributeAccess = 'standard' | readonly string[];

const STANDARD_NAMES = new Set(STANDARD_ATTRIBUTES.map(({ name }) => name));

const opens = (access: AttributeAccess, name: string): boolean =>
  access === 'standard' ? STANDARD_NAMES.has(name) : access.includes(name);

/** What a client with that access may read. Developer-only attributes are for administrators' eyes. */
export const readableBy = (access: AttributeAccess, attributes: Attributes): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).filter(([name]) => !name.startsWith('dev:') && opens(access, name)),
  );

/** Attributes that nobody outside the pool may set. */
const OWN = new Set(['sub', 'identities']);
const VERIFIED = new Set(['email_verified', 'phone_number_verified']);
const MAX_LENGTH = 2048;
const MAX_ATTRIBUTES = 100;
// RFC 5321's common core: one @, no quotes, no spaces, no control characters, a dotted or single-label domain.
const EMAIL = /^[^\s@"(),:;<>[\\\]\p{Cc}]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]{0,252}[\p{L}\p{N}])?$/u;
const PHONE = /^\+\d{2,15}$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

export const isEmail = (text: string): boolean => EMAIL.test(text) && !text.includes('..');
export const isPhoneNumber = (text: string): boolean => PHONE.test(text);

/** Who writes: an administrator, the person through an app client, or an upstream provider's mapping. */
export type Writer =
  | { readonly kind: 'administrator' }
  | { readonly kind: 'client'; readonly writable: AttributeAccess }
  | { readonly kind: 'provider' };

/**
 * What a caller wants to write, checked, as it is stored: Booleans in lower case.
 *
 * @param present the attributes so far; absent for a new user
 * @throws Failure `attribute-refused`, `attribute-not-writable`
 */
export function acceptedAttributes(
  schema: readonly AttributeSchema[],
  wanted: Attributes,
  writer: Writer,
  present?: Attributes,
): Attributes {
  const accepted: Record<string, string> = {};
  const names = Object.keys(wanted);
  if (names.length > MAX_ATTRIBUTES) throw refused('Too many attributes.');
  for (const name of names) {
    const rule = schema.find((each) => each.name === name);
    if (!rule)
      throw refused(
        `Attributes did not conform to the schema: Type for attribute {${name}} could not be determined`,
      );
    assertAllowed(rule, writer, present);
    const value = wanted[name] ?? '';
    // A refusal names the attribute, never its value.
    if (!fits(rule, value)) throw refused(wordsOf(name));
    accepted[name] = rule.type === 'Boolean' ? value.toLowerCase() : value;
  }
  return accepted;
}

/** @throws Failure `attribute-refused` when a required attribute is missing */
export function assertComplete(schema: readonly AttributeSchema[], attributes: Attributes): void {
  const missing = schema.filter(({ name, isRequired }) => isRequired && !OWN.has(name) && !attributes[name]);
  if (missing.length > 0) {
    const words = missing.map(({ name }) => `${name}: The attribute ${name} is required`).join('; ');
    throw refused(`Attributes did not conform to the schema: ${words}`);
  }
}

function assertAllowed(
  { name, isMutable, isDeveloperOnly }: AttributeSchema,
  writer: Writer,
  present?: Attributes,
): void {
  if (OWN.has(name)) throw refused(`Cannot modify the non-mutable attribute ${name}`);
  if (!isMutable && present?.[name] !== undefined)
    throw refused(`user.${name}: Attribute cannot be updated.`);
  if (writer.kind !== 'client') return;
  // Whoever could set these through an app would vouch for himself.
  if (VERIFIED.has(name) || isDeveloperOnly)
    throw new Failure<AttributeFailure>('attribute-not-writable', { attribute: name });
  if (!opens(writer.writable, name))
    throw new Failure<AttributeFailure>('attribute-not-writable', { attribute: name });
}

function fits({ name, type, min, max }: AttributeSchema, value: string): boolean {
  const length = [...value].length;
  if (length > MAX_LENGTH) return false;
  if (type === 'Boolean') return /^(true|false)$/i.test(value);
  // An empty value takes the attribute away.
  if (value === '') return true;
  if (name === 'email') return isEmail(value);
  if (name === 'phone_number') return isPhoneNumber(value);
  if (name === 'birthdate') return DATE.test(value);
  switch (type) {
    case 'Number': {
      const number = Number(value);
      return /^-?\d{1,15}$/.test(value) && number >= (min ?? -Infinity) && number <= (max ?? Infinity);
    }
    case 'DateTime':
      return !Number.isNaN(Date.parse(value));
    default:
      return length >= (min ?? 0) && length <= (max ?? MAX_LENGTH);
  }
}

function wordsOf(name: string): string {
  if (name === 'email') return 'Invalid email address format.';
  if (name === 'phone_number') return 'Invalid phone number format.';
  return `Attributes did not conform to the schema: ${name}: The value does not fit the schema.`;
}

const refused = (reason: string) => new Failure<AttributeFailure>('attribute-refused', { reason });
