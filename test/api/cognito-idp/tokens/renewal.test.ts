/**
 * GetTokensFromRefreshToken: tokens anew, with and without rotation.
 *
 * Source: Cognito API reference, GetTokensFromRefreshToken; developer guide, "Refresh tokens".
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import type { CreateUserPoolClientRequest } from '@aws-sdk/client-cognito-identity-provider';
import { update } from '../../../../src/domain/ports/records.ts';
import { userCollection, type User } from '../../../../src/domain/users/users.ts';
import { memoryRecords } from '../../../../src/stores/memory.ts';
import { poolFunctions } from '../../../support/pool-functions.ts';
import { claimsOf, makePool, makeUser, PASSWORD, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, stillClock, type TestServer } from '../../../support/servers/server.ts';

const AT_ONCE = 100;
const GRACE_SECONDS = 30;
const NOT_AUTHORIZED = { name: 'NotAuthorizedException' };
const REUSED = { name: 'RefreshTokenReuseException' };

describe('GetTokensFromRefreshToken', () => {
  const clock = stillClock();
  const records = memoryRecords(clock);
  const told = poolFunctions();
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer({ clock, store: { records }, functions: told.functions });
    pool = await makePool(server, { LambdaConfig: told.configOf('PreTokenGeneration') });
    await makeUser(pool, 'ada');
  });
  after(() => server.close());
  beforeEach(() => told.reset());

  /** Another client of the pool. */
  async function clientWith(more: Partial<CreateUserPoolClientRequest>): Promise<MadePool> {
    const { UserPoolClient } = await pool.idp.createUserPoolClient({
      UserPoolId: pool.UserPoolId,
      ClientName: 'another',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      ...more,
    });
    return { ...pool, ClientId: UserPoolClient!.ClientId!, ClientSecret: UserPoolClient!.ClientSecret };
  }
  const rotating = (RetryGracePeriodSeconds: number) =>
    clientWith({ RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds } });
  const renew = async ({ idp, ClientId }: MadePool, RefreshToken: string | undefined, more = {}) =>
    (await idp.getTokensFromRefreshToken({ ClientId, RefreshToken, ...more })).AuthenticationResult!;
  const changeAda = (change: (user: User) => User) =>
    update(records, userCollection, [pool.UserPoolId, 'ada'], change);

  it('GetTokensFromRefreshToken: gives tokens of the same sign-in that GetUser believes, and no refresh token', async () => {
    const first = await signIn(pool, 'ada');
    server.clock.pass(60);

    const next = await pool.idp.getTokensFromRefreshToken({
      ClientId: pool.ClientId,
      RefreshToken: first.RefreshToken,
    });

    const { AccessToken, IdToken, RefreshToken, ExpiresIn, TokenType } = next.AuthenticationResult!;
    assert.equal((await pool.idp.getUser({ AccessToken })).Username, 'ada');
    assert.deepEqual([RefreshToken, ExpiresIn, TokenType], [undefined, 3600, 'Bearer']);
    const [before, after] = [claimsOf(first.AccessToken!), claimsOf(AccessToken!)];
    for (const name of ['origin_jti', 'auth_time', 'sub', 'scope'])
      assert.equal(after[name], before[name], name);
    for (const name of ['jti', 'iat', 'exp', 'event_id']) assert.notEqual(after[name], before[name], name);
    assert.equal(claimsOf(IdToken!).token_use, 'id');
  });

  it('gives what comes of ClientMetadata to the pool’s function', async () => {
    const { RefreshToken } = await signIn(pool, 'ada');

    await renew(pool, RefreshToken, { ClientMetadata: { from: 'the test' } });

    const { triggerSource, request } = told.eventOf('PreTokenGeneration');
    assert.equal(triggerSource, 'TokenGeneration_RefreshTokens');
    assert.deepEqual(request.clientMetadata, { from: 'the test' });
  });

  it('refuses what is no token, of another client, or revoked', async () => {
    const other = await clientWith({});
    const [{ RefreshToken, AccessToken }, others] = [await signIn(pool, 'ada'), await signIn(other, 'ada')];

    await assert.rejects(renew(pool, 'garbage'), { ...NOT_AUTHORIZED, message: 'Invalid Refresh Token' });
    await assert.rejects(renew(pool, AccessToken), { ...NOT_AUTHORIZED, message: 'Invalid Refresh Token' });
    await assert.rejects(renew(pool, others.RefreshToken), NOT_AUTHORIZED);
    await pool.idp.revokeToken({ ClientId: pool.ClientId, Token: RefreshToken });
    await assert.rejects(renew(pool, RefreshToken), {
      ...NOT_AUTHORIZED,
      message: 'Refresh Token has been revoked',
    });
    await assert.rejects(renew({ ...pool, ClientId: 'unknown' }, RefreshToken), {
      name: 'ResourceNotFoundException',
    });
    assert.ok((await renew(other, others.RefreshToken)).AccessToken);
  });

  it('demands the secret of a client that has one, and none of one that has not', async () => {
    const confidential = await clientWith({
      GenerateSecret: true,
      ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'],
    });
    const { ClientId, ClientSecret, UserPoolId, idp } = confidential;
    const SECRET_HASH = createHmac('sha256', ClientSecret!).update(`ada${ClientId}`).digest('base64');
    const { AuthenticationResult: first } = await idp.adminInitiateAuth({
      UserPoolId,
      ClientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD, SECRET_HASH },
    });
    const { RefreshToken } = first!;

    await assert.rejects(renew(confidential, RefreshToken), NOT_AUTHORIZED);
    await assert.rejects(renew(confidential, RefreshToken, { ClientSecret: 'x'.repeat(51) }), NOT_AUTHORIZED);
    await assert.rejects(
      renew(pool, (await signIn(pool, 'ada')).RefreshToken, { ClientSecret }),
      NOT_AUTHORIZED,
    );
    assert.ok((await renew(confidential, RefreshToken, { ClientSecret })).AccessToken);
  });

  it('gives tokens that are good for as long as the client says', async () => {
    const client = await clientWith({
      AccessTokenValidity: 10,
      IdTokenValidity: 2,
      TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'hours' },
    });

    const { AccessToken, IdToken, ExpiresIn } = await renew(
      client,
      (await signIn(client, 'ada')).RefreshToken,
    );

    const life = (token: string) => Number(claimsOf(token).exp) - Number(claimsOf(token).iat);
    assert.deepEqual([ExpiresIn, life(AccessToken!), life(IdToken!)], [600, 600, 7200]);
  });

  const states: Readonly<Record<string, { change: (user: User) => User; refusal: object }>> = {
    'is disabled': {
      change: (user) => ({ ...user, isEnabled: false }),
      refusal: { ...NOT_AUTHORIZED, message: 'User is disabled.' },
    },
    'must reset his password': {
      change: (user) => ({ ...user, status: 'RESET_REQUIRED' }),
      refusal: { name: 'PasswordResetRequiredException' },
    },
    'was found out': { change: (user) => ({ ...user, status: 'COMPROMISED' }), refusal: NOT_AUTHORIZED },
  };
  for (const [state, { change, refusal }] of Object.entries(states)) {
    it(`refuses a person who ${state}, and spends nothing`, async () => {
      const client = await rotating(0);
      const { RefreshToken } = await signIn(client, 'ada');
      const { isEnabled, status } = await changeAda((user) => user);
      await changeAda(change);

      await assert.rejects(renew(client, RefreshToken), refusal);

      await changeAda((user) => ({ ...user, isEnabled, status }));
      assert.ok((await renew(client, RefreshToken)).RefreshToken);
    });
  }

  it('refuses a person who is gone', async () => {
    await makeUser(pool, 'bob');
    const { RefreshToken } = await signIn(pool, 'bob');

    await pool.idp.adminDeleteUser({ UserPoolId: pool.UserPoolId, Username: 'bob' });

    await assert.rejects(renew(pool, RefreshToken), NOT_AUTHORIZED);
  });

  describe('where the client rotates', () => {
    it('gives the next refresh token, and knows the one before for a stolen one', async () => {
      const strict = await rotating(0);
      const { RefreshToken: first, AccessToken } = await signIn(strict, 'ada');

      const { RefreshToken: second } = await renew(strict, first);

      assert.ok(second && second !== first);
      await assert.rejects(renew(strict, first), REUSED);
      await assert.rejects(renew(strict, second), NOT_AUTHORIZED);
      await assert.rejects(pool.idp.getUser({ AccessToken }), NOT_AUTHORIZED);
    });

    it('is the only way to renew at the API', async () => {
      const client = await rotating(GRACE_SECONDS);
      const { RefreshToken } = await signIn(client, 'ada');

      for (const AuthFlow of ['REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN'] as const)
        await assert.rejects(
          pool.idp.initiateAuth({
            ClientId: client.ClientId,
            AuthFlow,
            AuthParameters: { REFRESH_TOKEN: RefreshToken! },
          }),
          { name: 'InvalidParameterException' },
        );
    });

    it('gives all who ask at once the same next one within the grace period, and one of them none without', async () => {
      const [patient, strict] = [await rotating(GRACE_SECONDS), await rotating(0)];
      const atOnce = async (client: MadePool) => {
        const { RefreshToken } = await signIn(client, 'ada');
        const asked = Array.from({ length: AT_ONCE }, () => renew(client, RefreshToken));
        const answers = await Promise.allSettled(asked);
        return answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value.RefreshToken] : []));
      };

      const [many, few] = [await atOnce(patient), await atOnce(strict)];

      assert.deepEqual([many.length, new Set(many).size], [AT_ONCE, 1]);
      assert.equal(few.length, 1);
    });

    it('spends nothing when the pool’s function refuses', async () => {
      const strict = await rotating(0);
      const { RefreshToken } = await signIn(strict, 'ada');
      told.answer('PreTokenGeneration', () => {
        throw new Error('closed today');
      });

      await assert.rejects(renew(strict, RefreshToken), { name: 'UserLambdaValidationException' });

      told.reset();
      assert.ok((await renew(strict, RefreshToken)).RefreshToken);
    });

    it('names the sign-in in the tokens even where the client does not revoke', async () => {
      const strict = await clientWith({
        EnableTokenRevocation: false,
        RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
      });
      const { RefreshToken, AccessToken } = await signIn(strict, 'ada');
      await renew(strict, RefreshToken);

      await assert.rejects(renew(strict, RefreshToken), REUSED);

      await assert.rejects(pool.idp.getUser({ AccessToken }), NOT_AUTHORIZED);
    });
  });

  // The last: what is signed after it would be signed too early.
  describe('of a refresh token whose time is over', () => {
    it('is refused, in the client’s units, rotated or not', async () => {
      const brief = { RefreshTokenValidity: 90, TokenValidityUnits: { RefreshToken: 'minutes' } } as const;
      const still = await clientWith(brief);
      const turning = await clientWith({
        ...brief,
        RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
      });
      const { RefreshToken: kept } = await signIn(still, 'ada');
      const { RefreshToken: turned } = await signIn(turning, 'ada');
      server.clock.pass(80 * 60);
      const { RefreshToken: next } = await renew(turning, turned);
      assert.ok((await renew(still, kept)).AccessToken);

      server.clock.pass(11 * 60);

      await assert.rejects(renew(still, kept), NOT_AUTHORIZED);
      await assert.rejects(renew(turning, next), NOT_AUTHORIZED);
    });
  });
});
