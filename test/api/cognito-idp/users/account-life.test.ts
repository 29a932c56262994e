/** Accounts that are confirmed, disabled, enabled and left, through the official client. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { userCollection, type User } from '../../../../src/domain/users/users.ts';
import { insert, remove, type Records } from '../../../../src/domain/ports/records.ts';
import { memoryRecords } from '../../../../src/stores/memory.ts';
import { codeTo, makeReachable, place, shown } from '../../../support/people.ts';
import {
  claimsOf,
  makePool,
  makeUser,
  PASSWORD,
  signIn,
  signUp,
  type MadePool,
} from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('the life of an account', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(server);
  });
  after(() => server.close());

  const confirm = ({ idp, ClientId }: MadePool, Username: string, ConfirmationCode: string) =>
    idp.confirmSignUp({ ClientId, Username, ConfirmationCode });
  const resend = ({ idp, ClientId }: MadePool, Username: string) =>
    idp.resendConfirmationCode({ ClientId, Username });

  it('ResendConfirmationCode: sends a code that ConfirmSignUp takes, in place of the first', async () => {
    const { idp, ClientId } = pool;
    await signUp(pool, 'ada');
    const first = codeTo(server, 'ada@example.com');

    const { CodeDeliveryDetails } = await idp.resendConfirmationCode({ ClientId, Username: 'ada' });

    const second = codeTo(server, 'ada@example.com');
    assert.equal(place(CodeDeliveryDetails), 'email a***@e***');
    assert.equal(server.sent.at(-1)!.kind, 'resent-code');
    if (first !== second)
      await assert.rejects(confirm(pool, 'ada', first), { name: 'CodeMismatchException' });
    await idp.confirmSignUp({ ClientId, Username: 'ada', ConfirmationCode: second });
    assert.equal((await shown(pool, 'ada')).status, 'CONFIRMED');
  });

  it('sends no code to who needs none, and nowhere where nothing is verified', async () => {
    await makeReachable(pool, 'done');
    const unverified = await makePool(server, { AutoVerifiedAttributes: [] });
    await signUp(unverified, 'ada');
    await signUp(pool, 'off');
    await pool.idp.adminDisableUser({ UserPoolId: pool.UserPoolId, Username: 'off' });

    await assert.rejects(resend(pool, 'done'), {
      name: 'InvalidParameterException',
      message: 'User is already confirmed.',
    });
    await assert.rejects(resend(pool, 'nobody'), { name: 'UserNotFoundException' });
    await assert.rejects(resend(unverified, 'ada'), { name: 'InvalidParameterException' });
    await assert.rejects(resend(pool, 'off'), {
      name: 'NotAuthorizedException',
      message: 'User is disabled.',
    });
  });

  it('sends five codes an hour, and takes fifteen tries', async () => {
    await signUp(pool, 'eager');
    const outcomes: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      await resend(pool, 'eager');
      const wrong = codeTo(server, 'eager@example.com') === '000000' ? '111111' : '000000';
      for (let tries = 0; tries < 4; tries += 1)
        await confirm(pool, 'eager', wrong).catch((error: Error) => outcomes.push(error.name));
    }

    await assert.rejects(resend(pool, 'eager'), { name: 'LimitExceededException' });
    assert.equal(outcomes.indexOf('LimitExceededException'), 15);
  });

  it('leaves a code that confirms an address of somebody else, to be shown again with force', async () => {
    const byAlias = await makePool(server, { AliasAttributes: ['email'] });
    const { idp, ClientId } = byAlias;
    await makeUser(byAlias, 'first', { email: 'both@example.com', email_verified: 'true' });
    const UserAttributes = [{ Name: 'email', Value: 'both@example.com' }];
    await idp.signUp({ ClientId, Username: 'second', Password: PASSWORD, UserAttributes });
    const answer = {
      ClientId,
      Username: 'second',
      ConfirmationCode: codeTo(server, 'both@example.com'),
    };

    await assert.rejects(idp.confirmSignUp(answer), { name: 'AliasExistsException' });
    await idp.confirmSignUp({ ...answer, ForceAliasCreation: true });

    assert.equal((await shown(byAlias, 'second')).attributes.email_verified, 'true');
    assert.equal((await shown(byAlias, 'first')).attributes.email_verified, 'false');
  });

  it('AdminConfirmSignUp: confirms without a code, and verifies nothing', async () => {
    const { idp, UserPoolId } = pool;
    await signUp(pool, 'ben');

    await idp.adminConfirmSignUp({ UserPoolId, Username: 'ben' });

    const { status, attributes } = await shown(pool, 'ben');
    assert.deepEqual([status, attributes.email_verified], ['CONFIRMED', 'false']);
    assert.ok((await signIn(pool, 'ben')).AccessToken);
    await assert.rejects(idp.adminConfirmSignUp({ UserPoolId, Username: 'ben' }), {
      name: 'NotAuthorizedException',
      message: 'User cannot be confirmed. Current status is CONFIRMED',
    });
    await assert.rejects(idp.adminConfirmSignUp({ UserPoolId, Username: 'nobody' }), {
      name: 'UserNotFoundException',
    });
  });

  it('AdminDisableUser: ends all sign-ins, and lets nobody in', async () => {
    const { idp, UserPoolId, ClientId } = pool;
    await makeReachable(pool, 'carl');
    const { AccessToken, RefreshToken } = await signIn(pool, 'carl');

    await idp.adminDisableUser({ UserPoolId, Username: 'carl' });

    assert.equal((await shown(pool, 'carl')).isEnabled, false);
    const refused = { name: 'NotAuthorizedException' };
    await assert.rejects(signIn(pool, 'carl'), { ...refused, message: 'User is disabled.' });
    await assert.rejects(idp.getUser({ AccessToken }), refused);
    const AuthParameters = { REFRESH_TOKEN: RefreshToken! };
    const refresh = () => idp.initiateAuth({ ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters });
    await assert.rejects(refresh(), refused);
    await idp.adminEnableUser({ UserPoolId, Username: 'carl' });
    await assert.rejects(refresh(), refused);
    await assert.rejects(idp.getUser({ AccessToken }), refused);
    await assert.rejects(idp.adminDisableUser({ UserPoolId, Username: 'nobody' }), {
      name: 'UserNotFoundException',
    });
  });

  it('AdminEnableUser: lets a person in again', async () => {
    const { idp, UserPoolId } = pool;
    await makeUser(pool, 'dora');
    await idp.adminDisableUser({ UserPoolId, Username: 'dora' });
    server.clock.pass(1);

    await idp.adminEnableUser({ UserPoolId, Username: 'dora' });

    assert.equal((await shown(pool, 'dora')).isEnabled, true);
    const { AccessToken } = await signIn(pool, 'dora');
    assert.equal((await idp.getUser({ AccessToken })).Username, 'dora');
    await assert.rejects(idp.adminEnableUser({ UserPoolId, Username: 'nobody' }), {
      name: 'UserNotFoundException',
    });
  });

  it('DeleteUser: removes a person with all that hangs on him', async () => {
    const { idp, UserPoolId } = pool;
    await makeReachable(pool, 'emil');
    await idp.createGroup({ UserPoolId, GroupName: 'staff' });
    await idp.adminAddUserToGroup({ UserPoolId, Username: 'emil', GroupName: 'staff' });
    const { AccessToken } = await signIn(pool, 'emil');

    await idp.deleteUser({ AccessToken });

    await assert.rejects(shown(pool, 'emil'), { name: 'UserNotFoundException' });
    await assert.rejects(idp.deleteUser({ AccessToken }), { name: 'UserNotFoundException' });
    await makeUser(pool, 'emil');
    assert.equal(claimsOf((await signIn(pool, 'emil')).AccessToken!)['cognito:groups'], undefined);
    await assert.rejects(idp.getUser({ AccessToken }), { name: 'UserNotFoundException' });
  });

  it('DeleteUser: removes nobody who took the name just then', async () => {
    const store = memoryRecords(server.clock);
    /** Done once, after the person was looked up by name. */
    let meanwhile: ((kept: User) => Promise<void>) | undefined;
    const records: Records = {
      ...store,
      async get(collection, key) {
        const kept = await store.get(collection, key);
        const [act, record] = [meanwhile, kept?.record as User | undefined];
        if (act === undefined || record?.nameKey !== 'ada') return kept;
        meanwhile = undefined;
        await act(record);
        return kept;
      },
    };
    const other = await startServer({ store: { records }, clock: server.clock });
    const own = await makePool(other);
    await makeUser(own, 'ada');
    const { AccessToken } = await signIn(own, 'ada');
    meanwhile = async (ada) => {
      await store.commit(remove(userCollection, userCollection.key(ada)));
      await store.commit(insert(userCollection, { ...ada, sub: randomUUID() }));
    };

    await assert.rejects(own.idp.deleteUser({ AccessToken }), { name: 'UserNotFoundException' });

    assert.equal(meanwhile, undefined);
    assert.equal((await shown(own, 'ada')).status, 'CONFIRMED');
    await other.close();
  });
});
