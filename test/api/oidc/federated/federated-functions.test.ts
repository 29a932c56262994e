/** The pool's functions about people whom a provider brings: InboundFederation, PreSignUp, PostConfirmation, and those around a sign-in. */
import assert from 'node:assert/strict';
import { poolFunctions } from '../../../support/pool-functions.ts';
import { makeUser } from '../../../support/pool.ts';
import { functionArn } from '../../../support/servers/server.ts';
import { addUpstream, type Upstream } from './upstream.ts';
import { createBrowser, createWorld, PASSWORD, type Page, type TestClient, type World } from '../world.ts';

describe('the pool’s functions, about people of a provider', () => {
  const told = poolFunctions();
  let world: World;
  let client: TestClient;
  let upstream: Upstream;
  let people = 0;

  before(async () => {
    world = await createWorld({ functions: told.functions });
    const { userPools, poolId: UserPoolId } = world;
    upstream = await addUpstream(world);
    await upstream.addProvider('Upstream', {
      AttributeMapping: { email: 'email', email_verified: 'email_verified', name: 'name' },
    });
    client = await world.addClient({ SupportedIdentityProviders: ['Upstream'] });
    await userPools.updateUserPool({
      UserPoolId,
      LambdaConfig: {
        ...told.configOf(
          'PreSignUp',
          'PostConfirmation',
          'PreAuthentication',
          'PostAuthentication',
          'UserMigration',
          'DefineAuthChallenge',
        ),
        InboundFederation: { LambdaArn: functionArn('InboundFederation'), LambdaVersion: 'V1_0' },
      },
    });
  });
  after(() => world.close());
  beforeEach(() => told.reset());

  /** Somebody at the upstream, whose name nobody had before. */
  async function addPerson(): Promise<string> {
    people += 1;
    const name = `person-${people}`;
    await makeUser({ idp: world.userPools, UserPoolId: upstream.poolId }, name, {
      email: `${name}@example.com`,
    });
    return name;
  }
  /** Signs him in through the upstream. @returns where the browser ends */
  async function arrive(username: string) {
    const browser = createBrowser();
    return browser.send(await browser.open(world.authorize(client)), { username, password: PASSWORD });
  }
  /** The user of ours that an arrival made. */
  async function userOf(page: Awaited<ReturnType<typeof arrive>>) {
    const Username = String(await world.personAt(client, page.location));
    const { UserStatus, UserAttributes } = await world.userPools.adminGetUser({
      UserPoolId: world.poolId,
      Username,
    });
    const attributes = Object.fromEntries(UserAttributes!.map(({ Name, Value }) => [Name!, Value]));
    return { Username, UserStatus, attributes };
  }

  it('are asked when they come first, and otherwise when they come again', async () => {
    const name = await addPerson();

    const { Username } = await userOf(await arrive(name));
    const first = told.asked.map(({ event }) => event.triggerSource);
    told.asked.length = 0;
    await arrive(name);

    assert.deepEqual(first, [
      'InboundFederation_ExternalProvider',
      'PreSignUp_ExternalProvider',
      'PostConfirmation_ConfirmSignUp',
    ]);
    assert.deepEqual(
      told.asked.map(({ event }) => event.triggerSource),
      [
        'InboundFederation_ExternalProvider',
        'PreAuthentication_Authentication',
        'PostAuthentication_Authentication',
      ],
    );
    for (const { event } of told.asked)
      assert.deepEqual([event.userName, event.callerContext.clientId], [Username, client.id]);
  });

  it('InboundFederation gets what the provider said, and none of its tokens', async () => {
    const name = await addPerson();

    const { attributes } = await userOf(await arrive(name));

    const { request, response } = told.eventOf('InboundFederation');
    assert.deepEqual([request.providerName, request.providerType], ['Upstream', 'OIDC']);
    assert.equal(request.attributes.idToken.email, `${name}@example.com`);
    assert.equal(typeof request.attributes.idToken.exp, 'string');
    assert.ok(!('tokenResponse' in request.attributes));
    assert.deepEqual(response, { userAttributesToMap: {} });
    assert.equal(attributes['email'], `${name}@example.com`);
  });

  it('InboundFederation says what is mapped, and never who the person is', async () => {
    const name = await addPerson();
    told.answer('InboundFederation', () => ({
      userAttributesToMap: {
        name: 'Ada',
        email: 'ada@example.com',
        sub: 'somebody',
        phone_number: '+4912345',
      },
    }));

    const { Username, attributes } = await userOf(await arrive(name));

    assert.deepEqual([attributes['name'], attributes['email']], ['Ada', 'ada@example.com']);
    assert.equal(attributes['phone_number'], undefined);
    assert.ok(!Username.includes('somebody'));
  });

  it('PreSignUp may vouch for an address, and turns away', async () => {
    const [welcome, unwelcome] = [await addPerson(), await addPerson()];
    told.answer('PreSignUp', () => ({ autoConfirmUser: true, autoVerifyEmail: true }));
    const { UserStatus, attributes } = await userOf(await arrive(welcome));
    const { request } = told.eventOf('PreSignUp');

    told.answer('PreSignUp', () => {
      throw new Error('not you');
    });
    const page = await arrive(unwelcome);
    const { Users } = await world.userPools.listUsers({
      UserPoolId: world.poolId,
      Filter: `email = "${unwelcome}@example.com"`,
    });

    assert.deepEqual([UserStatus, attributes['email_verified']], ['EXTERNAL_PROVIDER', 'true']);
    assert.equal(request.userAttributes.email, `${welcome}@example.com`);
    assert.equal(errorAt(page), 'access_denied: not you');
    assert.deepEqual(Users, []);
  });

  it('PreAuthentication turns away who comes again', async () => {
    const name = await addPerson();
    await arrive(name);
    told.answer('PreAuthentication', () => {
      throw new Error('closed');
    });

    assert.equal(errorAt(await arrive(name)), 'access_denied: closed');
  });

  for (const [what, response] of [
    ['no attributes', {}],
    ['attributes that are a list', { userAttributesToMap: [] }],
    ['attributes that are no texts', { userAttributesToMap: { email: 1 } }],
  ] as const)
    it(`InboundFederation is not understood when it answers ${what}`, async () => {
      const name = await addPerson();
      told.answer('InboundFederation', () => response);

      assert.match(errorAt(await arrive(name)), /^server_error: /);
    });

  it('are not asked to migrate them, nor for challenges', async () => {
    const { Username } = await userOf(await arrive(await addPerson()));
    const { UserPoolClient } = await world.userPools.createUserPoolClient({
      UserPoolId: world.poolId,
      ClientName: 'api',
      ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_USER_PASSWORD_AUTH'],
      PreventUserExistenceErrors: 'ENABLED',
    });
    told.answer('DefineAuthChallenge', () => ({ issueTokens: true }));
    const begin = (AuthFlow: 'CUSTOM_AUTH' | 'USER_PASSWORD_AUTH', USERNAME: string) =>
      world.userPools.initiateAuth({
        ClientId: UserPoolClient!.ClientId,
        AuthFlow,
        AuthParameters: { USERNAME, PASSWORD },
      });

    const wrong = { name: 'NotAuthorizedException', message: 'Incorrect username or password.' };
    await assert.rejects(begin('CUSTOM_AUTH', Username), wrong);
    await assert.rejects(begin('USER_PASSWORD_AUTH', Username), wrong);
    await assert.rejects(begin('USER_PASSWORD_AUTH', 'Upstream_stranger'), wrong);

    assert.equal(told.eventOf('DefineAuthChallenge').request.userNotFound, true);
    assert.equal(told.eventOf('UserMigration'), undefined);
  });
});

/** What the application was told: the error, and its description without the id. */
function errorAt({ location }: Page): string {
  const told = location?.searchParams;
  return `${told?.get('error')}: ${told?.get('error_description')?.replace(/ \([\w-]+\)$/, '')}`;
}
