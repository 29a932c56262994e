/**
 * Codes by SMS and by e-mail, as the first proof (SMS_OTP, EMAIL_OTP) and as the second (SMS_MFA, EMAIL_OTP), also to an address that becomes the second factor by it: six digits, good while the session is.
 *
 * The code is kept in the attempt's notes, which are sealed, and dies with its session: by the right answer or the fifth wrong one. A decoy gets an answer of the same form, with a destination that stays the same, and nothing is sent. How many codes a person can be sent is bounded, whoever asks.
 * Source: Cognito developer guide, "SMS and email message MFA"; "Passwordless sign-in with one-time passwords".
 */
import { Failure, isFailure } from '../../../base/failure.ts';
import { newCode } from '../../../base/ids.ts';
import { equal } from '../../../base/secret.ts';
import { standInFor } from '../../users/resolve-account.ts';
import { personOf } from '../../limits/attempt-limits.ts';
import { callerNetwork } from '../../ports/caller-context.ts';
import type { Channel, Letters } from '../../notifications/notifications.ts';
import { isDecoy, type Decoys } from '../../users/decoys.ts';
import { masked } from '../../notifications/destinations.ts';
import { nameKeyOf, type Users } from '../../users/users.ts';
import type { Expiring } from '../../ports/expiring.ts';
import { nextFactor, owedFactors } from '../second-factors.ts';
import { isProven } from '../first-factors.ts';
import type { Attempt, SignInFailure, Step, StepName } from './challenge.ts';
import type { Afterwards } from '../../ports/afterwards.ts';

const MOST_LETTERS = 10;
const MOST_LETTERS_OF_ADDRESS = 100;
const LETTERS_SECONDS = 900;
const ADDRESS_OF = { email: 'email', sms: 'phone_number' } as const;

interface SentCodeParts {
  readonly users: Users;
  readonly letters: Letters;
  readonly expiring: Expiring;
  readonly decoys: Decoys;
  readonly afterwards: Afterwards;
}

/** The steps that send a code. */
export const sentCodeSteps = (parts: SentCodeParts): readonly Step[] => [
  firstCodeStep('sms-code', 'sms', parts),
  firstCodeStep('email-code', 'email', parts),
  secondCodeStep('sms-mfa', 'sms', parts),
  secondCodeStep('email-mfa', 'email', parts),
  setUpCodeStep(parts),
];

function firstCodeStep(name: StepName, channel: Channel, parts: SentCodeParts): Step {
  return {
    name,
    guesses: 'code',
    owedBy: () => false,
    async ask(attempt) {
      const { pool, user } = attempt;
      const address = ADDRESS_OF[channel];
      await countLetter(parts.expiring, name, attempt);
      const standIn = standInFor(parts.decoys, pool, user);
      const to = user.attributes[address] || standIn.attributes[address] || '';
      // A disabled account is told from others only to who proves it his: it gets the same answer, and no code.
      const isDue = !isDecoy(user) && user.isEnabled && isProven(user, address);
      const notes = await send(attempt, { channel, to, isDue }, parts);
      // Who asks may have typed the address otherwise than its owner did.
      return { asks: delivery(channel, nameKeyOf(pool, to)), notes };
    },
    check: checkCode,
  };
}

function secondCodeStep(name: StepName, channel: Channel, parts: SentCodeParts): Step {
  return {
    name,
    guesses: 'code',
    owedBy: (attempt) => nextFactor(attempt) === channel,
    async ask(attempt) {
      const to = attempt.user.attributes[ADDRESS_OF[channel]];
      if (isDecoy(attempt.user) || !to) throw new Failure<SignInFailure>('wrong-step');
      await countLetter(parts.expiring, name, attempt);
      const notes = await send(attempt, { channel, to, isDue: true }, parts);
      return { asks: { ...delivery(channel, to), USER_ID_FOR_SRP: attempt.user.username }, notes };
    },
    check: checkCode,
    /** Who read the code reads what is sent there: the address counts as proven. */
    async pass({ pool, user, notes }) {
      const name = ADDRESS_OF[channel];
      if (isProven(user, name)) return {};
      const proven = await parts.users
        .change(pool, user, (present) =>
          present.attributes[name] === notes.to
            ? { ...present, attributes: { ...present.attributes, [`${name}_verified`]: 'true' } }
            : present,
        )
        .catch((error: unknown) => {
          // Another user signs in with this address; it stays unproven here, and the code was right all the same.
          if (isFailure(error, 'alias-exists')) return user;
          throw error;
        });
      return { user: proven };
    },
  };
}

