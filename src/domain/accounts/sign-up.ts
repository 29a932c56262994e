/**
 * Signing up: how a person becomes a user by himself, and proves the address he gave.
 *
 * In which order a newcomer is told and kept is said in accounts/create-user.ts.
 * Source: Cognito API reference, SignUp, ConfirmSignUp; developer guide, "Verifying contact information at sign-up".
 */
import { Failure, isFailure } from '../../base/failure.ts';
import { assertTold, userOf, type Accounts } from '../users/resolve-account.ts';
import { CONTACTS } from './update-attributes.ts';
import {
  acceptedAttributes,
  assertComplete,
  isEmail,
  isPhoneNumber,
  type Attributes,
} from '../pools/attributes.ts';
import type { AttemptLimits } from '../limits/attempt-limits.ts';
import type { CallerContext } from '../ports/caller-context.ts';
import type { Client } from '../pools/clients.ts';
import type { CodeLetters } from '../notifications/code-delivery.ts';
import type { CodeFailure, Codes } from '../notifications/confirmation-codes.ts';
import { signUpAddress, type Delivery } from '../notifications/destinations.ts';
import { releaseAlias, takeableAliases, type Joining } from './create-user.ts';
import type { Newcomers } from './sign-up-triggers.ts';
import type { ContactAttribute, Pool } from '../pools/pools.ts';
import type { Providers } from '../pools/providers.ts';
import { nameKeyOf, type User, type Users } from '../users/users.ts';

/** `username-refused` (fact: reason); `already-confirmed` (fact: status). */
export type SignUpFailure = 'sign-up-closed' | 'username-refused' | 'already-confirmed' | 'user-disabled';

export interface SignUpRequest {
  readonly pool: Pool;
  readonly client: Client;
  readonly login: string;
  readonly password: string | undefined;
  readonly attributes: Attributes;
  readonly caller: CallerContext;
  /** For the pool's functions alone. */
  readonly validationData?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
}
interface ConfirmRequest {
  readonly pool: Pool;
  readonly client: Client;
  readonly login: string;
  readonly code: string;
  /** Takes an e-mail or phone number that was an alias of another user away from that user. */
  readonly force: boolean;
  readonly caller: CallerContext;
  readonly metadata?: Readonly<Record<string, string>>;
}

interface SignUpParts {
  readonly users: Users;
  readonly accounts: Accounts;
  readonly newcomers: Newcomers;
  readonly joining: Joining;
  readonly providers: Providers;
  readonly codes: Codes;
  readonly codeLetters: CodeLetters;
  readonly limits: AttemptLimits;
}

