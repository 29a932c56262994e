/**
 * NEW_PASSWORD_REQUIRED: what is told of a newcomer, and what he may say about himself with his new password.
 *
 * Source: Cognito API reference, RespondToAuthChallenge, "NEW_PASSWORD_REQUIRED"; CreateUserPoolClient, "ReadAttributes".
 */
import assert from 'node:assert/strict';
import { answer, startByPassword } from '../../../support/factors.ts';
import { shown } from '../../../support/people.ts';
import { makePool, PASSWORD, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const NEW_PASSWORD = 'Another-Horse-8';

describe('a password of one’s own', () => {
  let server: TestServer;
  before(async () => (server = await startServer()));
  after(() => server.close());

  const makeStrict = (client: Parameters<typeof makePool>[2] = {}) =>
    makePool(
      server,
      {
        Schema: [
          { Name: 'given_name', AttributeDataType: 'String', Required: true, Mutable: true },
          { Name: 'risk', AttributeDataType: 'String', DeveloperOnlyAttribute: true, Mutable: true },
        ],
      },
      client,
    );
  async function invite(pool: MadePool, Username: string, attributes: Readonly<Record<string, string>>) {
    await pool.idp.adminCreateUser({
      UserPoolId: pool.UserPoolId,
      Username,
      TemporaryPassword: PASSWORD,
      MessageAction: 'SUPPRESS',
      UserAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
    });
    return startByPassword(pool, Username);
  }

  it('comes with no change of a required attribute that has a value, but with the same value and with others', async () => {
    const pool = await makeStrict();
    const { Session } = await invite(pool, 'ada', { given_name: 'Ada', nickname: 'A' });
    const say = (attributes: Record<string, string>) =>
      answer(pool, 'NEW_PASSWORD_REQUIRED', Session, { USERNAME: 'ada', NEW_PASSWORD, ...attributes });

    await assert.rejects(say({ 'userAttributes.given_name': 'Eve' }), {
      name: 'InvalidParameterException',
      message: 'Cannot modify an already provided given_name',
    });
    await say({ 'userAttributes.given_name': 'Ada', 'userAttributes.nickname': 'Countess' });

    const { attributes } = await shown(pool, 'ada');
    assert.deepEqual([attributes.given_name, attributes.nickname], ['Ada', 'Countess']);
  });

  it('tells of the newcomer what the client may read', async () => {
    const attributes = { given_name: 'Ada', nickname: 'A', 'dev:custom:risk': 'high' };
    const [all, some] = [await makeStrict(), await makeStrict({ ReadAttributes: ['nickname'] })];
    const told = async (pool: MadePool): Promise<unknown> =>
      JSON.parse((await invite(pool, 'ada', attributes)).ChallengeParameters!.userAttributes!);

    assert.deepEqual(await told(all), { given_name: 'Ada', nickname: 'A' });
    assert.deepEqual(await told(some), { nickname: 'A' });
  });
});
