/** The pool's function that is asked about tokens: PreTokenGeneration, in its three versions. */
import assert from 'node:assert/strict';
import { poolFunctions } from '../../../support/pool-functions.ts';
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
import { functionArn, REGION, startServer, type TestServer } from '../../../support/servers/server.ts';

const VERSIONS = ['V1_0', 'V2_0', 'V3_0'] as const;
const ROLE = 'arn:aws:iam::123456789012:role/editor';
const SELF_SERVICE = 'aws.cognito.signin.user.admin';
/** Developer guide, "Pre token generation Lambda trigger": what cannot be modified, added or suppressed. */
const RESERVED =
  'acr amr aud at_hash auth_time azp cognito:username exp iat identities iss jti nbf nonce origin_jti sub token_use client_id device_key event_id username version scope cognito:anything dev:custom:rank'.split(
    ' ',
  );
const many = (count: number) => Array.from({ length: count }, (_, index) => `x${index}`);

describe('the pool’s function, about tokens', () => {
  const told = poolFunctions();
  let server: TestServer;
  const pools = {} as Record<(typeof VERSIONS)[number], MadePool>;
  const refreshTokens = {} as Record<(typeof VERSIONS)[number], string>;

  before(async () => {
    server = await startServer({ functions: told.functions });
    for (const LambdaVersion of VERSIONS) {
      const LambdaArn = functionArn('PreTokenGeneration');
      const pool = await makePool(server, {
        LambdaConfig: { PreTokenGenerationConfig: { LambdaArn, LambdaVersion } },
      });
      const { idp, UserPoolId } = pool;
      await makeUser(pool, 'ada', { email: 'ada@example.com', email_verified: 'true', name: 'Ada' });
      await idp.createGroup({ UserPoolId, GroupName: 'readers', Precedence: 2 });
      await idp.createGroup({ UserPoolId, GroupName: 'editors', Precedence: 1, RoleArn: ROLE });
      for (const GroupName of ['readers', 'editors'])
        await idp.adminAddUserToGroup({ UserPoolId, Username: 'ada', GroupName });
      pools[LambdaVersion] = pool;
      refreshTokens[LambdaVersion] = (await signIn(pool, 'ada')).RefreshToken!;
    }
  });
  after(() => server.close());
  beforeEach(() => told.reset());

  /** Claims of fresh tokens of ada's. */
  async function renew(version: (typeof VERSIONS)[number]) {
    const { AuthenticationResult: tokens } = await pools[version].idp.initiateAuth({
      ClientId: pools[version].ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: refreshTokens[version] },
    });
    const [id, access] = [claimsOf(tokens!.IdToken!), claimsOf(tokens!.AccessToken!)];
    return { id, access, AccessToken: tokens!.AccessToken! };
  }
  const answer = (version: (typeof VERSIONS)[number], details: unknown) =>
    told.answer('PreTokenGeneration', () =>
      version === 'V1_0' ? { claimsOverrideDetails: details } : { claimsAndScopeOverrideDetails: details },
    );

  for (const version of VERSIONS)
    it(`is told in ${version} what the tokens would say, and may leave them as they are`, async () => {
      const { id, access } = await renew(version);

      const { UserPoolId, ClientId } = pools[version];
      const isFirst = version === 'V1_0';
      assert.deepEqual(told.eventOf('PreTokenGeneration'), {
        version: version.slice(1, 2),
        triggerSource: 'TokenGeneration_RefreshTokens',
        region: REGION,
        userPoolId: UserPoolId,
        userName: 'ada',
        callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: ClientId },
        request: {
          userAttributes: {
            sub: id['sub'],
            email: 'ada@example.com',
            email_verified: 'true',
            name: 'Ada',
            'cognito:user_status': 'CONFIRMED',
          },
          groupConfiguration: {
            groupsToOverride: ['editors', 'readers'],
            iamRolesToOverride: [ROLE],
            preferredRole: ROLE,
          },
          ...(!isFirst && { scopes: [SELF_SERVICE] }),
        },
        response: { [isFirst ? 'claimsOverrideDetails' : 'claimsAndScopeOverrideDetails']: null },
      });
      assert.deepEqual([id['email'], id['cognito:groups']], ['ada@example.com', ['editors', 'readers']]);
      assert.equal(access['scope'], SELF_SERVICE);
    });

  it('adds, changes and suppresses claims of the ID token, and in the first version of no other', async () => {
    answer('V1_0', {
      claimsToAddOrOverride: {
        name: 'Countess',
        tenant: 'blue',
        seats: 3,
        isNew: true,
        gone: 'x',
        nothing: null,
      },
      claimsToSuppress: ['email', 'gone'],
    });

    const { id, access } = await renew('V1_0');

    assert.deepEqual([id['name'], id['tenant'], id['seats'], id['isNew']], ['Countess', 'blue', '3', 'true']);
    for (const name of ['email', 'gone', 'nothing']) assert.ok(!(name in id), name);
    assert.equal(id['email_verified'], true);
    assert.ok(!('tenant' in access));
  });

  it('keeps truth values what they are', async () => {
    answer('V1_0', { claimsToAddOrOverride: { email_verified: 'false' } });

    assert.equal((await renew('V1_0')).id['email_verified'], false);
  });

  for (const version of ['V2_0', 'V3_0'] as const)
    it(`changes the access token too in ${version}, by values of any shape`, async () => {
      const tenant = { id: 7, plans: ['a', 'b'], isTrial: false };
      answer(version, {
        idTokenGeneration: { claimsToAddOrOverride: { tenant }, claimsToSuppress: ['name'] },
        accessTokenGeneration: {
          claimsToAddOrOverride: { tenant, email: 'ada@example.com', gone: 1 },
          claimsToSuppress: ['gone'],
          scopesToAdd: ['orders/read', SELF_SERVICE],
          scopesToSuppress: [],
        },
      });

      const { id, access, AccessToken } = await renew(version);

      assert.deepEqual([id['tenant'], access['tenant']], [tenant, tenant]);
      assert.equal(access['email'], 'ada@example.com');
      assert.ok(!('name' in id) && !('gone' in access));
      assert.equal(access['scope'], `${SELF_SERVICE} orders/read`);
      assert.equal((await pools[version].idp.getUser({ AccessToken })).Username, 'ada');
    });

  it('takes scopes away, and with them what they open', async () => {
    answer('V2_0', {
      accessTokenGeneration: { scopesToSuppress: [SELF_SERVICE, 'b'], scopesToAdd: ['a', 'b'] },
    });

    const { access, AccessToken } = await renew('V2_0');

    assert.equal(access['scope'], 'a');
    await assert.rejects(pools.V2_0.idp.getUser({ AccessToken }), { name: 'NotAuthorizedException' });
    // The scopes of the sign-in are what they were.
    told.reset();
    assert.equal((await renew('V2_0')).access['scope'], SELF_SERVICE);
  });

  for (const version of VERSIONS) {
    it(`puts other groups and roles into both tokens in ${version}`, async () => {
      const groupOverrideDetails = {
        groupsToOverride: ['guests'],
        iamRolesToOverride: [`${ROLE}-2`],
        preferredRole: `${ROLE}-2`,
      };
      answer(version, { groupOverrideDetails });

      const { id, access } = await renew(version);

      assert.deepEqual([id['cognito:groups'], access['cognito:groups']], [['guests'], ['guests']]);
      assert.deepEqual(id['cognito:roles'], [`${ROLE}-2`]);
      assert.equal(id['cognito:preferred_role'], `${ROLE}-2`);
      assert.ok(!('cognito:roles' in access));
    });

    for (const nothing of [{}, null])
      it(`takes all groups away in ${version} for ${JSON.stringify(nothing)}`, async () => {
        answer(version, { groupOverrideDetails: nothing });

        const { id, access } = await renew(version);

        for (const name of ['cognito:groups', 'cognito:roles', 'cognito:preferred_role'])
          assert.ok(!(name in id) && !(name in access), name);
      });
  }

  it('takes groups and roles out of one token', async () => {
    answer('V2_0', { idTokenGeneration: { claimsToSuppress: ['cognito:groups'] } });

    const { id, access } = await renew('V2_0');

    for (const name of ['cognito:groups', 'cognito:roles', 'cognito:preferred_role'])
      assert.ok(!(name in id), name);
    assert.deepEqual(access['cognito:groups'], ['editors', 'readers']);
  });

  for (const claim of [...RESERVED, 'cognito:groups', 'cognito:roles', 'cognito:preferred_role'])
    for (const version of VERSIONS)
      it(`leaves ${claim} as it is, in ${version}`, async () => {
        const plain = await renew(version);
        const changes = { claimsToAddOrOverride: { [claim]: 'forged' } };
        const suppression = { claimsToSuppress: RESERVED.includes(claim) ? [claim] : [] };
        const all = { ...changes, ...suppression };
        const details =
          version === 'V1_0' ? changes : { idTokenGeneration: changes, accessTokenGeneration: changes };
        const suppressing = version === 'V1_0' ? all : { idTokenGeneration: all, accessTokenGeneration: all };

        for (const each of [details, suppressing]) {
          answer(version, each);
          const { id, access } = await renew(version);

          assert.deepEqual([claim in id, claim in access], [claim in plain.id, claim in plain.access]);
          assert.notEqual(id[claim], 'forged');
          assert.notEqual(access[claim], 'forged');
        }
      });

  it('may say in the access token that it is for the client, and for nobody else', async () => {
    const { ClientId } = pools.V2_0;
    const say = async (aud: unknown) => {
      const changes = { claimsToAddOrOverride: { aud } };
      answer('V2_0', { idTokenGeneration: changes, accessTokenGeneration: changes });
      const { id, access } = await renew('V2_0');
      assert.equal(id['aud'], ClientId);
      return access['aud'];
    };

    assert.equal(await say(ClientId), ClientId);
    assert.equal(await say('another'), undefined);
    assert.equal(await say([ClientId]), undefined);
  });

  for (const [what, version, details] of [
    ['claims that are a list', 'V1_0', { claimsToAddOrOverride: [] }],
    ['a claim of the first version that is a list', 'V1_0', { claimsToAddOrOverride: { a: [] } }],
    ['what to suppress in one text', 'V1_0', { claimsToSuppress: 'email' }],
    ['groups in one text', 'V1_0', { groupOverrideDetails: { groupsToOverride: 'a' } }],
    ['details that are a text', 'V2_0', 'none'],
    ['a scope with a space', 'V2_0', { accessTokenGeneration: { scopesToAdd: ['a b'] } }],
    ['a scope that is no text', 'V2_0', { accessTokenGeneration: { scopesToAdd: [1] } }],
    ['too many claims', 'V2_0', { idTokenGeneration: { claimsToSuppress: many(1001) } }],
    ['too many scopes', 'V2_0', { accessTokenGeneration: { scopesToAdd: many(101) } }],
  ] as const)
    it(`is not understood when it answers ${what}`, async () => {
      answer(version, details);

      await assert.rejects(renew(version), { name: 'InvalidLambdaResponseException' });
    });

  it('keeps the tokens back when it says no', async () => {
    told.answer('PreTokenGeneration', () => {
      throw new Error('no tokens today');
    });

    await assert.rejects(renew('V1_0'), {
      name: 'UserLambdaValidationException',
      message: 'PreTokenGeneration failed with error no tokens today.',
    });
  });

  describe('where one session is allowed', () => {
    const Username = 'eve';
    let pool: MadePool;
    before(async () => {
      pool = await makePool(server, {
        LambdaConfig: { PreTokenGeneration: functionArn('PreTokenGeneration') },
      });
      await makeUser(pool, Username);
      await pool.idp.setUserPoolSessionConfiguration({
        UserPoolId: pool.UserPoolId,
        UserSessionTracking: 'ENABLED',
        TokenSession: { MaxPerUser: 1 },
      });
    });
    const listed = async () =>
      (await pool.idp.adminListUserSessions({ UserPoolId: pool.UserPoolId, Username })).Sessions;

    it('begins none when it says no, and ends none for it', async () => {
      const { AccessToken } = await signIn(pool, Username);
      const before = await listed();
      server.clock.pass(1);
      told.answer('PreTokenGeneration', () => {
        throw new Error('no tokens today');
      });

      await assert.rejects(signIn(pool, Username), { name: 'UserLambdaValidationException' });

      assert.deepEqual(await listed(), before);
      await pool.idp.getUser({ AccessToken });
    });

    it('begins none for who is signed out everywhere while it is asked', async () => {
      const { UserPoolId } = pool;
      told.answer('PreTokenGeneration', async () => {
        await pool.idp.adminUserGlobalSignOut({ UserPoolId, Username });
        server.clock.pass(1);
        return {};
      });

      await assert.rejects(signIn(pool, Username), { name: 'NotAuthorizedException' });

      assert.deepEqual(await listed(), []);
    });
  });

  it('knows a sign-in from one that chose a password', async () => {
    const { idp, ClientId } = pools.V1_0;
    await makeInvited(pools.V1_0, 'ben');
    const { ChallengeName, Session } = await startByPassword(pools.V1_0, 'ben', TEMPORARY);

    await idp.respondToAuthChallenge({
      ClientId,
      ChallengeName,
      Session,
      ChallengeResponses: { USERNAME: 'ben', NEW_PASSWORD: PASSWORD },
      ClientMetadata: { step: '2' },
    });
    const { triggerSource: first, request } = told.eventOf('PreTokenGeneration');
    await signIn(pools.V1_0, 'ben');

    assert.deepEqual(request.clientMetadata, { step: '2' });
    assert.deepEqual(
      [first, told.eventOf('PreTokenGeneration').triggerSource],
      ['TokenGeneration_NewPasswordChallenge', 'TokenGeneration_Authentication'],
    );
  });
});