export function createSignUp(parts: SignUpParts) {
  const { users, accounts, newcomers, joining, providers, codes, codeLetters, limits } = parts;

  return {
    /**
     * @returns the user, and where the code went when the pool verifies an address
     * @throws Failure `sign-up-closed`, `too-many-attempts`, `username-refused`, `password-refused`, `too-busy`, `attribute-refused`, `attribute-not-writable`, `username-exists`, `alias-exists`, `delivery-failed`; of TriggerFailure
     */
    async signUp(request: SignUpRequest): Promise<{ user: User; delivery?: Delivery }> {
      const { pool, client, login, password, attributes, validationData, metadata, caller } = request;
      if (pool.isAdminCreateOnly) throw new Failure<SignUpFailure>('sign-up-closed');
      await limits.count('sign-up', { pool, caller, user: { nameKey: nameKeyOf(pool, login) } });
      const asked = withLogin(pool, login, attributes);
      await assertNameFree(providers, pool, login);
      // The address that is the name was asked for as the name.
      const named = pool.usernameAttributes.filter((name) => asked[name] === login);
      const { writeAttributes } = client;
      const writable = writeAttributes === 'standard' ? writeAttributes : [...writeAttributes, ...named];
      const wanted = acceptedAttributes(pool.schema, asked, { kind: 'client', writable });
      assertComplete(pool.schema, wanted);
      if (password === undefined && !canDoWithoutPassword(pool, (address) => Boolean(wanted[address])))
        throw new Failure('password-refused', { reason: 'Password is required' });
      const made = await users.make(pool, { login, attributes: wanted, password, status: 'UNCONFIRMED' });
      const clientId = client.id;
      const introduction = { occasion: 'SignUp', clientId, validationData, metadata } as const;
      const asReceived = await newcomers.received(pool, made, introduction);
      const received = { ...asReceived, attributes: withUnproven(asReceived.attributes) };
      // An alias that the pool's function vouches for is taken from who has it, as at Cognito.
      const takes = takeableAliases(pool, received.attributes);
      if (received.status === 'CONFIRMED') {
        const { user } = await joining.join({ pool, user: received, takes });
        await newcomers.confirmed(pool, user, { occasion: 'ConfirmSignUp', clientId, metadata });
        return { user };
      }
      const to = signUpAddress(pool, received);
      const letter = {
        pool,
        user: received,
        purpose: 'sign-up',
        occasion: 'sign-up',
        clientId,
        metadata,
        caller,
      } as const;
      const tell = to && (() => codeLetters.send({ ...letter, to }));
      const { user, told } = await joining.join({ pool, user: received, takes, tell });
      return { user, delivery: told };
    },

    /**
     * Confirms the account, and that its owner reads the address that the code was sent to.
     * @throws Failure `sign-up-closed`, `too-many-attempts`, `code-mismatch`, `code-expired`, `alias-exists`; `client-user-not-found`, `user-disabled`, `already-confirmed` unless the client hides who exists; of TriggerFailure once he is confirmed
     */
    async confirm(request: ConfirmRequest): Promise<User> {
      const { pool, client, code, force, metadata } = request;
      // What is closed to newcomers is closed to those who came before and were not confirmed.
      if (pool.isAdminCreateOnly) throw new Failure<SignUpFailure>('sign-up-closed');
      const account = await accounts.named(request);
      await limits.count('confirm-sign-up', { ...request, user: account });
      assertTold(client, account, 'client-user-not-found');
      const found = userOf(account);
      const refusal = found && refusalOf(found);
      if (refusal && !client.hidesUserExistence) throw refusal;
      // For whoever cannot be confirmed there is no code that an answer fits.
      if (client.hidesUserExistence) await codes.cover('sign-up', account);
      const { to } = await codes.judge('sign-up', account, code);
      if (!found || refusal) throw new Failure<CodeFailure>('code-mismatch');
      const { attribute, value } = to;
      // The code is spent by this: of many right answers one finds the account unconfirmed. An address that is another's leaves it, to be shown again with `force`.
      const confirm = () =>
        users.change(pool, found, (present) => {
          if (present.sub !== found.sub) throw new Failure<CodeFailure>('code-expired');
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
      await codes.forget('sign-up', confirmed);
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

/** True when the pool lets people in by a code to one of the addresses that `reaches` says yes of. */
export const canDoWithoutPassword = (
  { firstFactors = [], mfa }: Pool,
  reaches: (address: ContactAttribute) => boolean,
): boolean =>
  mfa?.mode !== 'required' &&
  ((firstFactors.includes('email-code') && reaches('email')) ||
    (firstFactors.includes('sms-code') && reaches('phone_number')));

/** Why somebody cannot be confirmed. */
function refusalOf({ isEnabled, status }: User): Failure | undefined {
  if (!isEnabled) return new Failure<SignUpFailure>('user-disabled');
  return status === 'UNCONFIRMED' ? undefined : new Failure<SignUpFailure>('already-confirmed', { status });
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

/** The attributes with a word that addresses which nobody vouched for are not proven, as Cognito stores them. */
function withUnproven(attributes: Attributes): Attributes {
  const given = CONTACTS.filter((name) => attributes[name]);
  return { ...Object.fromEntries(given.map((name) => [`${name}_verified`, 'false'])), ...attributes };
}
