/** The pool's functions behind the hosted pages and the token endpoint. */
import assert from 'node:assert/strict';
import { poolFunctions } from '../../support/pool-functions.ts';
import { functionArn } from '../../support/servers/server.ts';
import { assertRefused } from './redeeming.ts';
import { claimsOf, createBrowser, createWorld, PASSWORD, type TestClient, type World } from './world.ts';

describe('the pool’s functions, behind pages and the token endpoint', () => {
  const told = poolFunctions();
  let world: World;
  let person: TestClient;
  let machine: TestClient;

  before(async () => {
    world = await createWorld({ functions: told.functions });
    const { userPools, poolId: UserPoolId } = world;
    await userPools.createResourceServer({
      UserPoolId,
      Identifier: 'orders',
      Name: 'Orders',
      Scopes: [{ ScopeName: 'read', ScopeDescription: 'Read' }],
    });
    person = await world.addClient();
    machine = await world.addClient({
      GenerateSecret: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: ['orders/read'],
      CallbackURLs: undefined,
    });
    await useVersion('V3_0');
  });
  after(() => world.close());
  beforeEach(() => told.reset());

  const useVersion = (LambdaVersion: 'V2_0' | 'V3_0') =>
    world.userPools.updateUserPool({
      UserPoolId: world.poolId,
      LambdaConfig: {
        ...told.configOf('PreAuthentication', 'PostAuthentication'),
        PreTokenGenerationConfig: { LambdaArn: functionArn('PreTokenGeneration'), LambdaVersion },
      },
    });
  const refusal = () => {
    throw new Error('closed today');
  };
  const machineToken = (metadata?: string) =>
    world.token({
      grant_type: 'client_credentials',
      client_id: machine.id,
      client_secret: machine.secret,
      aws_client_metadata: metadata,
    });

  it('are asked in the order of a sign-in', async () => {
    const tokens = await world.redeem(person, await world.signIn(world.authorize(person)));
    await world.token({
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
      client_id: person.id,
    });

    assert.deepEqual(
      told.asked.map(({ event }) => [event.triggerSource, event.userName]),
      [
        ['PreAuthentication_Authentication', 'ada'],
        ['PostAuthentication_Authentication', 'ada'],
        ['TokenGeneration_HostedAuth', 'ada'],
        ['TokenGeneration_RefreshTokens', 'ada'],
      ],
    );
  });

  it('change what the token endpoint gives', async () => {
    told.answer('PreTokenGeneration', () => ({
      claimsAndScopeOverrideDetails: {
        idTokenGeneration: { claimsToAddOrOverride: { tenant: 'blue' } },
        accessTokenGeneration: { scopesToAdd: ['orders/read'] },
      },
    }));

    const tokens = await world.redeem(person, await world.signIn(world.authorize(person)));

    assert.equal(claimsOf(tokens.id_token)['tenant'], 'blue');
    assert.equal(claimsOf(tokens.access_token)['scope'], 'openid orders/read');
  });

  it('say no at the page, in their own words, safely written', async () => {
    told.answer('PreAuthentication', () => {
      throw new Error('<b>closed</b> today');
    });
    const browser = createBrowser();
    const page = await browser.open(world.authorize(person));

    const again = await browser.send(page, { username: 'ada', password: PASSWORD });

    assert.equal(again.status, 400);
    assert.match(again.html, /&lt;b&gt;closed&lt;\/b&gt; today/);
  });

  it('that cannot be asked make a page that says so', async () => {
    told.answer('PostAuthentication', () => 'nonsense');
    const browser = createBrowser();
    const page = await browser.open(world.authorize(person));

    const failed = await browser.send(page, { username: 'ada', password: PASSWORD });

    assert.equal(failed.status, 502);
  });

  it('keep tokens back, which makes the grant worthless', async () => {
    const back = await world.signIn(world.authorize(person));
    told.answer('PreTokenGeneration', refusal);

    const response = await world.token({
      grant_type: 'authorization_code',
      code: back.searchParams.get('code')!,
      redirect_uri: 'https://app.example.com/cb',
      client_id: person.id,
    });

    await assertRefused(response, 'invalid_grant');
  });

  it('of the third version are asked about clients that speak for themselves', async () => {
    told.answer('PreTokenGeneration', () => ({
      claimsAndScopeOverrideDetails: {
        accessTokenGeneration: {
          claimsToAddOrOverride: { tenant: 'blue', sub: 'somebody', client_id: 'another' },
          scopesToAdd: ['orders/write'],
        },
        groupOverrideDetails: { groupsToOverride: ['admins'] },
      },
    }));

    const response = await machineToken('{"job":"nightly"}');
    const { access_token: token } = (await response.json()) as { access_token: string };

    const { triggerSource, request } = told.eventOf('PreTokenGeneration');
    assert.equal(triggerSource, 'TokenGeneration_ClientCredentials');
    assert.deepEqual(request, {
      userAttributes: {},
      groupConfiguration: null,
      scopes: ['orders/read'],
      clientMetadata: { job: 'nightly' },
    });
    const claims = claimsOf(token);
    assert.deepEqual([claims['sub'], claims['client_id']], [machine.id, machine.id]);
    assert.deepEqual([claims['tenant'], claims['scope']], ['blue', 'orders/read orders/write']);
    assert.ok(!('cognito:groups' in claims));
  });

  it('keep a client’s own token back', async () => {
    told.answer('PreTokenGeneration', refusal);

    await assertRefused(await machineToken(), 'unauthorized_client');
  });

  for (const metadata of ['[]', '{"a":1}', 'null', '{"a":"1","a":"2"}', '{'])
    it(`are given no metadata that is ${metadata}`, async () => {
      await assertRefused(await machineToken(metadata), 'invalid_request');

      assert.deepEqual(told.asked, []);
    });

  it('of the second version are not asked about clients', async () => {
    world.server.clock.pass(1);
    await useVersion('V2_0');

    const response = await machineToken();

    assert.equal(response.status, 200);
    assert.deepEqual(told.asked, []);
  });
});
