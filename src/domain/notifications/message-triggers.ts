/**
 * The pool's functions that are asked about letters: one may write them (CustomMessage), one of each channel may send them instead of us.
 *
 * A function that writes gets blanks and never the code; a function that sends gets the code as it is, for there is no key service here to encrypt it with.
 * Source: Cognito developer guide, "Custom message Lambda trigger", "Custom email sender Lambda trigger", "Custom SMS sender Lambda trigger".
 */
import type { TriggerName } from '../ports/triggers.ts';
import { CODE, hasCode, hasLink, hasUsername, USERNAME } from './render.ts';
import type { Channel, LetterOccasion, Template } from './templates.ts';
import type { Countable, Counted } from './message-limits.ts';
import { userAttributesOf, type PoolTriggers } from '../triggers/pool-triggers.ts';
import type { Pool } from '../pools/pools.ts';
import { readerOf, refuseAnswer } from '../triggers/trigger-responses.ts';
import type { User } from '../users/users.ts';

/** What a function is told of a letter. */
export interface Told extends Countable {
  readonly pool: Pool;
  readonly user: Pick<User, 'username' | 'sub' | 'attributes' | 'status'>;
  readonly clientId?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

const OCCASIONS: Readonly<Record<LetterOccasion, string>> = {
  'sign-up': 'SignUp',
  'resent-code': 'ResendCode',
  invitation: 'AdminCreateUser',
  'forgot-password': 'ForgotPassword',
  'changed-attribute': 'UpdateUserAttribute',
  'verify-attribute': 'VerifyUserAttribute',
  authentication: 'Authentication',
};
/** What functions are given to put a link into their words; any words between the marks do. */
const LINK = '{##Click Here##}';
const LONGEST: Readonly<Record<Channel, number>> = { email: 20_000, sms: 140 };
const LONGEST_SUBJECT = 140;
const SENDERS = {
  email: { trigger: 'CustomEmailSender', type: 'customEmailSenderRequestV1' },
  sms: { trigger: 'CustomSMSSender', type: 'customSMSSenderRequestV1' },
} as const;

export function createLetterFunctions({ poolTriggers }: { poolTriggers: Pick<PoolTriggers, 'ask'> }) {
  function ask(trigger: TriggerName, told: Told, question: { request: object; response: object }) {
    const { pool, occasion, clientId, metadata } = told;
    const user = withAddress(told);
    return poolTriggers.ask(pool, trigger, {
      occasion: OCCASIONS[occasion],
      username: user.username,
      clientId,
      request: { ...question.request, userAttributes: userAttributesOf(user), clientMetadata: metadata },
      response: { ...question.response },
    });
  }

  return {
    /**
     * Hands the letter to the pool's own sender of that channel.
     * @returns false where the pool has none
     * @throws Failure of TriggerFailure
     */
    async sent(told: Counted<Told>, code: string): Promise<boolean> {
      const { trigger, type } = SENDERS[told.channel];
      return (await ask(trigger, told, { request: { type, code }, response: {} })) !== undefined;
    },

    /**
     * What the pool's function writes in place of `usual`; a member that it leaves out stays as it is.
     * @param isByLink the letter confirms by a link, which may stand in place of the code
     * @param hasCodeToTell its reader needs one
     * @throws Failure of TriggerFailure; `trigger-answer-malformed` also for words without the blank that their reader needs, and for too many of them
     */
    async written(
      told: Told,
      usual: Template,
      { isByLink, hasCodeToTell }: { isByLink: boolean; hasCodeToTell: boolean },
    ): Promise<Template> {
      const isInvitation = told.occasion === 'invitation';
      const answer = await ask('CustomMessage', told, {
        request: {
          codeParameter: CODE,
          linkParameter: LINK,
          usernameParameter: isInvitation ? USERNAME : null,
        },
        response: { smsMessage: null, emailMessage: null, emailSubject: null },
      });
      if (!answer) return usual;
      const read = readerOf('CustomMessage', answer);
      const body = read.text(told.channel === 'email' ? 'emailMessage' : 'smsMessage');
      const subject = read.text('emailSubject');
      if (body !== undefined) {
        const isComplete =
          (!hasCodeToTell || hasCode(body) || (isByLink && hasLink(body))) &&
          (!isInvitation || hasUsername(body));
        if (!isComplete || [...body].length > LONGEST[told.channel]) refuseAnswer('CustomMessage');
      }
      if (subject !== undefined && [...subject].length > LONGEST_SUBJECT) refuseAnswer('CustomMessage');
      return { body: body ?? usual.body, subject: subject ?? usual.subject };
    },
  };
}

/** The person with the address that the letter goes to, which may not be his before he shows the code: a function that sends has no other way to know it. */
function withAddress({ user, channel, to }: Told): Told['user'] {
  const name = channel === 'email' ? 'email' : 'phone_number';
  if (user.attributes[name] === to) return user;
  return { ...user, attributes: { ...user.attributes, [name]: to, [`${name}_verified`]: 'false' } };
}
