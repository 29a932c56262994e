/** Signing in, renewing and signing out, through the official client and the one that Amplify was built on. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from 'amazon-cognito-identity-js';
import { startByPassword } from '../../../support/factors.ts';
import {
  claimsOf,
  makeInvited,
  makePool,
  makeUser,
  PASSWORD,
  signIn,
  TEMPORARY,
  type MadePool,
} from '../../../support/pool.ts';
import { N as modulus } from '../../../../src/password-hash/srp.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('signing in', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(server);
    await makeUser(pool, 'ada', { email: 'ada@example.com' });
  });
  after(() => server.close());

  /** By SRP, with an unmodified client. */
  function signInBySrp(
    { UserPoolId, ClientId }: MadePool,
    Username: string,
    Password: string,
    newPassword?: string,
  ): Promise<CognitoUserSession> {
    const user = new CognitoUser({
      Username,
      Pool: new CognitoUserPool({ UserPoolId, ClientId, endpoint: server.url }),
    });
    return new Promise((resolve, reject) => {
      const callbacks = {
        onSuccess: resolve,
        onFailure: reject,
        newPasswordRequired: () =>
          newPassword
            ? user.completeNewPasswordChallenge(newPassword, {}, callbacks)
            : reject(new Error('new password')),
      };
      user.authenticateUser(new AuthenticationDetails({ Username, Password }), callbacks);
    });
  }
  const respond = (ChallengeResponses: Record<string, string>, Session?: string) =>
    pool.idp.respondToAuthChallenge({
      ClientId: pool.ClientId,
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      ChallengeResponses,
      Session,
    });

  it('InitiateAuth: gives tokens in the shape of Cognito, that GetUser believes', async () => {
    const tokens = await signIn(pool, 'ada');

    const { Username, UserAttributes } = await pool.idp.getUser({ AccessToken: tokens.AccessToken });

    const [access, id] = [claimsOf(tokens.AccessToken!), claimsOf(tokens.IdToken!)];
    assert.equal(Username, 'ada');
    assert.equal(UserAttributes!.find(({ Name }) => Name === 'sub')!.Value, access.sub);
    assert.deepEqual([tokens.ExpiresIn, tokens.TokenType], [3600, 'Bearer']);
    assert.deepEqual(
      {
        iss: access.iss,
        client_id: access.client_id,
        token_use: access.token_use,
        scope: access.scope,
        username: access.username,
      },
      {
        iss: `${server.url}/${pool.UserPoolId}`,
        client_id: pool.ClientId,
        token_use: 'access',
        scope: 'aws.cognito.signin.user.admin',
        username: 'ada',
      },
    );
    assert.equal(access.aud, undefined);
    assert.deepEqual(
      [id.aud, id.token_use, id['cognito:username'], id.email, id.email_verified],
      [pool.ClientId, 'id', 'ada', 'ada@example.com', undefined],
    );
    assert.equal(Number(id.exp) - Number(id.iat), 3600);
  });

  it('signs in by SRP with an unmodified client', async () => {
    const session = await signInBySrp(pool, 'ada', PASSWORD);

    assert.ok(session.isValid());
    assert.equal(session.getIdToken().payload['cognito:username'], 'ada');
  });

  it('refuses a wrong password by SRP', async () => {
    await assert.rejects(signInBySrp(pool, 'ada', 'Wrong-Horse-7'), {
      name: 'NotAuthorizedException',
      message: 'Incorrect username or password.',
    });
  });

  for (const [what, SRP_A] of [
    ['0', '0'],
    ['N', modulus.toString(16)],
    ['2N', (modulus * 2n).toString(16)],
  ] as const) {
    it(`refuses an SRP value that is ${what}`, async () => {
      const asked = pool.idp.initiateAuth({
        ClientId: pool.ClientId,
        AuthFlow: 'USER_SRP_AUTH',
        AuthParameters: { USERNAME: 'ada', SRP_A },
      });

      await assert.rejects(asked, { name: 'InvalidParameterException' });
    });
  }

  it("RespondToAuthChallenge: takes a password of the person's own, and only once", async () => {
    const { idp, UserPoolId } = pool;
    await makeInvited(pool, 'new');
    const { ChallengeName, Session } = await startByPassword(pool, 'new', TEMPORARY);

    const { AuthenticationResult } = await respond({ USERNAME: 'new', NEW_PASSWORD: PASSWORD }, Session);

    assert.equal(ChallengeName, 'NEW_PASSWORD_REQUIRED');
    assert.ok(AuthenticationResult!.AccessToken);
    assert.equal((await idp.adminGetUser({ UserPoolId, Username: 'new' })).UserStatus, 'CONFIRMED');
    await assert.rejects(respond({ USERNAME: 'new', NEW_PASSWORD: 'Other-Horse-9' }, Session), {
      name: 'NotAuthorizedException',
    });
    assert.ok((await signIn(pool, 'new')).AccessToken);
  });

  it('asks for a new password by SRP too', async () => {
    await makeInvited(pool, 'srp-new');

    const session = await signInBySrp(pool, 'srp-new', TEMPORARY, PASSWORD);

    assert.ok(session.isValid());
  });

  it('lets a session survive a weak answer, and end with the fifth', async () => {
    await makeInvited(pool, 'tries');
    const { Session } = await startByPassword(pool, 'tries', TEMPORARY);

    for (let tries = 0; tries < 5; tries += 1)
      await assert.rejects(respond({ USERNAME: 'tries', NEW_PASSWORD: 'weak' }, Session), {
        name: 'InvalidPasswordException',
      });

    await assert.rejects(respond({ USERNAME: 'tries', NEW_PASSWORD: PASSWORD }, Session), {
      name: 'NotAuthorizedException',
    });
  });

  it('gives one sign-in, of a hundred right answers to one session at once', async () => {
    await makeInvited(pool, 'parallel');
    const { Session } = await startByPassword(pool, 'parallel', TEMPORARY);

    const answers = await Promise.allSettled(
      Array.from({ length: 100 }, () => respond({ USERNAME: 'parallel', NEW_PASSWORD: PASSWORD }, Session)),
    );

    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('refuses a session of another client', async () => {
    const { idp } = pool;
    const other = await makePool(server);
    await makeInvited(pool, 'bound');
    const { Session } = await startByPassword(pool, 'bound', TEMPORARY);

    const answer = idp.respondToAuthChallenge({
      ClientId: other.ClientId,
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      Session,
      ChallengeResponses: { USERNAME: 'bound', NEW_PASSWORD: PASSWORD },
    });

    await assert.rejects(answer, { name: 'NotAuthorizedException' });
  });

  it('answers alike for people it knows and people it does not, where the client says so', async () => {
    const discreet = await makePool(server, {}, { PreventUserExistenceErrors: 'ENABLED' });
    await makeUser(discreet, 'known');
    const { idp, ClientId } = discreet;
    const answer = (USERNAME: string) =>
      idp
        .initiateAuth({
          ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME, PASSWORD: 'Wrong-Horse-7' },
        })
        .catch(({ name, message }: Error) => ({ name, message }));
    const challenge = async (USERNAME: string) =>
      (
        await idp.initiateAuth({
          ClientId,
          AuthFlow: 'USER_SRP_AUTH',
          AuthParameters: { USERNAME, SRP_A: 'abcdef' },
        })
      ).ChallengeParameters!;

    assert.deepEqual(await answer('unknown'), await answer('known'));
    assert.deepEqual(Object.keys(await challenge('unknown')), Object.keys(await challenge('known')));
    assert.equal((await challenge('unknown')).SALT, (await challenge('unknown')).SALT);
    assert.equal((await challenge('unknown')).SALT!.length, (await challenge('known')).SALT!.length);
    await assert.rejects(
      pool.idp.initiateAuth({
        ClientId: pool.ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'unknown', PASSWORD },
      }),
      { name: 'UserNotFoundException' },
    );
  });

  it('lets one person in from many places at once', async () => {
    const sessions = await Promise.all([
      ...Array.from({ length: 30 }, async () => (await signIn(pool, 'ada')).AccessToken),
      ...Array.from({ length: 10 }, async () =>
        (await signInBySrp(pool, 'ada', PASSWORD)).getAccessToken().getJwtToken(),
      ),
    ]);

    assert.equal(new Set(sessions.map((token) => claimsOf(token!).jti)).size, 40);
  });

  it('makes who guesses wait, and forgives with the right password', async () => {
    await makeUser(pool, 'target');
    const { idp, ClientId } = pool;
    const attempt = (password: string) =>
      idp.initiateAuth({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'target', PASSWORD: password },
      });
    for (let tries = 0; tries < 6; tries += 1)
      await assert.rejects(attempt('Wrong-Horse-7'), { message: 'Incorrect username or password.' });

    await assert.rejects(attempt(PASSWORD), {
      name: 'NotAuthorizedException',
      message: 'Password attempts exceeded',
    });
    server.clock.pass(5);
    assert.ok((await attempt(PASSWORD)).AuthenticationResult);
    await assert.rejects(attempt('Wrong-Horse-7'), { message: 'Incorrect username or password.' });
  });

  it('demands the secret hash wherever the client has a secret', async () => {
    const secretive = await makePool(server, {}, { GenerateSecret: true });
    await makeUser(secretive, 'ada');
    const { idp, ClientId, ClientSecret } = secretive;
    const hash = (name: string) =>
      createHmac('sha256', ClientSecret!)
        .update(name + ClientId)
        .digest('base64');
    const start = (more: Record<string, string>) =>
      idp.initiateAuth({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD, ...more },
      });

    await assert.rejects(start({}), { name: 'NotAuthorizedException' });
    const { AuthenticationResult } = await start({ SECRET_HASH: hash('ada') });
    const REFRESH_TOKEN = AuthenticationResult!.RefreshToken!;
    const renew = (more: Record<string, string>) =>
      idp.initiateAuth({
        ClientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN, ...more },
      });
    await assert.rejects(renew({}), { name: 'NotAuthorizedException' });
    assert.ok(
      (await renew({ SECRET_HASH: hash(String(claimsOf(AuthenticationResult!.AccessToken!).sub)) }))
        .AuthenticationResult,
    );
  });

  it('refuses flows that the client does not allow, and those it does not speak', async () => {
    const narrow = await makePool(server, {}, { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] });
    const ask = (AuthFlow: 'USER_PASSWORD_AUTH' | 'CUSTOM_AUTH' | 'ADMIN_USER_PASSWORD_AUTH') =>
      narrow.idp.initiateAuth({
        ClientId: narrow.ClientId,
        AuthFlow,
        AuthParameters: { USERNAME: 'ada', PASSWORD },
      });

    await assert.rejects(ask('USER_PASSWORD_AUTH'), {
      name: 'InvalidParameterException',
      message: 'USER_PASSWORD_AUTH flow not enabled for this client',
    });
    await assert.rejects(ask('CUSTOM_AUTH'), { name: 'InvalidParameterException' });
    await assert.rejects(ask('ADMIN_USER_PASSWORD_AUTH'), { name: 'InvalidParameterException' });
  });
});
