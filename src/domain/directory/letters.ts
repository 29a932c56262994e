/**
 * Letters: the words of the messages that a pool sends, the pool's own or Cognito's.
 *
 * `{####}` stands for the code or temporary password, `{username}` for the name. What a person put into his own attributes never enters a letter.
 */
import type { Pool } from './pools.ts';

type Occasion = 'verification' | 'invitation';

const DEFAULTS: Readonly<Record<Occasion, Readonly<Record<'email' | 'sms', string>>>> = {
  verification: { email: 'Your confirmation code is {####}', sms: 'Your confirmation code is {####}' },
  invitation: {
    email: 'Your username is {username} and temporary password is {####}.',
    sms: 'Your username is {username} and temporary password is {####}.',
  },
};

/** The text of one message. */
export function wordsFor(
  pool: Pool,
  channel: 'email' | 'sms',
  occasion: Occasion,
  { code, username }: { code: string; username: string },
): string {
  const { verificationEmail, verificationSms, inviteEmail, inviteSms } = pool.messages;
  const own = {
    verification: { email: verificationEmail, sms: verificationSms },
    invitation: { email: inviteEmail, sms: inviteSms },
  };
  const text = own[occasion][channel] ?? DEFAULTS[occasion][channel];
  // Replacement functions, because `$&` in a name or code would mean something in a replacement text.
  return text.replaceAll('{####}', () => code).replaceAll('{username}', () => username);
}
