/**
 * Decoys: the users that an app client is shown in place of those who do not exist, where it hides who does.
 *
 * A decoy has all that a sign-in or a recovery shows or counts of a user before anything is proven: a name, a subject, a salt, addresses, first
 * factors. It is made here and nowhere else, from pool and name alone, and so is the same on every process and after every restart. Its type is
 * apart from `User`: what lets somebody in takes users, and a decoy does not fit.
 *
 * Whoever asks again by the name that was answered must find the same decoy. All of it therefore follows from its subject, and the subject of a
 * name is recognised by being one: a UUID that no user has. The signs of an address that are shown of it, masked, stand in the subject encrypted.
 * Source: Cognito developer guide, "Managing user existence error responses".
 */
import { createBoundedMap } from '../../base/bounded-map.ts';
import type { Sealer } from '../ports/sealer.ts';
import { isEmail, isPhoneNumber } from '../pools/attributes.ts';
import type { ContactAttribute, Pool } from '../pools/pools.ts';
import { isSubject, nameKeyOf, type User } from './users.ts';
import { recoveryWays } from '../pools/recovery-ways.ts';

export interface Decoy extends Omit<User, 'isDecoy' | 'password'> {
  readonly isDecoy: true;
  /** Hexadecimal, as of a user; no password fits. */
  readonly password: { readonly salt: string; readonly verifier: string };
  /** Some decoys have a passkey and some have none, as it is with users. */
  readonly hasPasskey: boolean;
  /** One that nobody has. */
  readonly passkey: { readonly credentialId: string; readonly transports: readonly string[] };
}
/** Whom a name means to an app client. */
export type Account = User | Decoy;

export const isDecoy = (account: Account): account is Decoy => account.isDecoy === true;

/** The first signs of an e-mail address's two parts, or the last four of a phone number: what masking leaves. */
interface Signs {
  readonly attribute: ContactAttribute;
  readonly signs: string;
}

const SALT_BYTES = 16;
const SIGN_BYTES = 8;
const PASSKEY_BYTES = 32;
const VERIFIER_BYTES = 384;
const CONTACTS: readonly ContactAttribute[] = ['email', 'phone_number'];
/** How a subject says that signs stand in it, and of what. Of random ones, one in thirty thousand says so too. */
const KINDS: Readonly<Record<ContactAttribute, number>> = { email: 0xe1a4, phone_number: 0xb07e };
const HEAD_BYTES = 10;
/** Of so many names; each has 128 characters at most. */
const MOST_KEPT = 5000;

export type Decoys = ReturnType<typeof createDecoys>;

export function createDecoys({ sealer }: { sealer: Sealer }) {
  const derive = (purpose: string, bytes: number): Buffer => sealer.derive(`decoy/${purpose}`, bytes).secret;
  /** One for all: it never shows, and making one for each would take the time that tells them from users. */
  const verifier = derive('verifier', VERIFIER_BYTES).toString('hex');

  const padFor = (poolId: string, head: Buffer): Buffer => derive(`${poolId}/pad/${head.toString('hex')}`, 6);

  /**
   * What was derived lately. Every step of a sign-in or a recovery asks again, of a decoy more often than of a user's: kept, it
   * costs each name the same.
   */
  const subjects = createBoundedMap<string, string>(MOST_KEPT);
  const traits = createBoundedMap<string, ReturnType<typeof traitsOf>>(MOST_KEPT);

  /** The subject of a name: a UUID of version 4 like those of users. */
  function subjectOf(poolId: string, nameKey: string): string {
    const bytes = derive(`${poolId}/subject/${nameKey}`, 16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const signs = signsOf(nameKey);
    if (signs) {
      const pad = padFor(poolId, bytes.subarray(0, HEAD_BYTES));
      encode(signs).forEach((byte, index) => (bytes[HEAD_BYTES + index] = byte ^ (pad[index] ?? 0)));
    }
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }

  /** What signs a subject holds; those of most names are none. */
  function signsIn(poolId: string, subject: string): Signs | undefined {
    const bytes = Buffer.from(subject.replaceAll('-', ''), 'hex');
    const pad = padFor(poolId, bytes.subarray(0, HEAD_BYTES));
    return decode(Buffer.from(pad.map((byte, index) => byte ^ (bytes[HEAD_BYTES + index] ?? 0))));
  }

  /** All that follows from a subject. */
  function traitsOf(poolId: string, sub: string) {
    const derived = derive(`${poolId}/traits/${sub}`, SALT_BYTES + SIGN_BYTES + PASSKEY_BYTES + 1);
    return {
      signs: signsIn(poolId, sub),
      salt: derived.toString('hex', 0, SALT_BYTES),
      letters: derived.subarray(SALT_BYTES),
      credentialId: derived.toString('base64url', SALT_BYTES + SIGN_BYTES, derived.length - 1),
      hasPasskey: (derived.at(-1) ?? 0) % 2 === 1,
    };
  }

  /**
   * Made whole at once: what of a decoy is looked at only where there is no user must not cost its time then. Whoever makes one
   * does so of users too, in `named`, `standInFor` and where a sign-in is taken up again.
   */
  function decoyOf(pool: Pool, nameKey: string, sub: string): Decoy {
    const { signs, salt, letters, credentialId, hasPasskey } = traits.getOrMake(`${pool.id}/${sub}`, () =>
      traitsOf(pool.id, sub),
    );
    const username = isOtherName(pool, nameKey) ? sub : nameKey;
    return {
      isDecoy: true,
      poolId: pool.id,
      username,
      nameKey: nameKeyOf(pool, username),
      sub,
      status: 'CONFIRMED',
      isEnabled: true,
      attributes: addressesOf(pool, signs, letters),
      aliases: {},
      password: { salt, verifier },
      factors: { enabled: [], withPasskey: true },
      hasPasskey,
      passkey: { credentialId, transports: ['hybrid', 'internal'] },
      createdAt: pool.createdAt,
      modifiedAt: pool.createdAt,
    };
  }

  return {
    /** The decoy of a name in a pool; that of the decoy's own name is the same again. */
    of(pool: Pool, name: string): Decoy {
      const nameKey = nameKeyOf(pool, name);
      const subject = subjects.getOrMake(`${pool.id}/${nameKey}`, () => subjectOf(pool.id, nameKey));
      return decoyOf(pool, nameKey, isSubject(nameKey) ? nameKey : subject);
    },
    /** The decoy that was told apart before, by what was kept of it. */
    again: (pool: Pool, { nameKey, sub }: Pick<Decoy, 'nameKey' | 'sub'>): Decoy =>
      decoyOf(pool, nameKey, sub),
  };
}

/** True for what could only be another name of a user: then users are called by something else. */
function isOtherName({ usernameAttributes, aliasAttributes }: Pool, nameKey: string): boolean {
  const others: readonly string[] = aliasAttributes;
  return (
    usernameAttributes.length > 0 ||
    (others.includes('email') && isEmail(nameKey)) ||
    (others.includes('phone_number') && isPhoneNumber(nameKey))
  );
}

/** What masking would leave of a name, where it is an address. */
function signsOf(nameKey: string): Signs | undefined {
  if (isPhoneNumber(nameKey)) return { attribute: 'phone_number', signs: nameKey.slice(-4).padStart(4, '0') };
  if (!isEmail(nameKey)) return undefined;
  const [local = '', domain = ''] = nameKey.split('@');
  return { attribute: 'email', signs: `${local.slice(0, 1)}${domain.slice(0, 1)}` };
}

function encode({ attribute, signs }: Signs): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(KINDS[attribute]);
  if (attribute === 'phone_number') bytes.writeUInt16BE(Number(signs.replaceAll(/\D/g, '0')), 2);
  else [0, 1].forEach((index) => bytes.writeUInt16BE(signs.charCodeAt(index), 2 + 2 * index));
  return bytes;
}

