/**
 * Session settings of pools and clients.
 *
 * Source: Cognito API reference, SetUserPoolSessionConfiguration, SetUserPoolClientSessionConfiguration.
 */
import assert from 'node:assert/strict';
import { NOT_ENABLED, NOT_FOUND, sessionWorld } from '../tokens/session-world.ts';

describe('session settings', () => {
  const at = sessionWorld();
  const { track } = at;

  it('GetUserPoolSessionConfiguration: says the defaults of a pool that CreateUserPool made', async () => {
    const { UserPool } = await at.world.userPools.createUserPool({ PoolName: 'other' });

    const shown = await at.world.userPools.getUserPoolSessionConfiguration({ UserPoolId: UserPool!.Id });

    assert.deepEqual(
      [shown.UserPoolId, shown.UserSessionTracking, shown.TokenSession],
      [UserPool!.Id, 'DISABLED', { MaxPerUser: 20 }],
    );
  });

  it('SetUserPoolSessionConfiguration: sets what GetUserPoolSessionConfiguration shows, and UpdateUserPool leaves it', async () => {
    const answer = await at.world.userPools.setUserPoolSessionConfiguration({
      UserPoolId: at.world.poolId,
      UserSessionTracking: 'ENABLED',
      TokenSession: { MaxPerUser: 3 },
    });
    await at.world.userPools.updateUserPool({ UserPoolId: at.world.poolId, PoolName: 'renamed' });

    const shown = await at.world.userPools.getUserPoolSessionConfiguration({ UserPoolId: at.world.poolId });
    for (const each of [answer, shown])
      assert.deepEqual([each.UserSessionTracking, each.TokenSession], ['ENABLED', { MaxPerUser: 3 }]);
  });

  it('GetUserPoolClientSessionConfiguration: says an hour for a client that CreateUserPoolClient made', async () => {
    const { UserPoolClient } = await at.world.userPools.createUserPoolClient({
      UserPoolId: at.world.poolId,
      ClientName: 'new',
    });

    const shown = await at.world.userPools.getUserPoolClientSessionConfiguration({
      UserPoolId: at.world.poolId,
      ClientId: UserPoolClient!.ClientId,
    });

    assert.deepEqual(shown.SSOSession, { MaxValidityMinutes: 60 });
  });

  it('SetUserPoolClientSessionConfiguration: sets what GetUserPoolClientSessionConfiguration shows, and UpdateUserPoolClient leaves it', async () => {
    const place = { UserPoolId: at.world.poolId, ClientId: (await at.world.addClient()).id };

    await at.world.userPools.setUserPoolClientSessionConfiguration({
      ...place,
      SSOSession: { MaxValidityMinutes: 43_200 },
    });
    await at.world.userPools.updateUserPoolClient({ ...place, ClientName: 'renamed' });

    const shown = await at.world.userPools.getUserPoolClientSessionConfiguration(place);
    assert.deepEqual(
      [shown.UserPoolId, shown.ClientId, shown.SSOSession],
      [place.UserPoolId, place.ClientId, { MaxValidityMinutes: 43_200 }],
    );
  });

  it('have limits, a feature plan, and must be of what is there', async () => {
    const { UserPool } = await at.world.userPools.createUserPool({ PoolName: 'small', UserPoolTier: 'LITE' });
    const idp = at.world.userPools;
    const sso = (MaxValidityMinutes: number, ClientId = at.app.id, of = at.world.poolId) =>
      idp.setUserPoolClientSessionConfiguration({
        UserPoolId: of,
        ClientId,
        SSOSession: { MaxValidityMinutes },
      });
    const token = (MaxPerUser: number, of = at.world.poolId) =>
      idp.setUserPoolSessionConfiguration({
        UserPoolId: of,
        UserSessionTracking: 'ENABLED',
        TokenSession: { MaxPerUser },
      });
    const invalid = { name: 'InvalidParameterException' };

    for (const most of [0, 101, 1.5]) await assert.rejects(token(most), /Exception/);
    for (const minutes of [-1, 129_601]) await assert.rejects(sso(minutes), invalid);
    await assert.rejects(token(20, UserPool!.Id), { name: 'FeatureUnavailableInTierException' });
    await assert.rejects(token(20, 'us-east-1_Absent'), NOT_FOUND);
    await assert.rejects(sso(60, 'absent'), NOT_FOUND);
    await assert.rejects(
      idp.getUserPoolClientSessionConfiguration({ UserPoolId: at.world.poolId, ClientId: 'absent' }),
      NOT_FOUND,
    );
    await track(20, 'DISABLED');
    await assert.rejects(sso(60), NOT_ENABLED);
  });

  it('of a client sleep while the pool does not track, and wake with it', async () => {
    const place = { UserPoolId: at.world.poolId, ClientId: (await at.world.addClient()).id };
    await at.world.userPools.setUserPoolClientSessionConfiguration({
      ...place,
      SSOSession: { MaxValidityMinutes: 90 },
    });

    await track(20, 'DISABLED');
    await track();

    const shown = await at.world.userPools.getUserPoolClientSessionConfiguration(place);
    assert.equal(shown.SSOSession?.MaxValidityMinutes, 90);
  });
});
