/**
 * Roles by rules: which role the claims of a token lead to.
 *
 * Source: Cognito developer guide, "Using rule-based mapping to assign roles to users".
 */
import assert from 'node:assert/strict';
import type { MappingRule } from '@aws-sdk/client-cognito-identity';
import { STS } from '@aws-sdk/client-sts';
import {
  createIdentityWorld,
  ofIdentityPool,
  trustOf,
  type IdentityWorld,
} from '../../support/identity-pool.ts';
import { makeUser } from '../../support/pool.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

type Match = MappingRule['MatchType'];

describe('role mappings by rules', () => {
  let server: TestServer;
  let world: IdentityWorld;
  let pool: string;
  /** By what the rules call them. */
  const roles: Record<string, string> = {};

  before(async () => {
    server = await startServer();
    world = await createIdentityWorld(server);
    pool = await world.makePool();
    for (const name of ['default', 'first', 'second'])
      roles[name] = await world.makeRole(trustOf(ofIdentityPool(pool)));
    const { idp, UserPoolId } = world.people;
    for (const GroupName of ['readers', 'writers']) await idp.createGroup({ UserPoolId, GroupName });
    await makeUser(world.people, 'grouped', { email: 'grouped@example.org' });
    for (const GroupName of ['readers', 'writers'])
      await idp.adminAddUserToGroup({ UserPoolId, GroupName, Username: 'grouped' });
  });
  after(() => server.close());

  const rule = (Claim: string, MatchType: Match, Value: string, role = 'first'): MappingRule => ({
    Claim,
    MatchType,
    Value,
    RoleARN: roles[role],
  });
  const mapping = () => `${world.provider}:${world.people.ClientId}`;

  async function setRules(
    Rules: MappingRule[],
    AmbiguousRoleResolution: 'AuthenticatedRole' | 'Deny' = 'Deny',
  ) {
    await world.identity.setIdentityPoolRoles({
      IdentityPoolId: pool,
      Roles: { authenticated: roles['default']! },
      RoleMappings: {
        [mapping()]: { Type: 'Rules', AmbiguousRoleResolution, RulesConfiguration: { Rules } },
      },
    });
  }

  /** The role that `person` comes to. */
  async function roleOf(person: string, CustomRoleArn?: string): Promise<string> {
    const { credentials } = await world.identify(pool, await world.loginOf(person), CustomRoleArn);
    const sts = new STS(server.clientAs(credentials));
    const name = (await sts.getCallerIdentity({})).Arn!.split('/')[1]!;
    return Object.keys(roles).find((each) => roles[each]!.endsWith(`/${name}`)) ?? name;
  }

  it('are shown as they were set', async () => {
    const rules = [rule('email', 'EndsWith' as Match, 'x')];
    await assert.rejects(setRules(rules), { name: 'ValidationException' });
    await setRules([rule('email', 'Equals', 'a@b.c'), rule('name', 'NotEqual', 'eve', 'second')]);

    const { RoleMappings } = await world.identity.getIdentityPoolRoles({ IdentityPoolId: pool });

    assert.deepEqual(RoleMappings, {
      [mapping()]: {
        Type: 'Rules',
        AmbiguousRoleResolution: 'Deny',
        RulesConfiguration: {
          Rules: [rule('email', 'Equals', 'a@b.c'), rule('name', 'NotEqual', 'eve', 'second')],
        },
      },
    });
  });

  const rows: readonly (readonly [Match, string, string, boolean])[] = [
    ['Equals', 'email', 'ada@example.com', true],
    ['Equals', 'email', 'ADA@example.com', false],
    ['Equals', 'email', 'ada@example.co', false],
    ['Equals', 'absent', 'x', false],
    ['NotEqual', 'email', 'eve@example.com', true],
    ['NotEqual', 'email', 'ada@example.com', false],
    // What is not there is not unequal either.
    ['NotEqual', 'absent', 'x', false],
    ['StartsWith', 'email', 'ada@', true],
    ['StartsWith', 'email', 'da@', false],
    ['Contains', 'email', '@example.', true],
    ['Contains', 'email', '@example.org', false],
  ];
  for (const [match, claim, value, isMatch] of rows)
    it(`${match} ${value} ${isMatch ? 'matches' : 'does not match'} ${claim}`, async () => {
      await setRules([rule(claim, match, value)], 'AuthenticatedRole');

      assert.equal(await roleOf('ada'), isMatch ? 'first' : 'default');
    });

  it('look at each of several values', async () => {
    await setRules([rule('cognito:groups', 'Equals', 'writers')], 'AuthenticatedRole');

    assert.equal(await roleOf('grouped'), 'first');
    assert.equal(await roleOf('ada'), 'default');
  });

  it('are taken in order, the first that matches', async () => {
    await setRules([
      rule('email', 'Equals', 'nobody', 'default'),
      rule('email', 'Contains', '@', 'second'),
      rule('email', 'Contains', 'ada', 'first'),
    ]);

    assert.equal(await roleOf('ada'), 'second');
  });

  it('refuse whom they do not know, where the mapping says so', async () => {
    await setRules([rule('email', 'Equals', 'nobody')], 'Deny');

    await assert.rejects(roleOf('ada'), { name: 'NotAuthorizedException' });
  });

  it('let nobody choose a role that the token does not offer', async () => {
    await setRules([rule('email', 'Contains', '@')]);

    await assert.rejects(roleOf('ada', roles['second']), { name: 'NotAuthorizedException' });
  });

  it('are refused without rules, with too many, and without a word for who matches none', async () => {
    const set = (each: object) =>
      world.identity.setIdentityPoolRoles({
        IdentityPoolId: pool,
        Roles: {},
        RoleMappings: { [mapping()]: { Type: 'Rules', AmbiguousRoleResolution: 'Deny', ...each } },
      });
    const many = Array.from({ length: 26 }, () => rule('email', 'Equals', 'x'));

    for (const each of [
      {},
      { RulesConfiguration: { Rules: many } },
      { RulesConfiguration: { Rules: [rule('email', 'Equals', 'x')] }, AmbiguousRoleResolution: undefined },
      {
        RulesConfiguration: {
          Rules: [{ ...rule('a', 'Equals', 'x'), RoleARN: 'arn:aws:s3:::not-a-role-at-all' }],
        },
      },
    ])
      await assert.rejects(set(each), { name: 'InvalidParameterException' });
  });
});
