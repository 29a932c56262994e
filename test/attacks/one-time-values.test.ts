/**
 * One-time values, each shown where every other is taken: what was given for one purpose serves no other, and is not spent by being shown there.
 *
 * A table of kinds, and one of places; a place says which kinds are its own.
 */
import assert from 'node:assert/strict';
import { codeTo, makeReachable } from '../support/people.ts';
import { makePool, NEW_PASSWORD, signIn, signUp, type MadePool } from '../support/pool.ts';
import { startServer, type TestServer } from '../support/server.ts';

interface Value {
  readonly name: string;
  readonly value: string;
  readonly AccessToken?: string;
}
type Kind = keyof typeof KINDS;
interface Place {
  readonly takes: readonly Kind[];
  /** Resolves where the value is taken. */
  readonly show: (pool: MadePool, value: Value) => Promise<unknown>;
}
let server: TestServer;
let people = 0;

const newName = (): string => {
  people += 1;
  return `person-${people}`;
};
const sessionOf = async (
  { idp, ClientId }: MadePool,
  AuthFlow: 'USER_AUTH' | 'USER_SRP_AUTH',
  more: Record<string, string> = {},
): Promise<Value> => {
  const name = newName();
  await makeReachable(pool, name);
  const { Session } = await idp.initiateAuth({
    ClientId,
    AuthFlow,
    AuthParameters: { USERNAME: name, ...more },
  });
  return { name, value: Session! };
};
let pool: MadePool;

async function signedUp({ idp, ClientId }: MadePool) {
  const name = newName();
  const { Session } = await signUp(pool, name);
  return { name, Session: Session!, code: codeTo(server, `${name}@example.com`), idp, ClientId };
}

const KINDS = {
  'a code of sign-up': async (made: MadePool): Promise<Value> => {
    const { name, code } = await signedUp(made);
    return { name, value: code };
  },
  'a code for a forgotten password': async ({ idp, ClientId }: MadePool): Promise<Value> => {
    const name = newName();
    await makeReachable(pool, name);
    await idp.forgotPassword({ ClientId, Username: name });
    return { name, value: codeTo(server, `${name}@example.com`) };
  },
  'a code for an address': async ({ idp }: MadePool): Promise<Value> => {
    const name = newName();
    await makeReachable(pool, name);
    const { AccessToken } = await signIn(pool, name);
    await idp.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' });
    return { name, value: codeTo(server, `${name}@example.com`), AccessToken: AccessToken! };
  },
  'a session of sign-up': async (made: MadePool): Promise<Value> => {
    const { name, Session } = await signedUp(made);
    return { name, value: Session };
  },
  'a session of a confirmed sign-up': async (made: MadePool): Promise<Value> => {
    const { name, Session, code, idp, ClientId } = await signedUp(made);
    const confirmed = await idp.confirmSignUp({ ClientId, Username: name, ConfirmationCode: code, Session });
    return { name, value: confirmed.Session! };
  },
  'a session of a choice': (made: MadePool): Promise<Value> => sessionOf(made, 'USER_AUTH'),
  'a session of a sent code': (made: MadePool): Promise<Value> =>
    sessionOf(made, 'USER_AUTH', { PREFERRED_CHALLENGE: 'EMAIL_OTP' }),
  'a session of SRP': (made: MadePool): Promise<Value> =>
    sessionOf(made, 'USER_SRP_AUTH', { SRP_A: 'abcdef' }),
} as const;

const respond =
  (
    ChallengeName: 'SELECT_CHALLENGE' | 'EMAIL_OTP' | 'SOFTWARE_TOKEN_MFA' | 'NEW_PASSWORD_REQUIRED',
    more: (name: string) => Record<string, string>,
  ) =>
  ({ idp, ClientId }: MadePool, { name, value: Session }: Value) =>
    idp.respondToAuthChallenge({
      ClientId,
      ChallengeName,
      Session,
      ChallengeResponses: { USERNAME: name, ...more(name) },
    });

