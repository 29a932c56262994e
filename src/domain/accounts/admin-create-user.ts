/**
 * Invitations: users that an administrator makes, and the temporary password that is sent to them.
 *
 * Source: Cognito API reference, AdminCreateUser.
 */
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { CONTACTS } from './update-attributes.ts';
import { SERVER_CALLER } from '../ports/caller-context.ts';
import { acceptedAttributes, type AttributeFailure, type Attributes } from '../pools/attributes.ts';
import { takeableAliases, type Joining } from './create-user.ts';
import type { Channel, Letters } from '../notifications/notifications.ts';
import type { Newcomers } from './sign-up-triggers.ts';
import { newTemporaryPassword } from '../pools/password-policy.ts';
import type { Pool } from '../pools/pools.ts';
import type { Providers } from '../pools/providers.ts';
import { assertNameFree, canDoWithoutPassword, withLogin } from './sign-up.ts';
import { temporaryUntil, type User, type Users } from '../users/users.ts';

/** `delivery-impossible` (fact: reason): no address for the channel asked for. */
export type InvitationFailure = 'delivery-impossible' | 'invitation-not-due';

export interface Invitation {
  readonly pool: Pool;
  readonly login: string;
  readonly attributes: Attributes;
  /** Made to fit the policy when absent, for who needs one. */
  readonly temporaryPassword?: string;
  /**
   * Where to send it; nothing is sent for an empty list. Absent: by SMS, or by e-mail to a user
   * without a phone number; to one who has neither, a first invitation is not sent.
   */
  readonly channels?: readonly Channel[];
  /** Takes a verified address away from the user who has it. */
  readonly force: boolean;
  /** For the pool's functions alone. */
  readonly validationData?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

export function createInvitations({
  users,
  newcomers,
  joining,
  providers,
  letters,
  clock,
}: {
  users: Users;
  newcomers: Newcomers;
  joining: Joining;
  providers: Providers;
  letters: Letters;
  clock: Clock;
}) {
  async function send(
    { pool, channels, metadata }: Pick<Invitation, 'pool' | 'channels' | 'metadata'>,
    user: User,
    password: string | undefined,
  ): Promise<void> {
    for (const [channel, to] of addressesOf(user, channels))
      await letters.send({
        pool,
        user,
        occasion: 'invitation',
        channel,
        to,
        code: password,
        metadata,
        caller: SERVER_CALLER,
        visibility: 'open',
      });
  }

  return {
    /**
     * @throws Failure `username-refused`, `attribute-refused`, `password-refused`, `too-busy`, `username-exists`, `alias-exists`, `delivery-impossible`, `delivery-failed`; of TriggerFailure
     */
    async invite(invitation: Invitation): Promise<User> {
      const { pool, login, attributes, temporaryPassword, channels, force, validationData, metadata } =
        invitation;
      const asked = withLogin(pool, login, attributes);
      await assertNameFree(providers, pool, login);
      const wanted = acceptedAttributes(pool.schema, asked, { kind: 'administrator' });
      assertVerifiable(wanted);
      const password = temporaryPassword ?? passwordFor(pool, wanted);
      const user = await users.make(pool, {
        login,
        attributes: wanted,
        password,
        ...(password === undefined
          ? { status: 'CONFIRMED' }
          : { status: 'FORCE_CHANGE_PASSWORD', temporaryPasswordUntil: temporaryUntil(pool, clock) }),
      });
      const reached = addressesOf(user, channels ?? usualChannels(user));
      await newcomers.admit(pool, user, { validationData, metadata });
      const tell =
        reached.length === 0
          ? undefined
          : () => send({ ...invitation, channels: reached.map(([channel]) => channel) }, user, password);
      await joining.join({ pool, user, takes: force ? takeableAliases(pool, wanted) : [], tell });
      return user;
    },

    /**
     * Sends a fresh temporary password to a user who has not yet used the last one; that stays good until the new one was handed over.
     * @throws Failure `user-not-found`, `invitation-not-due`, `password-refused`, `too-busy`, `delivery-impossible`, `delivery-failed`; of TriggerFailure
     */
    async resend(invitation: Omit<Invitation, 'attributes' | 'force' | 'validationData'>): Promise<User> {
      const { pool, login, temporaryPassword, channels } = invitation;
      const user = assertDue(await users.get(pool, login));
      addressesOf(user, channels);
      const password = temporaryPassword ?? newTemporaryPassword(pool.passwordPolicy);
      const replaced = await users.newPassword(pool, user, password, { mayRepeat: true });
      await send(invitation, user, password);
      return users.change(pool, user, (present) => ({
        ...replaced(assertDue(present)),
        temporaryPasswordUntil: temporaryUntil(pool, clock),
      }));
    },
  };
}
export type Invitations = ReturnType<typeof createInvitations>;

/** A new temporary password; none where codes are a first factor, and one can be sent to a verified address. */
function passwordFor(pool: Pool, attributes: Attributes): string | undefined {
  const canDoWithout = canDoWithoutPassword(
    pool,
    (address) => Boolean(attributes[address]) && attributes[`${address}_verified`] === 'true',
  );
  return canDoWithout ? undefined : newTemporaryPassword(pool.passwordPolicy);
}

/** An address that is verified must be there. @throws Failure `attribute-refused` */
function assertVerifiable(attributes: Attributes): void {
  const missing = CONTACTS.find((name) => attributes[`${name}_verified`] === 'true' && !attributes[name]);
  if (missing === undefined) return;
  const reason = `Attributes did not conform to the schema: ${missing}: The attribute ${missing} is required`;
  throw new Failure<AttributeFailure>('attribute-refused', { reason });
}

/** @throws Failure `invitation-not-due` */
function assertDue(user: User): User {
  if (user.status !== 'FORCE_CHANGE_PASSWORD') throw new Failure<InvitationFailure>('invitation-not-due');
  return user;
}

/** By SMS, else by e-mail; none for a user who has no address. Source: API reference, DesiredDeliveryMediums. */
function usualChannels({ attributes }: User): readonly Channel[] {
  if (attributes['phone_number']) return ['sms'];
  return attributes['email'] ? ['email'] : [];
}

/** @throws Failure `delivery-impossible` */
function addressesOf(
  user: User,
  channels: readonly Channel[] = [user.attributes['phone_number'] ? 'sms' : 'email'],
): (readonly [Channel, string])[] {
  return channels.map((channel) => {
    const name = channel === 'email' ? 'email' : 'phone_number';
    const to = user.attributes[name];
    if (!to)
      throw new Failure<InvitationFailure>('delivery-impossible', {
        reason: `User has no ${name} to send an invitation to.`,
      });
    return [channel, to] as const;
  });
}