function decode(bytes: Buffer): Signs | undefined {
  const attribute = CONTACTS.find((each) => KINDS[each] === bytes.readUInt16BE());
  if (attribute === undefined) return undefined;
  if (attribute === 'phone_number')
    return { attribute, signs: String(bytes.readUInt16BE(2) % 10_000).padStart(4, '0') };
  return { attribute, signs: String.fromCharCode(bytes.readUInt16BE(2), bytes.readUInt16BE(4)) };
}

/** The addresses that the pool's settings would have given a user, verified: as much of each as is shown. */
function addressesOf(pool: Pool, signs: Signs | undefined, traits: Buffer): User['attributes'] {
  const has = (attribute: ContactAttribute) => hasAddress(pool, attribute, signs);
  const signsFor = (attribute: ContactAttribute): string | undefined =>
    signs?.attribute === attribute ? signs.signs : undefined;
  const letter = (index: number) => String.fromCharCode(97 + ((traits[index] ?? 0) % 26));
  const [local = '', domain = ''] = signsFor('email') ?? `${letter(0)}${letter(1)}`;
  const digits = signsFor('phone_number') ?? String(traits.readUInt32BE(2) % 10_000).padStart(4, '0');
  return {
    ...(has('email') && { email: `${local}@${domain}`, email_verified: 'true' }),
    ...(has('phone_number') && { phone_number: `+1${digits}`, phone_number_verified: 'true' }),
  };
}

const SENT_TO: Readonly<Record<ContactAttribute, string>> = { email: 'email-code', phone_number: 'sms-code' };

/** True for an address that most users of the pool have; each has at least one that recovers the password. */
function hasAddress(pool: Pool, attribute: ContactAttribute, signs: Signs | undefined): boolean {
  const { autoVerifiedAttributes, schema, firstFactors = [] } = pool;
  const isAskedFor = (each: ContactAttribute): boolean =>
    autoVerifiedAttributes.includes(each) ||
    schema.some(({ name, isRequired }) => name === each && isRequired);
  const asked = CONTACTS.filter((each) => isAskedFor(each) || signs?.attribute === each);
  // Where the pool asks for none, administrators give them, and for the codes that it allows.
  const had = CONTACTS.some(isAskedFor)
    ? asked
    : [...asked, ...CONTACTS.filter((each) => firstFactors.some((factor) => factor === SENT_TO[each]))];
  const ways = recoveryWays(pool);
  const isReached = ways.length === 0 ? had.length > 0 : ways.some((way) => had.includes(way));
  return had.includes(attribute) || (!isReached && (ways[0] ?? 'email') === attribute);
}
