/**
 * Letters: the messages that a pool sends to its people, in the pool's own words or in Cognito's.
 *
 * Every code and every temporary password leaves through `send`. `{####}` stands for the code or temporary password, `{username}` for the name. What a person put into his own attributes never enters a letter.
 * Source: Cognito developer guide, "Configuring SMS and email verification messages and invitation messages".
 */
import type { Message, Messages } from '../ports/messages.ts';
import type { Pool, PoolMessages } from './pools.ts';
import type { User } from './users.ts';

export type Channel = Message['channel'];
/** What a letter is sent for; Cognito's triggers call the occasions by these names. */
export type LetterOccasion = Message['kind'];

export interface Letter {
  readonly pool: Pool;
  readonly user: Pick<User, 'username' | 'sub' | 'attributes' | 'status'>;
  readonly occasion: LetterOccasion;
  readonly channel: Channel;
  /** E-mail address or phone number. */
  readonly to: string;
  /** Code or temporary password. */
  readonly code: string;
  /** The client that asked for it; an administrator when absent. */
  readonly clientId?: string;
  /** What the caller gave for the pool's triggers (ClientMetadata). */
  readonly metadata?: Readonly<Record<string, string>>;
}

const VERIFICATION = { email: 'Your confirmation code is {####}', sms: 'Your confirmation code is {####}' };
const AUTHENTICATION = {
  email: 'Your authentication code is {####}',
  sms: 'Your authentication code is {####}',
};
const INVITATION = {
  email: 'Your username is {username} and temporary password is {####}.',
  sms: 'Your username is {username} and temporary password is {####}.',
};

export type Letters = ReturnType<typeof createLetters>;

export function createLetters({ messages }: { messages: Messages }) {
  return {
    /** Hands one message over for delivery. @throws Failure `delivery-failed` */
    async send({ pool, user, occasion, channel, to, code }: Letter): Promise<void> {
      const template = templateOf(pool.messages, occasion)[channel];
      // Replacement functions, because `$&` in a name or code would mean something in a replacement text.
      const text = template.replaceAll('{####}', () => code).replaceAll('{username}', () => user.username);
      await messages.send({
        channel,
        to,
        kind: occasion,
        poolId: pool.id,
        username: user.username,
        code,
        text,
      });
    },
  };
}

function templateOf(messages: PoolMessages, occasion: LetterOccasion): Readonly<Record<Channel, string>> {
  if (occasion === 'invitation')
    return {
      email: messages.inviteEmail ?? INVITATION.email,
      sms: messages.inviteSms ?? INVITATION.sms,
    };
  if (occasion === 'authentication')
    return {
      email: messages.mfaEmail ?? AUTHENTICATION.email,
      sms: messages.mfaSms ?? AUTHENTICATION.sms,
    };
  return {
    email: messages.verificationEmail ?? VERIFICATION.email,
    sms: messages.verificationSms ?? VERIFICATION.sms,
  };
}
