/**
 * The words of letters: which template a letter is written by, the pool's own or Cognito's.
 *
 * A template that lacks what its reader needs, the code or the link, is not used. Links are for accounts to be confirmed: other codes are typed where they were asked for. The name is told in invitations alone: elsewhere whoever signs up under a stranger's
 * address would choose words that the stranger reads.
 * Source: Cognito developer guide, "Configuring verification and invitation messages", "Message templates"; API reference, VerificationMessageTemplateType, EmailMfaConfigType.
 */
import type { Message } from '../ports/messages.ts';
import { hasCode, hasLink } from './render.ts';
import type { PoolMessages } from '../pools/pools.ts';

/** What a letter is sent for. */
export type LetterOccasion = Message['kind'];
export type Channel = Message['channel'];

/** HTML in an e-mail, plain text in a text message. */
export interface Template {
  readonly body: string;
  /** Of an e-mail. */
  readonly subject: string;
}
export interface Wanted {
  readonly occasion: LetterOccasion;
  readonly channel: Channel;
  /** The reader may be sent a link in place of a code. */
  readonly canLink: boolean;
  /** There is something to tell; else the letter only invites. */
  readonly hasCode: boolean;
}

const VERIFICATION = { body: 'Your confirmation code is {####}', subject: 'Your verification code' };
const LINK = {
  body: 'Please click the link below to verify your email address. {##Verify Email##}',
  subject: 'Your verification link',
};
const INVITATION = {
  body: 'Your username is {username} and temporary password is {####}.',
  subject: 'Your temporary password',
};
/** For who has no password. */
const WELCOME = { body: 'Your username is {username}.', subject: 'Your account' };
const AUTHENTICATION = { body: 'Your authentication code is {####}', subject: 'Your authentication code' };
const LINKED: readonly LetterOccasion[] = ['sign-up', 'resent-code'];

/** True for a letter that confirms by a link. */
export const isByLink = (messages: PoolMessages, { occasion, channel, canLink }: Wanted): boolean =>
  messages.confirmsByLink === true && channel === 'email' && canLink && LINKED.includes(occasion);

/** What a letter says before its blanks are filled in. */
export function templateOf(messages: PoolMessages, wanted: Wanted): Template {
  const { occasion, channel } = wanted;
  const isEmail = channel === 'email';
  if (occasion === 'invitation') {
    const body = isEmail ? messages.inviteEmail : messages.inviteSms;
    if (wanted.hasCode) return either(body, messages.inviteSubject, INVITATION);
    const isUsable = body !== undefined && !hasCode(body);
    return { body: isUsable ? body : WELCOME.body, subject: messages.inviteSubject ?? WELCOME.subject };
  }
  if (occasion === 'authentication')
    return either(isEmail ? messages.mfaEmail : messages.mfaSms, messages.mfaSubject, AUTHENTICATION);
  if (isByLink(messages, wanted)) {
    const body = messages.verificationEmailByLink;
    const isUsable = body !== undefined && hasLink(body);
    return {
      body: isUsable ? body : LINK.body,
      subject: messages.verificationSubjectByLink ?? LINK.subject,
    };
  }
  return either(
    isEmail ? messages.verificationEmail : messages.verificationSms,
    messages.verificationSubject,
    VERIFICATION,
  );
}

const either = (body: string | undefined, subject: string | undefined, usual: Template): Template => ({
  body: body !== undefined && hasCode(body) ? body : usual.body,
  subject: subject ?? usual.subject,
});
