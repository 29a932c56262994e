/**
 * Moves: what anybody can ask of a name who knows an app client, each by one public operation, and all of them wrong.
 *
 * A move may take an answer to be about: the challenge that it answers wrongly.
 */
export interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
}
type Texts = Readonly<Record<string, string>>;
/** Calls an operation of cognito-idp for the client. */
export type Call = (operation: string, input: object) => Promise<Answer>;
export interface Move {
  readonly operation: string;
  readonly play: (call: Call, name: string) => Promise<Answer>;
}

const SRP_A = 'abcdef';
const TIMESTAMP = 'Mon Nov 3 02:51:00 UTC 2036';
const WRONG = 'Wrong-Horse-7';

const move = (operation: string, inputFor: (name: string) => object): Move => ({
  operation,
  play: (call, name) => call(operation, inputFor(name)),
});
const begin = (AuthFlow: string, parameters: Texts = {}, more: object = {}): Move =>
  move('InitiateAuth', (USERNAME) => ({ AuthFlow, AuthParameters: { USERNAME, ...parameters }, ...more }));
const prefer = (PREFERRED_CHALLENGE: string, parameters: Texts = {}): Move =>
  begin('USER_AUTH', { PREFERRED_CHALLENGE, ...parameters });

/** Begins, and answers. */
const respond = (
  first: Move,
  ChallengeName: string,
  answers: Texts | ((parameters: Texts) => Texts) = {},
): Move => ({
  operation: 'RespondToAuthChallenge',
  async play(call, name) {
    const { body } = await first.play(call, name);
    const { Session, ChallengeParameters = {} } = body as { Session?: string; ChallengeParameters?: Texts };
    const responses = typeof answers === 'function' ? answers(ChallengeParameters) : answers;
    const ChallengeResponses = { USERNAME: name, ...responses };
    return call('RespondToAuthChallenge', { ChallengeName, Session, ChallengeResponses });
  },
});
const verify = ({ SECRET_BLOCK: block = '' }: Texts): Texts => ({
  PASSWORD_CLAIM_SECRET_BLOCK: block,
  PASSWORD_CLAIM_SIGNATURE: Buffer.alloc(32).toString('base64'),
  TIMESTAMP,
});
const asTold = ({ USERNAME = '', ...parameters }: Texts): Texts => ({ ...verify(parameters), USERNAME });

const choice = begin('USER_AUTH');
const srp = begin('USER_SRP_AUTH', { SRP_A });