/** Makes an address that the person gave on his way in his own, and a second factor, once he read the code there. */
const setUpCodeStep = (parts: SentCodeParts): Step => ({
  name: 'set-up-email',
  guesses: 'code',
  owedBy: () => false,
  async ask(attempt, { email }) {
    if (isDecoy(attempt.user) || email === undefined) throw new Failure<SignInFailure>('wrong-step');
    await countLetter(parts.expiring, 'set-up-email', attempt);
    const notes = await send(attempt, { channel: 'email', to: email, isDue: true }, parts);
    return { asks: { ...delivery('email', email), USER_ID_FOR_SRP: attempt.user.username }, notes };
  },
  check: checkCode,
  async pass({ notes, ...attempt }) {
    const user = await parts.users.change(attempt.pool, attempt.user, (present) => {
      // Who got an address or a factor since has one to show, and it is not this.
      if (present.attributes.email || owedFactors({ ...attempt, user: present })?.length !== 0)
        throw new Failure<SignInFailure>('session-expired');
      const { enabled = [], ...factors } = present.factors ?? {};
      return {
        ...present,
        attributes: { ...present.attributes, email: notes.to ?? '', email_verified: 'true' },
        factors: { ...factors, enabled: [...new Set([...enabled, 'email' as const])] },
      };
    });
    return { user };
  },
});

function checkCode({ notes }: Attempt, { code = '' }: { readonly code?: string | undefined }): void {
  // Where nothing was sent no answer is right.
  if (notes.isSent !== 'true' || notes.code === undefined || !equal(notes.code, code))
    throw new Failure<SignInFailure>('wrong-code');
}

/** @param isDue else nothing is sent, after as much work @returns what to keep of the code */
async function send(
  { pool, client, user, metadata, passed, caller }: Attempt,
  { channel, to, isDue }: { channel: Channel; to: string; isDue: boolean },
  { letters, afterwards }: SentCodeParts,
): Promise<Readonly<Record<string, string>>> {
  const code = newCode();
  const occasion = 'authentication';
  const attribute = ADDRESS_OF[channel];
  // To who proved nothing yet, the time and the failure of a delivery would tell that there is somebody.
  const isHidden = client.hidesUserExistence && passed.length === 0;
  // Of an address that is not proven it is not known whose it is.
  const isOwners = passed.length > 0 && isProven(user, attribute) && user.attributes[attribute] === to;
  const visibility = isHidden ? 'hidden' : isOwners ? 'owner' : 'open';
  const what = { pool, user, occasion, channel, to, code, clientId: client.id, metadata } as const;
  const letter = { ...what, caller, visibility } as const;
  const deliver = () => (isDue ? letters.send(letter) : letters.rehearse(letter));
  if (isHidden) afterwards(pool.id, deliver);
  else await deliver();
  return { code, to, isSent: String(isDue) };
}

/** Bounds what strangers can have sent to a person, and from one address, whoever is meant. @throws Failure `too-many-letters` */
async function countLetter(expiring: Expiring, step: StepName, attempt: Attempt): Promise<void> {
  const network = callerNetwork(attempt.pool.id, attempt.caller);
  if (network !== undefined) {
    const fromThere = await expiring.count(`letters:${step}:address`, network, LETTERS_SECONDS);
    if (fromThere > MOST_LETTERS_OF_ADDRESS) throw new Failure<SignInFailure>('too-many-letters');
  }
  const sent = await expiring.count(`letters:${step}`, personOf(attempt), LETTERS_SECONDS);
  if (sent > MOST_LETTERS) throw new Failure<SignInFailure>('too-many-letters');
}

const delivery = (channel: Channel, address: string) => ({
  CODE_DELIVERY_DELIVERY_MEDIUM: channel === 'email' ? 'EMAIL' : 'SMS',
  CODE_DELIVERY_DESTINATION: masked(address),
});
