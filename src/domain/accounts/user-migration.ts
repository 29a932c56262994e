/**
 * Migrations: people of an older directory, brought over by the pool's function when they sign in with their password, or forgot it.
 *
 * Whom the function vouches for becomes a user once, though many ask at once; his password is kept as it is, whatever the policy. What the function refuses is nobody; where the client hides who exists, so is everything that goes wrong. No welcome message is sent: it holds a
 * password, and that would be his own.
 * Source: Cognito developer guide, "Migrate user Lambda trigger".
 */
import { isFailure } from '../../base/failure.ts';
import { acceptedAttributes, isEmail, isPhoneNumber, type Attributes } from '../pools/attributes.ts';
import type { Client } from '../pools/clients.ts';
import { takeableAliases, type Joining } from './create-user.ts';
import type { PoolTriggers } from '../triggers/pool-triggers.ts';
import type { Pool } from '../pools/pools.ts';
import type { Providers } from '../pools/providers.ts';
import { withLogin } from './sign-up.ts';
import { readerOf, refuseAnswer, type AnswerReader } from '../triggers/trigger-responses.ts';
import type { User, Users } from '../users/users.ts';

type Texts = Readonly<Record<string, string>>;

/** Somebody whom the pool does not know. */
export interface Stranger {
  readonly pool: Pool;
  readonly client: Client;
  readonly login: string;
  /** Absent when he forgot it. */
  readonly password?: string;
  /** What the client gave with the call that begins a sign-in. */
  readonly validationData?: Texts;
  readonly metadata?: Texts;
}

const TRIGGER = 'UserMigration';
const STATUSES = ['CONFIRMED', 'RESET_REQUIRED'] as const;
const MEDIUMS = ['EMAIL', 'SMS'];

export type Migrations = ReturnType<typeof createMigrations>;

export function createMigrations({
  users,
  joining,
  providers,
  poolTriggers,
}: {
  users: Users;
  joining: Joining;
  providers: Providers;
  poolTriggers: PoolTriggers;
}) {
  async function ask({ pool, client, login, password, validationData, metadata }: Stranger) {
    const answer = await poolTriggers.ask(pool, TRIGGER, {
      occasion: password === undefined ? 'ForgotPassword' : 'Authentication',
      username: login,
      clientId: client.id,
      request: { password, validationData, clientMetadata: metadata },
      response: {
        userAttributes: null,
        finalUserStatus: null,
        messageAction: null,
        desiredDeliveryMediums: null,
        forceAliasCreation: null,
      },
    });
    return answer ?? {};
  }

  /** The user that the function speaks of, not kept yet. */
  async function userOf({ pool, login, password }: Stranger, read: AnswerReader): Promise<User> {
    const { username = login, ...given } = read.texts('userAttributes') ?? {};
    if (Object.keys(given).length === 0) refuseAnswer(TRIGGER);
    const attributes = fitting(pool, username, given);
    if (await providers.ownsName(pool.id, username)) refuseAnswer(TRIGGER);
    const made = await users.make(pool, {
      login: username,
      attributes,
      password,
      isOwnPassword: true,
      status:
        read.choice('finalUserStatus', STATUSES) ?? (password === undefined ? 'RESET_REQUIRED' : 'CONFIRMED'),
    });
    if (!read.flag('enableSMSMFA')) return made;
    if (!attributes['phone_number'] || !pool.mfa?.factors.includes('sms')) refuseAnswer(TRIGGER);
    return { ...made, factors: { enabled: ['sms'] } };
  }

  async function bring(stranger: Stranger): Promise<User | undefined> {
    const { pool, login } = stranger;
    const read = readerOf(TRIGGER, await ask(stranger));
    assertMessages(read);
    const user = await userOf(stranger, read);
    const takes = read.flag('forceAliasCreation') ? takeableAliases(pool, user.attributes) : [];
    try {
      return (await joining.join({ pool, user, takes })).user;
    } catch (error) {
      // Of many who ask at once, one makes him.
      const present = await users.locate(pool, login);
      if (present && isFailure(error, 'username-exists', 'alias-exists')) return present;
      throw error;
    }
  }

  return {
    /** Whether the pool's function may know somebody by that name. */
    mayKnow: async (pool: Pool, login: string): Promise<boolean> =>
      pool.triggers?.[TRIGGER] !== undefined &&
      couldBeName(pool, login) &&
      // The people of a provider are brought by it alone.
      !(await providers.ownsName(pool.id, login)),

    /**
     * Brings somebody over.
     * @returns undefined when the function does not know him, or not by that password
     * @throws Failure of TriggerFailure, `alias-exists`, unless the client hides who exists
     */
    async bring(stranger: Stranger): Promise<User | undefined> {
      try {
        return await bring(stranger);
      } catch (error) {
        // Security: of names that are known no function is asked, and so no answer may show that one was.
        const isNobody = isFailure(error, 'trigger-refused') || stranger.client.hidesUserExistence;
        if (isFailure(error, ...TOLD) && isNobody) return undefined;
        throw error;
      }
    },
  };
}

const TOLD = [
  'trigger-refused',
  'trigger-failed',
  'trigger-answer-malformed',
  'username-exists',
  'alias-exists',
];

/** Where an address is the name, another name is nobody's. */
const couldBeName = ({ usernameAttributes }: Pool, login: string): boolean =>
  usernameAttributes.length === 0 ||
  usernameAttributes.some((name) => (name === 'email' ? isEmail(login) : isPhoneNumber(login)));

/** The attributes with the address that is the name; what the schema does not take is no answer. */
function fitting(pool: Pool, username: string, given: Attributes): Attributes {
  try {
    const attributes = withLogin(pool, username, given);
    return acceptedAttributes(pool.schema, attributes, { kind: 'administrator' });
  } catch (error) {
    if (!isFailure(error, 'attribute-refused', 'username-refused')) throw error;
    return refuseAnswer(TRIGGER);
  }
}

/** What the function says of a welcome message must make sense, though none is sent. */
function assertMessages(read: AnswerReader): void {
  read.choice('messageAction', ['SUPPRESS', 'RESEND']);
  const mediums = read.list('desiredDeliveryMediums') ?? [];
  if (mediums.some((medium) => !MEDIUMS.includes(medium))) refuseAnswer(TRIGGER);
}
