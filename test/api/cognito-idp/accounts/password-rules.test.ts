/**
 * Passwords through the API: their history, their length and characters, the thread they are calculated on, and how wrong ones are counted.
 *
 * Source: Cognito developer guide, "Adding user pool password requirements".
 */
import assert from 'node:assert/strict';
import { createCaller, createSrpClient } from '../../../bench/callers.ts';
import { makePool, makeUser, PASSWORD, signIn, type MadePool } from '../../../support/pool.ts';
import { countPowers } from '../../../support/matrices/powers.ts';
import { sha256Hex } from '../../../../src/base/secret.ts';
import { partText } from '../../../../src/stores/shared/key-text.ts';
import { memoryExpiring, memoryRecords } from '../../../../src/stores/memory.ts';
import { keyringFrom, newKeyringText } from '../../../../src/token-keys/keyring.ts';
import { startServer, stillClock, type TestServer } from '../../../support/servers/server.ts';

describe('the rules for passwords', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  const setPassword = ({ idp, UserPoolId }: MadePool, Password: string, Permanent = true) =>
    idp.adminSetUserPassword({ UserPoolId, Username: 'ada', Password, Permanent });

  describe('of a pool with a history of three', () => {
    let pool: MadePool;
    beforeEach(async () => {
      pool = await makePool(server, {
        Policies: { PasswordPolicy: { MinimumLength: 8, PasswordHistorySize: 3 } },
      });
      await makeUser(pool, 'ada');
    });
    const used = { name: 'PasswordHistoryPolicyViolationException' };

    it('are the present one and the two before it that nobody takes again', async () => {
      await setPassword(pool, 'second-horse');
      await setPassword(pool, 'third-horse');

      for (const password of [PASSWORD, 'second-horse', 'third-horse'])
        await assert.rejects(setPassword(pool, password), used);
      await setPassword(pool, 'fourth-horse');
      // The first is the fourth before it now.
      await setPassword(pool, PASSWORD);
      await assert.rejects(setPassword(pool, 'fourth-horse'), used);
    });

    it('may not be taken again by ChangePassword', async () => {
      const { AccessToken } = await signIn(pool, 'ada');
      const change = (PreviousPassword: string, ProposedPassword: string) =>
        pool.idp.changePassword({ AccessToken, PreviousPassword, ProposedPassword });
      await change(PASSWORD, 'second-horse');

      for (const password of [PASSWORD, 'second-horse'])
        await assert.rejects(change('second-horse', password), used);

      await change('second-horse', 'third-horse');
    });

    it('may not be taken again in answer to NEW_PASSWORD_REQUIRED, temporary ones included', async () => {
      const { idp, ClientId } = pool;
      await setPassword(pool, 'temporary-horse', false);
      const begin = async () =>
        (
          await idp.initiateAuth({
            ClientId,
            AuthFlow: 'USER_PASSWORD_AUTH',
            AuthParameters: { USERNAME: 'ada', PASSWORD: 'temporary-horse' },
          })
        ).Session;
      const answer = async (NEW_PASSWORD: string) =>
        idp.respondToAuthChallenge({
          ClientId,
          ChallengeName: 'NEW_PASSWORD_REQUIRED',
          Session: await begin(),
          ChallengeResponses: { USERNAME: 'ada', NEW_PASSWORD },
        });

      await assert.rejects(answer(PASSWORD), used);
      await assert.rejects(answer('temporary-horse'), used);
      assert.ok((await answer('own-horse')).AuthenticationResult);
    });

    it('are forgotten with the setting', async () => {
      const { idp, UserPoolId } = pool;
      await setPassword(pool, 'second-horse');
      await idp.updateUserPool({ UserPoolId, Policies: { PasswordPolicy: { MinimumLength: 8 } } });

      await setPassword(pool, 'second-horse');
      await setPassword(pool, PASSWORD);
      assert.ok((await signIn(pool, 'ada')).AccessToken);
    });
  });

  it('are 256 characters of any script, all of which count', async () => {
    const pool = await makePool(server, { Policies: { PasswordPolicy: { MinimumLength: 99 } } });
    await pool.idp.adminCreateUser({
      UserPoolId: pool.UserPoolId,
      Username: 'ada',
      MessageAction: 'SUPPRESS',
    });
    const long = `${'ж☃e\u0301'.repeat(63)}ñ#A7`;
    await setPassword(pool, long);
    const signInWith = (password: string) =>
      pool.idp.initiateAuth({
        ClientId: pool.ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD: password },
      });

    assert.equal(long.length, 256);
    assert.ok((await signInWith(long)).AuthenticationResult);
    for (const other of [
      long.slice(0, -1),
      `${long.slice(0, -1)}8`,
      long.normalize('NFC'),
      long.toLowerCase(),
    ])
      await assert.rejects(signInWith(other), { name: 'NotAuthorizedException' });
  });

  it('that are made up fit the strictest policy', async () => {
    const pool = await makePool(server, {
      Policies: {
        PasswordPolicy: {
          MinimumLength: 40,
          RequireLowercase: true,
          RequireUppercase: true,
          RequireNumbers: true,
          RequireSymbols: true,
        },
      },
    });
    for (let user = 0; user < 20; user += 1) {
      const email = `user-${user}@example.com`;
      await pool.idp.adminCreateUser({
        UserPoolId: pool.UserPoolId,
        Username: `user-${user}`,
        UserAttributes: [{ Name: 'email', Value: email }],
      });
      const { code = '' } = server.sent.findLast(({ to }) => to === email) ?? {};
      const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[!#%+\-=?]/].map((kind) => kind.test(code));
      assert.deepEqual([code.length, ...kinds], [40, true, true, true, true]);
    }
  });

  it('are never calculated on the thread that answers requests', async () => {
    const pool = await makePool(server);
    await makeUser(pool, 'ada');
    const call = createCaller(server.url);
    const bySrp = createSrpClient({ call, poolId: pool.UserPoolId, clientId: pool.ClientId });
    const powers = countPowers();
    try {
      await signIn(pool, 'ada');
      await assert.rejects(
        pool.idp.initiateAuth({
          ClientId: pool.ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: 'nobody', PASSWORD },
        }),
      );
      await setPassword(pool, 'Another-Horse-8');
      assert.equal(powers.times(), 0);

      await bySrp('ada', 'Another-Horse-8');
      // The client of this test raises to two powers on this thread, and is all that does.
      assert.equal(powers.times(), 2);
    } finally {
      powers.restore();
      call.close();
    }
  });

  it('that are wrong are counted exactly, of a thousand at once on two servers', async () => {
    const clock = stillClock();
    const expiring = memoryExpiring(clock);
    const shared = {
      clock,
      store: { records: memoryRecords(clock), expiring },
      sealer: keyringFrom(newKeyringText(clock)),
      environment: { COGNATE_TRUSTED_PROXIES: '127.0.0.1/32' },
    };
    const servers = await Promise.all([startServer(shared), startServer(shared)]);
    const pool = await makePool(servers[0]);
    await makeUser(pool, 'ada');
    const call = (node: number, password: string, from: string) =>
      fetch(servers[node]!.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
          'x-forwarded-for': from,
        },
        body: JSON.stringify({
          ClientId: pool.ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: 'ada', PASSWORD: password },
        }),
      });

    const answers = await Promise.all(
      Array.from({ length: 1000 }, async (_, index) => {
        const response = await call(index % 2, 'Wrong-Horse-7', `10.0.${index >> 8}.${index & 255}`);
        return ((await response.json()) as { message: string }).message;
      }),
    );

    // Five are free, and the sixth has the first waiting time's ticket.
    const judged = answers.filter((message) => message === 'Incorrect username or password.');
    const refused = answers.filter((message) => message === 'Password attempts exceeded');
    assert.deepEqual([judged.length, refused.length], [6, 994]);
    const counter = sha256Hex(partText(`${pool.UserPoolId}/ada`));
    assert.equal(await expiring.counted('tries-by-person', counter), 1000);
    assert.equal((await call(0, PASSWORD, '10.9.9.9')).status, 400);
    await Promise.all(servers.map((each) => each.close()));
  });
});
