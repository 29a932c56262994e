/**
 * Cognate's own operations: how a pool keeps its passwords, and which it refuses.
 */
import assert from 'node:assert/strict';
import { IAM } from '@aws-sdk/client-iam';
import { userCollection, type User } from '../../src/domain/users/users.ts';
import { remove, type Records } from '../../src/domain/ports/records.ts';
import { memoryRecords } from '../../src/stores/memory.ts';
import { createCaller, createSrpClient } from '../bench/callers.ts';
import { cognateClient } from '../support/cognate.ts';
import { makePool, makeUser, PASSWORD, signIn, type MadePool } from '../support/pool.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';

describe('password protection', () => {
  let server: TestServer;
  let pool: MadePool;
  let cognate: ReturnType<typeof cognateClient>;

  before(async () => {
    server = await startServer();
    cognate = cognateClient(server);
  });
  after(() => server.close());
  beforeEach(async () => {
    pool = await makePool(server, {}, { PreventUserExistenceErrors: 'ENABLED' });
  });

  const setPassword = (Password: string, Username = 'ada') =>
    pool.idp.adminSetUserPassword({ UserPoolId: pool.UserPoolId, Username, Password, Permanent: true });
  async function bySrp(username: string, password: string) {
    const call = createCaller(server.url);
    try {
      return await createSrpClient({ call, poolId: pool.UserPoolId, clientId: pool.ClientId })(
        username,
        password,
      );
    } finally {
      call.close();
    }
  }

  it('GetUserPoolPasswordProtection: says Cognito’s own ways until told otherwise, and outlives UpdateUserPool', async () => {
    const { UserPoolId } = pool;
    assert.deepEqual(await cognate.getUserPoolPasswordProtection({ UserPoolId }), {
      UserPoolId,
      PasswordStorage: 'SRP',
      KnownPasswords: 'ALLOWED',
      SessionsOnNewPassword: 'ENDED',
    });

    const changed = {
      UserPoolId,
      PasswordStorage: 'ARGON2ID',
      KnownPasswords: 'REFUSED',
      SessionsOnNewPassword: 'KEPT',
    } as const;
    await cognate.setUserPoolPasswordProtection(changed);
    await pool.idp.updateUserPool({ UserPoolId, AutoVerifiedAttributes: ['email'] });

    assert.deepEqual(await cognate.getUserPoolPasswordProtection({ UserPoolId }), changed);
  });

  it('SetUserPoolPasswordProtection: refuses known passwords wherever one is set, and only then', async () => {
    const { UserPoolId, ClientId, idp } = pool;
    await makeUser(pool, 'ada');
    await setPassword('Passw0rd!');
    await setPassword('Charlie#1');
    await idp.updateUserPool({ UserPoolId, Policies: { PasswordPolicy: { MinimumLength: 6 } } });
    await cognate.setUserPoolPasswordProtection({ UserPoolId, KnownPasswords: 'REFUSED' });

    for (const Password of ['trustno1', 'TrustNo1', 'qwertzuiop'])
      await assert.rejects(setPassword(Password), { name: 'InvalidPasswordException' });
    await assert.rejects(idp.signUp({ ClientId, Username: 'bob', Password: 'dragon', UserAttributes: [] }), {
      name: 'InvalidPasswordException',
      message: /many people have used/,
    });
    await assert.rejects(idp.adminCreateUser({ UserPoolId, Username: 'bob', TemporaryPassword: 'dragon' }), {
      name: 'InvalidPasswordException',
    });
    await setPassword('horse-with-batteries');
    const { PasswordStorage } = await cognate.setUserPoolPasswordProtection({
      UserPoolId,
      KnownPasswords: 'ALLOWED',
    });
    await setPassword('dragon');
    assert.equal(PasswordStorage, 'SRP');
  });

  it('signs in by password in a pool that keeps hashes, and not by SRP', async () => {
    const { UserPoolId } = pool;
    await cognate.setUserPoolPasswordProtection({ UserPoolId, PasswordStorage: 'ARGON2ID' });
    await makeUser(pool, 'ada');

    assert.ok((await signIn(pool, 'ada')).AccessToken);
    await assert.rejects(bySrp('ada', PASSWORD), /InvalidParameterException.*USER_SRP_AUTH is not available/);
    await assert.rejects(
      bySrp('nobody', PASSWORD),
      /InvalidParameterException.*USER_SRP_AUTH is not available/,
    );
    await setPassword('Another-Horse-8');
    await assert.rejects(signIn(pool, 'ada'), { name: 'NotAuthorizedException' });
  });

  it('keeps a password the new way once its owner has signed in with it', async () => {
    const { UserPoolId } = pool;
    await makeUser(pool, 'ada');
    await makeUser(pool, 'bob');
    await cognate.setUserPoolPasswordProtection({ UserPoolId, PasswordStorage: 'ARGON2ID' });
    await assert.rejects(
      pool.idp.initiateAuth({
        ClientId: pool.ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD: 'Wrong-Horse-7' },
      }),
      { name: 'NotAuthorizedException' },
    );
    await signIn(pool, 'ada');
    const { UserLastModifiedDate } = await pool.idp.adminGetUser({ UserPoolId, Username: 'ada' });
    await signIn(pool, 'ada');

    // Back to SRP: of ada a hash is kept now, of bob still the verifier.
    await cognate.setUserPoolPasswordProtection({ UserPoolId, PasswordStorage: 'SRP' });
    await assert.rejects(bySrp('ada', PASSWORD), /NotAuthorizedException.*Incorrect username or password/);
    assert.ok((await bySrp('bob', PASSWORD)).AuthenticationResult);
    await signIn(pool, 'ada');
    assert.ok((await bySrp('ada', PASSWORD)).AuthenticationResult);

    const after = await pool.idp.adminGetUser({ UserPoolId, Username: 'ada' });
    assert.deepEqual(after.UserLastModifiedDate, UserLastModifiedDate);
  });

  it('says of who is removed while his password is kept the new way that he is not there', async () => {
    const store = memoryRecords(server.clock);
    let isLeaving = false;
    const records: Records = {
      ...store,
      async commit(...changes) {
        const [change] = changes;
        if (isLeaving && change?.act === 'replace' && change.collection.name === userCollection.name) {
          isLeaving = false;
          await store.commit(remove(userCollection, userCollection.key(change.record as User)));
        }
        await store.commit(...changes);
      },
    };
    const other = await startServer({ store: { records }, clock: server.clock });
    const own = await makePool(other);
    const { UserPoolId } = own;
    await makeUser(own, 'ada');
    await cognateClient(other).setUserPoolPasswordProtection({ UserPoolId, PasswordStorage: 'ARGON2ID' });
    isLeaving = true;

    await assert.rejects(signIn(own, 'ada'), { name: 'UserNotFoundException' });

    assert.equal(isLeaving, false);
    await other.close();
  });

  it('keeps what users signed in for when their password is replaced, where a pool says so', async () => {
    const { UserPoolId, ClientId, idp } = pool;
    await makeUser(pool, 'ada');
    const { AccessToken, RefreshToken } = await signIn(pool, 'ada');
    server.clock.pass(0.001);
    const goesOn = () =>
      idp.initiateAuth({
        ClientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: RefreshToken! },
      });
    await cognate.setUserPoolPasswordProtection({ UserPoolId, SessionsOnNewPassword: 'KEPT' });
    await setPassword('Another-Horse-8');
    await goesOn();
    await idp.getUser({ AccessToken });

    await cognate.setUserPoolPasswordProtection({ UserPoolId, SessionsOnNewPassword: 'ENDED' });
    await setPassword(PASSWORD);

    await assert.rejects(goesOn(), { name: 'NotAuthorizedException' });
    await assert.rejects(idp.getUser({ AccessToken }), { name: 'NotAuthorizedException' });
  });

  it('is decided by policy, on the pool', async () => {
    const iam = new IAM(server.client);
    await iam.createUser({ UserName: 'reader' });
    await iam.putUserPolicy({
      UserName: 'reader',
      PolicyName: 'reads',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action: 'cognate:Get*', Resource: pool.Arn },
      }),
    });
    const { AccessKey } = await iam.createAccessKey({ UserName: 'reader' });
    const reader = cognateClient(server, {
      accessKeyId: AccessKey!.AccessKeyId!,
      secretAccessKey: AccessKey!.SecretAccessKey!,
    });

    assert.ok(await reader.getUserPoolPasswordProtection({ UserPoolId: pool.UserPoolId }));
    await assert.rejects(
      reader.setUserPoolPasswordProtection({ UserPoolId: pool.UserPoolId, KnownPasswords: 'REFUSED' }),
      {
        name: 'AccessDeniedException',
      },
    );
    await assert.rejects(reader.getUserPoolPasswordProtection({ UserPoolId: 'us-east-1_AAAAAAAAA' }), {
      name: 'AccessDeniedException',
    });
    await assert.rejects(cognate.getUserPoolPasswordProtection({ UserPoolId: 'us-east-1_AAAAAAAAA' }), {
      name: 'ResourceNotFoundException',
    });
  });
});
