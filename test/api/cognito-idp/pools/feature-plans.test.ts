/**
 * What the smallest feature plan (LITE) does not hold: each operation that would make use of it says so and changes nothing, and does it in the next larger plan.
 *
 * Source: Cognito API reference, the members that name the Essentials plan, and FeatureUnavailableInTierException of each operation.
 */
import assert from 'node:assert/strict';
import type { UserPoolTierType } from '@aws-sdk/client-cognito-identity-provider';
import { makePool, makeUser, PASSWORD, type MadePool } from '../../../support/pool.ts';
import { RP } from '../../../support/passkeys.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const FLOWS = ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] as const;
const CHOICE = [...FLOWS, 'ALLOW_USER_AUTH'] as const;
const HISTORY = { PasswordPolicy: { PasswordHistorySize: 3 } };

describe('the LITE feature plan', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
  });
  after(() => server.close());
  beforeEach(async () => {
    pool = await makePool(server, { UserPoolTier: 'LITE' }, { ExplicitAuthFlows: [...FLOWS] });
    await makeUser(pool, 'ada');
  });

  const place = () => ({ UserPoolId: pool.UserPoolId });
  const app = () => ({ ...place(), ClientId: pool.ClientId });
  const grow = () => pool.idp.updateUserPool({ ...place(), UserPoolTier: 'ESSENTIALS' });
  const shrink = () => pool.idp.updateUserPool({ ...place(), UserPoolTier: 'LITE' });

  /** All that is set at the pool and its client. */
  async function settings(): Promise<readonly unknown[]> {
    const answers = await Promise.all([
      pool.idp.describeUserPool(place()),
      pool.idp.describeUserPoolClient(app()),
      pool.idp.getUserPoolMfaConfig(place()),
      pool.idp.getUserPoolSessionConfiguration(place()),
      pool.idp.getUserPoolClientSessionConfiguration(app()),
    ]);
    return answers.map((each) => ({ ...each, $metadata: undefined }));
  }

  const track = () =>
    pool.idp.setUserPoolSessionConfiguration({
      ...place(),
      UserSessionTracking: 'ENABLED',
      TokenSession: { MaxPerUser: 5 },
    });
  const SETTINGS: Readonly<Record<string, (UserPoolTier: UserPoolTierType) => Promise<unknown>>> = {
    'UpdateUserPool with a password history': (UserPoolTier) =>
      pool.idp.updateUserPool({ ...place(), UserPoolTier, Policies: HISTORY }),
    'SetUserPoolMfaConfig with email': () =>
      pool.idp.setUserPoolMfaConfig({
        ...place(),
        MfaConfiguration: 'OPTIONAL',
        EmailMfaConfiguration: {},
        SoftwareTokenMfaConfiguration: { Enabled: true },
      }),
    'SetUserPoolMfaConfig with passkeys': () =>
      pool.idp.setUserPoolMfaConfig({ ...place(), WebAuthnConfiguration: { RelyingPartyId: RP } }),
    'UpdateUserPoolClient with ALLOW_USER_AUTH': () =>
      pool.idp.updateUserPoolClient({ ...app(), ExplicitAuthFlows: [...CHOICE] }),
    SetUserPoolSessionConfiguration: track,
  };
  for (const [operation, call] of Object.entries(SETTINGS))
    it(`refuses ${operation}, and nothing changes`, async () => {
      const before = await settings();

      await assert.rejects(call('LITE'), { name: 'FeatureUnavailableInTierException' });

      assert.deepEqual(await settings(), before);
      await grow();
      const grown = await settings();
      await call('ESSENTIALS');
      assert.notDeepEqual(await settings(), grown);
    });

  it('refuses SetUserPoolClientSessionConfiguration of a pool that had a larger one', async () => {
    await grow();
    await track();
    await shrink();
    const before = await settings();
    const set = () =>
      pool.idp.setUserPoolClientSessionConfiguration({ ...app(), SSOSession: { MaxValidityMinutes: 90 } });

    await assert.rejects(set(), { name: 'FeatureUnavailableInTierException' });

    assert.deepEqual(await settings(), before);
    await grow();
    await set();
    const { SSOSession } = await pool.idp.getUserPoolClientSessionConfiguration(app());
    assert.deepEqual(SSOSession, { MaxValidityMinutes: 90 });
  });

  it('refuses CreateUserPoolClient with ALLOW_USER_AUTH', async () => {
    const create = () =>
      pool.idp.createUserPoolClient({ ...place(), ClientName: 'b', ExplicitAuthFlows: [...CHOICE] });

    await assert.rejects(create(), { name: 'FeatureUnavailableInTierException' });

    await grow();
    const { ClientId } = (await create()).UserPoolClient!;
    const { UserPoolClient } = await pool.idp.describeUserPoolClient({ ...place(), ClientId });
    assert.deepEqual(UserPoolClient!.ExplicitAuthFlows, CHOICE);
  });

  it('refuses CreateUserPoolDomain with managed login', async () => {
    const Domain = 'small-plan';
    const create = () => pool.idp.createUserPoolDomain({ ...place(), Domain, ManagedLoginVersion: 2 });
    const versionOf = async () =>
      (await pool.idp.describeUserPoolDomain({ Domain })).DomainDescription?.ManagedLoginVersion;

    await assert.rejects(create(), { name: 'FeatureUnavailableInTierException' });

    assert.equal(await versionOf(), undefined);
    await grow();
    await create();
    assert.equal(await versionOf(), 2);
  });

  it('refuses CreateUserPool with a password history, or with more first factors than the password', async () => {
    const { idp } = pool;
    const SignInPolicy = { AllowedFirstAuthFactors: ['PASSWORD' as const, 'EMAIL_OTP' as const] };
    const create = (Policies: object) =>
      idp.createUserPool({ PoolName: 'small', UserPoolTier: 'LITE', Policies });
    const count = async () => (await idp.listUserPools({ MaxResults: 60 })).UserPools!.length;
    const before = await count();

    await assert.rejects(create(HISTORY), { name: 'FeatureUnavailableInTierException' });
    await assert.rejects(create({ SignInPolicy }), { name: 'FeatureUnavailableInTierException' });

    assert.equal(await count(), before);
  });

  it('refuses UpdateUserPool of a pool that has what it does not hold', async () => {
    await grow();
    await pool.idp.setUserPoolMfaConfig({ ...place(), WebAuthnConfiguration: { RelyingPartyId: RP } });
    const before = await settings();

    await assert.rejects(shrink(), { name: 'FeatureUnavailableInTierException' });

    assert.deepEqual(await settings(), before);
  });

  for (const operation of ['InitiateAuth', 'AdminInitiateAuth'])
    it(`refuses USER_AUTH of ${operation} at a client that was allowed it`, async () => {
      const { idp, ClientId } = pool;
      await grow();
      await idp.updateUserPoolClient({ ...app(), ExplicitAuthFlows: [...CHOICE] });
      await shrink();
      const AuthParameters = { USERNAME: 'ada', PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD };
      const enter = () =>
        operation === 'InitiateAuth'
          ? idp.initiateAuth({ ClientId, AuthFlow: 'USER_AUTH', AuthParameters })
          : idp.adminInitiateAuth({ ...app(), AuthFlow: 'USER_AUTH', AuthParameters });

      await assert.rejects(enter(), { name: 'FeatureUnavailableInTierException' });

      await grow();
      assert.ok((await enter()).AuthenticationResult);
    });
});
