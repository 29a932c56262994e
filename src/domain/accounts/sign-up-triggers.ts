/**
 * Newcomers: what a pool's functions have to say of people who join it (PreSignUp), and who hears that they did (PostConfirmation).
 *
 * A function may confirm a newcomer at once and vouch for his addresses: what it says is the pool's own word.
 * Source: Cognito developer guide, "Pre sign-up Lambda trigger", "Post confirmation Lambda trigger".
 */
import type { Attributes } from '../pools/attributes.ts';
import { userAttributesOf, type PoolTriggers } from '../triggers/pool-triggers.ts';
import type { ContactAttribute, Pool } from '../pools/pools.ts';
import { readerOf, refuseAnswer } from '../triggers/trigger-responses.ts';
import type { User, Users } from '../users/users.ts';

type Texts = Readonly<Record<string, string>>;

/** Who brings a newcomer, and what the caller gave for the functions. */
interface Introduction {
  /** What follows the trigger's name. */
  readonly occasion: 'SignUp' | 'AdminCreateUser' | 'ExternalProvider';
  readonly clientId?: string;
  readonly validationData?: Texts;
  readonly metadata?: Texts;
}
/** On what occasion somebody was confirmed. */
interface Confirmation {
  readonly occasion: 'ConfirmSignUp' | 'ConfirmForgotPassword';
  readonly clientId?: string;
  readonly metadata?: Texts;
}

const VERIFIED_BY: readonly (readonly [string, ContactAttribute])[] = [
  ['autoVerifyEmail', 'email'],
  ['autoVerifyPhone', 'phone_number'],
];

export type Newcomers = ReturnType<typeof createNewcomers>;

export function createNewcomers({ users, poolTriggers }: { users: Users; poolTriggers: PoolTriggers }) {
  /** @throws Failure of TriggerFailure */
  async function ask(pool: Pool, user: User, introduction: Introduction) {
    const { occasion, clientId, validationData, metadata } = introduction;
    const answer = await poolTriggers.ask(pool, 'PreSignUp', {
      occasion,
      username: user.username,
      clientId,
      request: { userAttributes: user.attributes, validationData, clientMetadata: metadata },
      response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
    });
    const read = readerOf('PreSignUp', answer ?? {});
    const verifies = VERIFIED_BY.filter(([member]) => read.flag(member)).map(([, attribute]) => attribute);
    return { confirms: read.flag('autoConfirmUser'), verifies };
  }

  return {
    /**
     * Asks whether somebody whom an administrator makes may join; what else the function says does not count.
     * @throws Failure of TriggerFailure
     */
    async admit(pool: Pool, user: User, introduction: Omit<Introduction, 'occasion'>): Promise<void> {
      await ask(pool, user, { ...introduction, occasion: 'AdminCreateUser' });
    },

    /**
     * The newcomer as the pool's function wants him kept: confirmed at once, his addresses verified.
     * @throws Failure of TriggerFailure
     */
    async received(pool: Pool, user: User, introduction: Introduction): Promise<User> {
      const { confirms, verifies } = await ask(pool, user, introduction);
      if (verifies.some((attribute) => !user.attributes[attribute])) refuseAnswer('PreSignUp');
      const verified: Attributes = Object.fromEntries(verifies.map((name) => [`${name}_verified`, 'true']));
      const status = confirms && user.status === 'UNCONFIRMED' ? 'CONFIRMED' : user.status;
      return users.remade(pool, user, { status, attributes: { ...user.attributes, ...verified } });
    },

    /** Tells the pool's function of somebody who was confirmed. @throws Failure of TriggerFailure; he stays confirmed all the same */
    async confirmed(pool: Pool, user: User, { occasion, clientId, metadata }: Confirmation): Promise<void> {
      await poolTriggers.ask(pool, 'PostConfirmation', {
        occasion,
        username: user.username,
        clientId,
        request: { userAttributes: userAttributesOf(user), clientMetadata: metadata },
        response: {},
      });
    },
  };
}
