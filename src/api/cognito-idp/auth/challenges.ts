/**
 * Challenges: the wire's names of the steps of a sign-in, and what their answers are made of.
 *
 * Source: Cognito API reference, RespondToAuthChallenge, "ChallengeResponses".
 */
import type { Answer, StepName } from '../../../domain/sign-in/challenges/challenge.ts';
import { refuse } from '../members.ts';

export type Texts = Readonly<Record<string, string>>;

export const CHALLENGES = [
  'SMS_MFA',
  'EMAIL_OTP',
  'SOFTWARE_TOKEN_MFA',
  'SELECT_MFA_TYPE',
  'MFA_SETUP',
  'PASSWORD_VERIFIER',
  'CUSTOM_CHALLENGE',
  'SELECT_CHALLENGE',
  'DEVICE_SRP_AUTH',
  'DEVICE_PASSWORD_VERIFIER',
  'ADMIN_NO_SRP_AUTH',
  'NEW_PASSWORD_REQUIRED',
  'SMS_OTP',
  'PASSWORD',
  'WEB_AUTHN',
  'PASSWORD_SRP',
] as const;
export type ChallengeName = (typeof CHALLENGES)[number];

/** The wire's name of a challenge, for each step that can be owed. */
export const CHALLENGE_OF: Readonly<Record<StepName, ChallengeName>> = {
  srp: 'PASSWORD_VERIFIER',
  password: 'PASSWORD',
  'email-code': 'EMAIL_OTP',
  'sms-code': 'SMS_OTP',
  passkey: 'WEB_AUTHN',
  custom: 'CUSTOM_CHALLENGE',
  // Never asked for: it is begun with.
  'signed-up': 'EMAIL_OTP',
  'new-password': 'NEW_PASSWORD_REQUIRED',
  'device-srp': 'DEVICE_SRP_AUTH',
  'device-password': 'DEVICE_PASSWORD_VERIFIER',
  'sms-mfa': 'SMS_MFA',
  'email-mfa': 'EMAIL_OTP',
  totp: 'SOFTWARE_TOKEN_MFA',
  'set-up-mfa': 'MFA_SETUP',
  'set-up-email': 'EMAIL_OTP',
  'choose-first': 'SELECT_CHALLENGE',
  'srp-opening': 'PASSWORD_SRP',
  'choose-mfa': 'SELECT_MFA_TYPE',
};

/** What an answer to a challenge holds, in the steps' own words. */
type Reader = (responses: Texts) => Answer;

const verifier: Reader = (responses) => ({
  secretBlock: needed(responses, 'PASSWORD_CLAIM_SECRET_BLOCK'),
  signature: needed(responses, 'PASSWORD_CLAIM_SIGNATURE'),
  timestamp: needed(responses, 'TIMESTAMP'),
});
const codeIn =
  (member: string): Reader =>
  (responses) => ({ code: needed(responses, member) });

const READERS: Partial<Readonly<Record<ChallengeName, Reader>>> = {
  PASSWORD_VERIFIER: verifier,
  NEW_PASSWORD_REQUIRED: (responses) => ({
    newPassword: needed(responses, 'NEW_PASSWORD'),
    ...attributesIn(responses),
  }),
  CUSTOM_CHALLENGE: (responses) => ({ answer: needed(responses, 'ANSWER') }),
  SMS_MFA: codeIn('SMS_MFA_CODE'),
  SMS_OTP: codeIn('SMS_OTP_CODE'),
  EMAIL_OTP: codeIn('EMAIL_OTP_CODE'),
  SOFTWARE_TOKEN_MFA: codeIn('SOFTWARE_TOKEN_MFA_CODE'),
  SELECT_MFA_TYPE: (responses) => ({ choice: SECOND_CHOICES.get(needed(responses, 'ANSWER')) }),
  // Amplify sends the address that shall be the factor.
  MFA_SETUP: ({ EMAIL }) => ({ email: EMAIL || undefined }),
  SELECT_CHALLENGE: (responses) => ({
    choice: FIRST_CHOICES.get(needed(responses, 'ANSWER')),
    ...withChoice(responses),
  }),
  PASSWORD: (responses) => ({ password: needed(responses, 'PASSWORD') }),
  PASSWORD_SRP: (responses) => ({ srpA: needed(responses, 'SRP_A') }),
  DEVICE_SRP_AUTH: (responses) => ({
    srpA: needed(responses, 'SRP_A'),
    deviceKey: needed(responses, 'DEVICE_KEY'),
  }),
  DEVICE_PASSWORD_VERIFIER: (responses) => ({
    ...verifier(responses),
    deviceKey: needed(responses, 'DEVICE_KEY'),
  }),
  WEB_AUTHN: (responses) => ({ credential: needed(responses, 'CREDENTIAL') }),
};

/** What a sign-in may begin with, by the names that ANSWER and PREFERRED_CHALLENGE have for it. */
export const FIRST_CHOICES: ReadonlyMap<string, StepName> = new Map([
  ['PASSWORD', 'password'],
  ['PASSWORD_SRP', 'srp-opening'],
  ['EMAIL_OTP', 'email-code'],
  ['SMS_OTP', 'sms-code'],
  ['WEB_AUTHN', 'passkey'],
]);
/** Second factors by the names that ANSWER has for them. The challenge that follows EMAIL_MFA is EMAIL_OTP, and clients say either. */
const SECOND_CHOICES: ReadonlyMap<string, StepName> = new Map([
  ['SMS_MFA', 'sms-mfa'],
  ['EMAIL_MFA', 'email-mfa'],
  ['EMAIL_OTP', 'email-mfa'],
  ['SOFTWARE_TOKEN_MFA', 'totp'],
]);

/** What of its answer may come along with a choice. */
export const withChoice: Reader = ({ PASSWORD, SRP_A, CREDENTIAL }) => ({
  password: PASSWORD,
  srpA: SRP_A,
  credential: CREDENTIAL,
});

/**
 * The answer to a challenge: the steps that it may be of, the session that it names, and what it holds.
 * @throws Failure `refused-parameter`
 */
export function readAnswer(
  name: ChallengeName,
  given: string | undefined,
  responses: Texts,
): { steps: readonly StepName[]; session: string; answer: Answer } {
  const read = READERS[name] ?? refuse(`The challenge ${name} is not supported.`);
  const answer: Answer = { deviceKey: responses.DEVICE_KEY, ...read(responses) };
  // An SRP block names its own attempt; not every client sends the session back with it.
  const session = given ?? answer.secretBlock ?? refuse('Missing required parameter Session');
  return { steps: stepsOf(name), session, answer };
}

const stepsOf = (name: ChallengeName): readonly StepName[] =>
  // The keys of the table are steps.
  (Object.keys(CHALLENGE_OF) as StepName[]).filter((step) => CHALLENGE_OF[step] === name);

const attributesIn = (responses: Texts): Texts =>
  Object.fromEntries(Object.entries(responses).filter(([name]) => name.startsWith('userAttributes.')));

/** A member that must be there, and not empty. @throws Failure `refused-parameter` */
export function needed(parameters: Texts, name: string): string {
  return parameters[name] || refuse(`Missing required parameter ${name}`);
}