const PLACES: Readonly<Record<string, Place>> = {
  ConfirmSignUp: {
    takes: ['a code of sign-up'],
    show: ({ idp, ClientId }, { name: Username, value: ConfirmationCode }) =>
      idp.confirmSignUp({ ClientId, Username, ConfirmationCode }),
  },
  ConfirmForgotPassword: {
    takes: ['a code for a forgotten password'],
    show: ({ idp, ClientId }, { name: Username, value: ConfirmationCode }) =>
      idp.confirmForgotPassword({ ClientId, Username, ConfirmationCode, Password: NEW_PASSWORD }),
  },
  VerifyUserAttribute: {
    takes: ['a code for an address'],
    async show({ idp }, { name, value: Code, AccessToken }) {
      const token = AccessToken ?? (await signIn(pool, name)).AccessToken;
      return idp.verifyUserAttribute({ AccessToken: token, AttributeName: 'email', Code });
    },
  },
  'InitiateAuth with a session': {
    takes: ['a session of a confirmed sign-up'],
    show: ({ idp, ClientId }, { name: USERNAME, value: Session }) =>
      idp.initiateAuth({ ClientId, AuthFlow: 'USER_AUTH', AuthParameters: { USERNAME }, Session }),
  },
  'an answer to a choice': {
    takes: ['a session of a choice'],
    show: respond('SELECT_CHALLENGE', () => ({ ANSWER: 'EMAIL_OTP' })),
  },
  'an answer to a sent code': {
    takes: ['a session of a sent code'],
    show: respond('EMAIL_OTP', (name) => ({
      EMAIL_OTP_CODE: server.sent.findLast(({ to }) => to === `${name}@example.com`)?.code ?? '000000',
    })),
  },
  'an answer to a second factor': {
    takes: [],
    show: respond('SOFTWARE_TOKEN_MFA', () => ({ SOFTWARE_TOKEN_MFA_CODE: '000000' })),
  },
  'an answer with a new password': {
    takes: [],
    show: respond('NEW_PASSWORD_REQUIRED', () => ({ NEW_PASSWORD })),
  },
  AssociateSoftwareToken: {
    takes: [],
    show: ({ idp }, { value: Session }) => idp.associateSoftwareToken({ Session }),
  },
  VerifySoftwareToken: {
    takes: [],
    show: ({ idp }, { value: Session }) => idp.verifySoftwareToken({ Session, UserCode: '000000' }),
  },
};

describe('a value that is good once', () => {
  before(async () => {
    server = await startServer();
    pool = await makePool(
      server,
      { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
      {
        PreventUserExistenceErrors: 'ENABLED',
        ExplicitAuthFlows: [
          'ALLOW_USER_PASSWORD_AUTH',
          'ALLOW_USER_SRP_AUTH',
          'ALLOW_USER_AUTH',
          'ALLOW_REFRESH_TOKEN_AUTH',
        ],
      },
    );
    const { idp, UserPoolId } = pool;
    const SoftwareTokenMfaConfiguration = { Enabled: true };
    await idp.setUserPoolMfaConfig({
      UserPoolId,
      MfaConfiguration: 'OPTIONAL',
      SoftwareTokenMfaConfiguration,
    });
  });
  after(() => server.close());
  beforeEach(async () => {
    await server.settled();
    // What was signed in for when a password was set is over, and limits by address are forgotten.
    server.clock.pass(1);
  });

  // The keys of the table are kinds.
  for (const kind of Object.keys(KINDS) as Kind[]) {
    const own = Object.entries(PLACES).filter(([, { takes }]) => takes.includes(kind));
    for (const [where, { takes, show }] of Object.entries(PLACES)) {
      if (takes.includes(kind))
        it(`is taken where it belongs: ${kind}, by ${where}`, async () => {
          const value = await KINDS[kind](pool);
          await server.settled();

          await show(pool, value);

          await assert.rejects(show(pool, value));
        });
      else
        it(`serves one purpose: ${kind}, not taken by ${where}`, async () => {
          const value = await KINDS[kind](pool);
          await server.settled();

          await assert.rejects(
            show(pool, value),
            ({ $metadata }: { $metadata?: { httpStatusCode?: number } }) => {
              assert.equal($metadata?.httpStatusCode, 400);
              return true;
            },
          );
          // What was shown in the wrong place is still good in the right one.
          if (!where.startsWith('InitiateAuth'))
            for (const [, { show: showRight }] of own) await showRight(pool, value);
        });
    }
  }
});
