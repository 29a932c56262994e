/**
 * Signing up: how a person becomes a user by himself, and proves the address he gave.
 *
 * The user is kept first and the code sent second: a code that cannot be sent fails the call, and the name stays taken and unconfirmed, as at Cognito.
 * Source: Cognito API reference, SignUp, ConfirmSignUp; developer guide, "Verifying contact information at sign-up".
 */
import { Failure, isFailure } from '../../base/failure.ts';
import { assertComplete, assertWritable, isEmail, isPhoneNumber, type Attributes } from './attributes.ts';
import type { Client } from './clients.ts';
import type { Codes } from './codes.ts';
import type { Letters } from './letters.ts';
import type { Newcomers } from './newcomers.ts';
import type { ContactAttribute, Pool } from './pools.ts';
import type { Providers } from './providers.ts';
import type { User, Users } from './users.ts';

/** Where a code went: masked, for showing. */
export interface Delivery {
  readonly attribute: ContactAttribute;
  readonly channel: 'email' | 'sms';
  readonly destination: string;
}
/** `username-refused` (fact: reason). */
export type SignUpFailure = 'sign-up-closed' | 'username-refused' | 'already-confirmed';

export interface SignUpRequest {
  readonly pool: Pool;
  readonly client: Client;
  readonly login: string;
  readonly password: string | undefined;
  readonly attributes: Attributes;
  /** For the pool's functions alone. */
  readonly validationData?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
}
export interface ConfirmRequest {
  readonly pool: Pool;
  readonly client: Client;
  readonly login: string;
  readonly code: string;
  /** Takes an e-mail or phone number that was an alias of another user away from that user. */
  readonly force: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface SignUpParts {
  readonly users: Users;
  readonly newcomers: Newcomers;
  readonly providers: Providers;
  readonly codes: Codes;
  readonly letters: Letters;
}

export function createSignUp({ users, newcomers, providers, codes, letters }: SignUpParts) {
  async function sendCode(pool: Pool, user: User, attribute: ContactAttribute): Promise<Delivery> {
    const value = user.attributes[attribute]!;
    const code = await codes.issue('sign-up', pool.id, user.sub, { attribute, value });
    const channel = attribute === 'email' ? 'email' : 'sms';
    await letters.send({ pool, user, occasion: 'sign-up', channel, to: value, code });
    return { attribute, channel, destination: masked(value) };
  }

  /** An alias that the pool's function vouches for is taken from who has it, as at Cognito. */
  async function add(pool: Pool, user: User): Promise<User> {
    try {
      return await users.add(user);
    } catch (error) {
      const vouched = pool.aliasAttributes.filter((name) => user.attributes[`${name}_verified`] === 'true');
      if (!isFailure(error, 'alias-exists') || vouched.length === 0) throw error;
      // Nobody loses an alias to a newcomer whose name is taken.
      if (await users.byNameKey(pool.id, user.nameKey))
        throw new Failure('username-exists', {}, { cause: error });
      for (const name of vouched) await releaseAlias(users, pool, user.attributes[name]!);
      return users.add(user);
    }
  }

  return {
    /**
     * @returns the user, and where the code went when the pool verifies an address
     * @throws Failure `sign-up-closed`, `username-refused`, `password-refused`, `too-busy`, `attribute-refused`, `attribute-not-writable`, `username-exists`, `alias-exists`, `delivery-failed`; of TriggerFailure
     */
    async signUp(request: SignUpRequest): Promise<{ user: User; delivery?: Delivery }> {
      const { pool, client, login, password, attributes, validationData, metadata } = request;
      if (pool.isAdminCreateOnly) throw new Failure<SignUpFailure>('sign-up-closed');
      const wanted = withLogin(pool, login, attributes);
      await assertNameFree(providers, pool, login);
      assertWritable(pool.schema, wanted, {
        kind: 'client',
        writable: client.writeAttributes && [...client.writeAttributes, ...pool.usernameAttributes],
      });
      assertComplete(pool.schema, wanted);
      if (password === undefined && !canDoWithout(pool, wanted))
        throw new Failure('password-refused', { reason: 'Password is required' });
      const made = await users.make(pool, { login, attributes: wanted, password, status: 'UNCONFIRMED' });
      const clientId = client.id;
      const introduction = { occasion: 'SignUp', clientId, validationData, metadata } as const;
      const user = await add(pool, await newcomers.received(pool, made, introduction));
      if (user.status === 'CONFIRMED') {
        await newcomers.confirmed(pool, user, { occasion: 'ConfirmSignUp', clientId, metadata });
        return { user };
      }
      const attribute = pool.autoVerifiedAttributes
        .toSorted()
        .toReversed()
        .find((name) => user.attributes[name]);
      return { user, delivery: attribute && (await sendCode(pool, user, attribute)) };
    },

    /**
     * Confirms the account, and that its owner reads the address that the code was sent to.
     * @throws Failure `user-not-found`, `already-confirmed`, `code-mismatch`, `code-expired`, `too-many-attempts`, `alias-exists`; of TriggerFailure once he is confirmed
     */
    async confirm({ pool, client, login, code, force, metadata }: ConfirmRequest): Promise<User> {
      const user = await users.get(pool, login);
      if (user.status !== 'UNCONFIRMED')
        throw new Failure<SignUpFailure>('already-confirmed', { status: user.status });
      const { attribute, value } = await codes.redeem('sign-up', pool.id, user.sub, code);
      const confirm = () =>
        users.change(pool, user, (present) => {
          if (present.status !== 'UNCONFIRMED')
            throw new Failure<SignUpFailure>('already-confirmed', { status: present.status });
          // An address that changed since the code was sent is not the one that was proven.
          const isProven = present.attributes[attribute] === value;
          const attributes = isProven
            ? { ...present.attributes, [`${attribute}_verified`]: 'true' }
            : present.attributes;
          return { ...present, attributes, status: 'CONFIRMED' };
        });
      const confirmed = await confirm().catch(async (error: unknown) => {
        if (!force || !isFailure(error, 'alias-exists')) throw error;
        await releaseAlias(users, pool, value);
        return confirm();
      });
      await newcomers.confirmed(pool, confirmed, {
        occasion: 'ConfirmSignUp',
        clientId: client.id,
        metadata,
      });
      return confirmed;
    },
  };
}
export type SignUp = ReturnType<typeof createSignUp>;

/** True when the pool lets people in by a code to an address that this one gives. */
const canDoWithout = ({ firstFactors = [], mfa }: Pool, attributes: Attributes): boolean =>
  mfa?.mode !== 'required' &&
  ((firstFactors.includes('email-code') && Boolean(attributes.email)) ||
    (firstFactors.includes('sms-code') && Boolean(attributes.phone_number)));

/** Takes an address away from the user who signs in with it: it is theirs no longer, and not verified. */
export async function releaseAlias(users: Users, pool: Pool, value: string): Promise<void> {
  const holder = await users.locate(pool, value);
  if (!holder) return;
  await users.change(pool, holder, (present) => {
    const attributes = Object.fromEntries(
      Object.entries(present.attributes).map(([name, each]) =>
        name.endsWith('_verified') && present.attributes[name.replace(/_verified$/, '')] === value
          ? [name, 'false']
          : [name, each],
      ),
    );
    return { ...present, attributes };
  });
}

/**
 * The attributes with the address that serves as the name, and checks of what a name may look like.
 *
 * @throws Failure `username-refused`
 */
export function withLogin(pool: Pool, login: string, attributes: Attributes): Attributes {
  const refuse = (reason: string) => new Failure<SignUpFailure>('username-refused', { reason });
  if (pool.usernameAttributes.length === 0) {
    const aliases: readonly string[] = pool.aliasAttributes;
    // Such a name would be somebody else's address, and sign-in could not tell the two apart.
    if (aliases.includes('email') && isEmail(login))
      throw refuse('Username cannot be of email format, since user pool is configured for email alias.');
    if (aliases.includes('phone_number') && isPhoneNumber(login)) {
      throw refuse(
        'Username cannot be of phone number format, since user pool is configured for phone number alias.',
      );
    }
    return attributes;
  }
  for (const name of pool.usernameAttributes) {
    const fits = name === 'email' ? isEmail(login) : isPhoneNumber(login);
    if (fits) return { ...attributes, [name]: login };
  }
  throw refuse(
    `Username should be ${pool.usernameAttributes.length === 2 ? 'either an email or a phone number.' : pool.usernameAttributes[0] === 'email' ? 'an email.' : 'a phone number.'}`,
  );
}

/**
 * Refuses a name that belongs to the people of a provider: who took it would shut its owner out.
 *
 * @throws Failure `username-refused`
 */
export async function assertNameFree(providers: Providers, pool: Pool, login: string): Promise<void> {
  if (await providers.ownsName(pool.id, login))
    throw new Failure<SignUpFailure>('username-refused', {
      reason: 'Username cannot begin with the name of an identity provider of the user pool.',
    });
}

/** `a***@e***`, `+*******1234`: as Cognito masks destinations. */
export function masked(address: string): string {
  if (address.startsWith('+')) return `+*******${address.slice(-4)}`;
  const [local = '', domain = ''] = address.split('@');
  return `${local.slice(0, 1)}***@${domain.slice(0, 1)}***`;
}
