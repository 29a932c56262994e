/**
 * Answers to a challenge that are refused, by the person's own operation and by the administrator's: with which error, and what is still possible after it.
 *
 * Source: Cognito API reference, errors of RespondToAuthChallenge and AdminRespondToAuthChallenge.
 */
import assert from 'node:assert/strict';
import type { InitiateAuthResponse } from '@aws-sdk/client-cognito-identity-provider';
import { makeFactorPool, makeHolder, otherThan, totpOf } from '../../../support/factors.ts';
import { makeReachable, shown } from '../../../support/people.ts';
import { NEW_PASSWORD, PASSWORD, TEMPORARY, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const HISTORY = { MinimumLength: 8, PasswordHistorySize: 3 };

type Texts = Readonly<Record<string, string>>;
/** A challenge, and who was asked. */
interface Asked {
  readonly of: MadePool;
  readonly name: string;
  readonly challenge: InitiateAuthResponse;
}
type Respond = (asked: Asked, responses: Texts) => Promise<InitiateAuthResponse>;

const WAYS: Readonly<Record<string, Respond>> = {
  RespondToAuthChallenge: ({ of, name, challenge }, responses) =>
    of.idp.respondToAuthChallenge({
      ClientId: of.ClientId,
      ChallengeName: challenge.ChallengeName,
      Session: challenge.Session,
      ChallengeResponses: { USERNAME: name, ...responses },
    }),
  AdminRespondToAuthChallenge: ({ of, name, challenge }, responses) =>
    of.idp.adminRespondToAuthChallenge({
      UserPoolId: of.UserPoolId,
      ClientId: of.ClientId,
      ChallengeName: challenge.ChallengeName,
      Session: challenge.Session,
      ChallengeResponses: { USERNAME: name, ...responses },
    }),
};

describe('answers to a challenge', () => {
  let server: TestServer;
  let pool: MadePool;
  let byAddress: MadePool;
  let people = 0;

  before(async () => {
    server = await startServer();
    const SignInPolicy = { AllowedFirstAuthFactors: ['PASSWORD' as const, 'EMAIL_OTP' as const] };
    pool = await makeFactorPool(server, {
      mode: 'OPTIONAL',
      factors: ['totp'],
      pool: { Policies: { PasswordPolicy: HISTORY, SignInPolicy } },
    });
    byAddress = await makeFactorPool(server, {
      mode: 'OFF',
      pool: { UsernameAttributes: ['email', 'phone_number'] },
    });
  });
  after(() => server.close());

  const newName = (): string => `person-${(people += 1)}`;
  const begin = async (of: MadePool, name: string, password: string): Promise<Asked> => {
    const AuthParameters = { USERNAME: name, PASSWORD: password };
    const given = { ClientId: of.ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters } as const;
    return { of, name, challenge: await of.idp.initiateAuth(given) };
  };
  /** Asks somebody new, who has had PASSWORD, for a password of his own. */
  async function askForPassword(of = pool, name = newName()): Promise<Asked> {
    const whose = { UserPoolId: of.UserPoolId, Username: name };
    await of.idp.adminCreateUser({ ...whose, MessageAction: 'SUPPRESS' });
    await of.idp.adminSetUserPassword({ ...whose, Password: PASSWORD, Permanent: true });
    await of.idp.adminSetUserPassword({ ...whose, Password: TEMPORARY, Permanent: false });
    return begin(of, name, TEMPORARY);
  }
  /** Asks somebody new for a code of his application. */
  async function askForCode(): Promise<Asked & { readonly secret: string }> {
    const name = newName();
    const secret = await makeHolder(server, pool, name, ['totp']);
    return { ...(await begin(pool, name, PASSWORD)), secret };
  }
  const codeOf = ({ secret }: { secret: string }, later = 0) => ({
    SOFTWARE_TOKEN_MFA_CODE: totpOf(server, secret, later),
  });
  const letsIn = async (answer: Promise<InitiateAuthResponse>) => {
    const { AuthenticationResult } = await answer;
    const { Username } = await pool.idp.getUser({ AccessToken: AuthenticationResult!.AccessToken });
    assert.ok(Username);
  };

  for (const [operation, respond] of Object.entries(WAYS))
    describe(`of ${operation}`, () => {
      for (const [name, what, NEW] of [
        ['InvalidPasswordException', 'a password against the policy', 'short'],
        ['PasswordHistoryPolicyViolationException', 'a password of before', PASSWORD],
      ] as const)
        it(`are ${name} for ${what}, and another is taken`, async () => {
          const asked = await askForPassword();

          await assert.rejects(respond(asked, { NEW_PASSWORD: NEW }), { name });

          assert.equal((await shown(pool, asked.name)).status, 'FORCE_CHANGE_PASSWORD');
          await letsIn(respond(asked, { NEW_PASSWORD }));
          assert.equal((await shown(pool, asked.name)).status, 'CONFIRMED');
        });

      it('are AliasExistsException for an address that is somebody’s name, and the password stays', async () => {
        const { idp, UserPoolId } = byAddress;
        const Username = `${newName()}@example.com`;
        await idp.adminCreateUser({ UserPoolId, Username, MessageAction: 'SUPPRESS' });
        const asked = await askForPassword(byAddress, `+1555000${String(people).padStart(4, '0')}`);

        const answered = respond(asked, { NEW_PASSWORD, 'userAttributes.email': Username });

        await assert.rejects(answered, { name: 'AliasExistsException' });
        const { status, attributes } = await shown(byAddress, asked.name);
        assert.deepEqual([status, attributes.email], ['FORCE_CHANGE_PASSWORD', undefined]);
        const again = await begin(byAddress, asked.name, TEMPORARY);
        await letsIn(respond(again, { NEW_PASSWORD }));
      });

      it('are CodeMismatchException for a wrong code, and the right one is taken', async () => {
        const asked = await askForCode();
        const right = codeOf(asked);
        const wrong = { SOFTWARE_TOKEN_MFA_CODE: otherThan(right.SOFTWARE_TOKEN_MFA_CODE) };

        await assert.rejects(respond(asked, wrong), { name: 'CodeMismatchException' });

        await letsIn(respond(asked, right));
      });

      it('are ExpiredCodeException for a code that was used, and the next one is taken', async () => {
        const asked = await askForCode();
        await letsIn(respond(asked, codeOf(asked)));
        const again = await begin(pool, asked.name, PASSWORD);

        await assert.rejects(respond(again, codeOf(asked)), { name: 'ExpiredCodeException' });

        await letsIn(respond(again, codeOf(asked, 30)));
      });

      it('are TooManyRequestsException for a choice that would send an eleventh code', async () => {
        const name = newName();
        await makeReachable(pool, name);
        const ask = async () => {
          const { idp, ClientId } = pool;
          const given = { ClientId, AuthFlow: 'USER_AUTH', AuthParameters: { USERNAME: name } } as const;
          return { of: pool, name, challenge: await idp.initiateAuth(given) };
        };
        const choose = async () => respond(await ask(), { ANSWER: 'EMAIL_OTP' });
        for (let letters = 0; letters < 10; letters += 1) await choose();
        const { length } = server.sent;

        await assert.rejects(choose(), { name: 'TooManyRequestsException' });

        assert.equal(server.sent.length, length);
        await letsIn(respond(await ask(), { ANSWER: 'PASSWORD', PASSWORD }));
      });
    });

  it('are not even asked for by AdminInitiateAuth where it would send an eleventh code', async () => {
    const { idp, UserPoolId, ClientId } = pool;
    const name = newName();
    await makeReachable(pool, name);
    const ask = (PREFERRED_CHALLENGE: string) =>
      idp.adminInitiateAuth({
        UserPoolId,
        ClientId,
        AuthFlow: 'USER_AUTH',
        AuthParameters: { USERNAME: name, PREFERRED_CHALLENGE, PASSWORD },
      });
    for (let letters = 0; letters < 10; letters += 1) await ask('EMAIL_OTP');
    const { length } = server.sent;

    await assert.rejects(ask('EMAIL_OTP'), { name: 'TooManyRequestsException' });

    assert.equal(server.sent.length, length);
    await letsIn(ask('PASSWORD'));
  });
});
