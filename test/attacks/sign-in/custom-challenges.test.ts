/**
 * Challenges of a pool's own, and the second factor behind them: whoever passes an easy one must not get more of anything by it.
 *
 * Source: SECURITY G21; NIST SP 800-63B, 5.2.2.
 */
import assert from 'node:assert/strict';
import { answer, makeFactorPool, makeHolder, otherThan, totpOf } from '../../support/factors.ts';
import type { MadePool } from '../../support/pool.ts';
import { askForWords, poolFunctions } from '../../support/pool-functions.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const WORD = 'blue';

describe('a second factor behind a challenge of the pool’s own', () => {
  const told = poolFunctions();
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer({ functions: told.functions });
    pool = await makeFactorPool(server, {
      mode: 'OPTIONAL',
      factors: ['totp'],
      pool: {
        DeviceConfiguration: { ChallengeRequiredOnNewDevice: true },
        LambdaConfig: told.configOf(
          'DefineAuthChallenge',
          'CreateAuthChallenge',
          'VerifyAuthChallengeResponse',
        ),
      },
      client: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_USER_PASSWORD_AUTH'] },
    });
    askForWords(told, WORD);
  });
  after(() => server.close());

  async function passChallenge(USERNAME: string) {
    const { Session } = await pool.idp.initiateAuth({
      ClientId: pool.ClientId,
      AuthFlow: 'CUSTOM_AUTH',
      AuthParameters: { USERNAME },
    });
    return answer(pool, 'CUSTOM_CHALLENGE', Session, { USERNAME, ANSWER: WORD });
  }

  it('is guessed no faster by who passes the challenge again and again', async () => {
    const right = await makeHolder(server, pool, 'ada', ['totp']);
    const guess = async () => {
      const { ChallengeName, Session } = await passChallenge('ada');
      const SOFTWARE_TOKEN_MFA_CODE = otherThan(totpOf(server, right));
      return answer(pool, ChallengeName, Session, { USERNAME: 'ada', SOFTWARE_TOKEN_MFA_CODE });
    };
    for (let tries = 0; tries < 6; tries += 1)
      await assert.rejects(guess(), { name: 'CodeMismatchException' });

    await assert.rejects(guess(), { message: 'Password attempts exceeded' });
  });

  it('is not used up by a device that does not exist', async () => {
    const secret = await makeHolder(server, pool, 'ben', ['totp']);
    const { ChallengeName, Session } = await passChallenge('ben');
    const prove = (device: Record<string, string>) =>
      answer(pool, ChallengeName, Session, {
        USERNAME: 'ben',
        SOFTWARE_TOKEN_MFA_CODE: totpOf(server, secret),
        ...device,
      });

    await assert.rejects(prove({ DEVICE_KEY: 'us-east-1_00000000-0000-4000-8000-000000000000' }), {
      name: 'ResourceNotFoundException',
      message: 'Device does not exist.',
    });
    const { AuthenticationResult } = await prove({});

    assert.ok(AuthenticationResult!.AccessToken);
  });
});