export const MOVES: Readonly<Record<string, Move>> = {
  'a wrong password': begin('USER_PASSWORD_AUTH', { PASSWORD: WRONG }),
  SRP: srp,
  'SRP on a device': begin('USER_SRP_AUTH', {
    SRP_A,
    DEVICE_KEY: 'us-east-1_6f1c7c1e-8a54-4b52-9c5e-0d6a3f9f1a11',
  }),
  'a choice': choice,
  'a wrong password by choice': prefer('PASSWORD', { PASSWORD: WRONG }),
  'SRP by choice': prefer('PASSWORD_SRP', { SRP_A }),
  'a code by e-mail': prefer('EMAIL_OTP'),
  'a code by text message': prefer('SMS_OTP'),
  'a passkey': prefer('WEB_AUTHN'),
  'a challenge of the pool’s own': begin('CUSTOM_AUTH'),
  'a challenge of the pool’s own after SRP': begin('CUSTOM_AUTH', { SRP_A, CHALLENGE_NAME: 'SRP_A' }),
  'the session of somebody’s sign-up': begin('USER_AUTH', {}, { Session: 'x'.repeat(64) }),
  'no proof by SRP': respond(srp, 'PASSWORD_VERIFIER', verify),
  'no proof by SRP, under the name told': respond(srp, 'PASSWORD_VERIFIER', asTold),
  'a wrong password, chosen': respond(choice, 'SELECT_CHALLENGE', { ANSWER: 'PASSWORD', PASSWORD: WRONG }),
  'SRP, chosen': respond(choice, 'SELECT_CHALLENGE', { ANSWER: 'PASSWORD_SRP', SRP_A }),
  'a code, chosen': respond(choice, 'SELECT_CHALLENGE', { ANSWER: 'EMAIL_OTP' }),
  'a passkey, chosen': respond(choice, 'SELECT_CHALLENGE', { ANSWER: 'WEB_AUTHN' }),
  'a wrong code': respond(prefer('EMAIL_OTP'), 'EMAIL_OTP', { EMAIL_OTP_CODE: '000000' }),
  'a wrong answer': respond(begin('CUSTOM_AUTH'), 'CUSTOM_CHALLENGE', { ANSWER: 'red' }),
  'another name than the one begun with': respond(choice, 'SELECT_CHALLENGE', {
    USERNAME: 'somebody-else',
    ANSWER: 'EMAIL_OTP',
  }),
  'a device that is not asked for': respond(choice, 'DEVICE_SRP_AUTH', { SRP_A, DEVICE_KEY: 'key' }),
  'a new password that is not asked for': respond(choice, 'NEW_PASSWORD_REQUIRED', { NEW_PASSWORD: WRONG }),
  'a second factor that is not asked for': respond(choice, 'SOFTWARE_TOKEN_MFA', {
    SOFTWARE_TOKEN_MFA_CODE: '000000',
  }),
  'a forgotten password': move('ForgotPassword', (Username) => ({ Username })),
  'a wrong code for it': move('ConfirmForgotPassword', (Username) => ({
    Username,
    ConfirmationCode: '000000',
    Password: 'Another-Horse-8',
  })),
  'a password that no pool takes': move('ConfirmForgotPassword', (Username) => ({
    Username,
    ConfirmationCode: '000000',
    Password: 'short',
  })),
  'one more code for the account': move('ResendConfirmationCode', (Username) => ({ Username })),
  'a wrong code for the account': move('ConfirmSignUp', (Username) => ({
    Username,
    ConfirmationCode: '000000',
  })),
  'a wrong code for the account, with a session': move('ConfirmSignUp', (Username) => ({
    Username,
    ConfirmationCode: '000000',
    ForceAliasCreation: true,
    Session: 'x'.repeat(64),
  })),
};

/** Public operations without a move, and why. */
export const WITHOUT_MOVE: Readonly<Record<string, string>> = {
  SignUp: 'says UsernameExistsException, as documented',
  GetTokensFromRefreshToken: 'names no user, but a token',
  RevokeToken: 'names no user, but a token',
  GetClientToken: 'names no user',
};

/** All of an answer that does not differ between two calls about one user, with what stays the same beside it. */
export function told({ status, headers, body }: Answer): string {
  return JSON.stringify({ status, headers, body: formOf(body) });
}

/** What must be the same each time that it is answered, e.g. the salt. */
export function lasting({ body }: Answer): Readonly<Record<string, string>> {
  const { ChallengeParameters = {}, CodeDeliveryDetails: details } = body as {
    ChallengeParameters?: Texts;
    CodeDeliveryDetails?: Texts;
  };
  const {
    SALT,
    USERNAME,
    USER_ID_FOR_SRP,
    CODE_DELIVERY_DESTINATION,
    CREDENTIAL_REQUEST_OPTIONS: passkey,
  } = ChallengeParameters;
  const passkeys = passkey && JSON.stringify(JSON.parse(passkey).allowCredentials);
  const all = {
    SALT,
    USERNAME,
    USER_ID_FOR_SRP,
    CODE_DELIVERY_DESTINATION,
    passkeys,
    sent: details?.['Destination'],
  };
  return Object.fromEntries(
    Object.entries(all).filter((each): each is [string, string] => each[1] !== undefined),
  );
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function formOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(formOf);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, memberOf(name, each)]));
  return value;
}

function memberOf(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return formOf(value);
  switch (name) {
    case 'SRP_B':
      return value.length > 700 ? 'a number' : value;
    case 'SALT':
    case 'Session':
    case 'SECRET_BLOCK':
      return `${value.length} signs`;
    case 'USERNAME':
    case 'USER_ID_FOR_SRP':
      return UUID.test(value) ? 'a UUID' : `${value.length} signs`;
    case 'Destination':
    case 'CODE_DELIVERY_DESTINATION':
      return value.replaceAll(/[a-z]/g, 'x').replaceAll(/\d/g, '0');
    case 'CREDENTIAL_REQUEST_OPTIONS':
      return value.replaceAll(
        /"(challenge|id)":"([\w-]+)"/g,
        (_all, member: string, text: string) => `${member} ${text.length}`,
      );
    default:
      return value;
  }
}
