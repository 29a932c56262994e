/**
 * Google, Facebook and Login with Amazon, as logins of an identity pool, and traded for a role.
 *
 * The providers stand in for themselves at loopback, as documented and strict; see oauth-upstreams.ts and hostile-op.ts.
 * Sources: Cognito developer guide, "External identity providers"; STS API reference, AssumeRoleWithWebIdentity.
 */
import assert from 'node:assert/strict';
import { STS } from '@aws-sdk/client-sts';
import { CLIENT } from '../../support/hostile-op.ts';
import {
  createIdentityWorld,
  IDENTITY_POOLS,
  ofIdentityPool,
  trustOf,
  type IdentityWorld,
} from '../../support/identity-pool.ts';
import { APP, amazonAppId, PERSON, startFacebook } from '../../support/upstreams/oauth-upstreams.ts';
import { startServer } from '../../support/servers/server.ts';
import { startSocialServer, type SocialServer } from '../../support/upstreams/social.ts';

const FACEBOOK = 'graph.facebook.com';
const AMAZON = 'www.amazon.com';
const GOOGLE = 'accounts.google.com';

describe('social logins', () => {
  let social: SocialServer;
  before(async () => (social = await startSocialServer()));
  after(() => social.close());

  describe('shown to an identity pool', () => {
    let world: IdentityWorld;
    let IdentityPoolId: string;
    before(async () => {
      world = await createIdentityWorld(social.server);
      IdentityPoolId = await world.makePool({
        AllowUnauthenticatedIdentities: true,
        SupportedLoginProviders: { [FACEBOOK]: APP.id, [AMAZON]: APP.id, [GOOGLE]: CLIENT.id },
      });
      const role = await world.makeRole(
        trustOf({
          ...ofIdentityPool(IdentityPoolId),
          'ForAnyValue:StringLike': { [`${IDENTITY_POOLS}:amr`]: 'authenticated' },
        }),
      );
      await world.identity.setIdentityPoolRoles({ IdentityPoolId, Roles: { authenticated: role } });
    });

    const tokenFor: Readonly<Record<string, () => Promise<string>>> = {
      [FACEBOOK]: async () => social.facebook.tokenOf(),
      [AMAZON]: async () => social.amazon.tokenOf(),
      [GOOGLE]: () => social.google.idToken(),
    };
    const idFor = async (Logins: Record<string, string>) =>
      (await world.identity.getId({ IdentityPoolId, Logins })).IdentityId!;

    for (const name of [FACEBOOK, AMAZON, GOOGLE])
      it(`${name}: gives one identity, and credentials of its role`, async () => {
        const first = await idFor({ [name]: await tokenFor[name]!() });
        const Logins = { [name]: await tokenFor[name]!() };
        const IdentityId = await idFor(Logins);
        const { Credentials } = await world.identity.getCredentialsForIdentity({ IdentityId, Logins });

        assert.equal(IdentityId, first);
        assert.match(Credentials!.AccessKeyId!, /^ASIA/);
      });

    it('take a guest along, who keeps the identity', async () => {
      const pool = await world.makePool({
        AllowUnauthenticatedIdentities: true,
        SupportedLoginProviders: { [AMAZON]: APP.id },
      });
      const { IdentityId } = await world.identity.getId({ IdentityPoolId: pool });
      const role = await world.makeRole(trustOf(ofIdentityPool(pool)));
      await world.identity.setIdentityPoolRoles({
        IdentityPoolId: pool,
        Roles: { authenticated: role, unauthenticated: role },
      });
      await world.identity.getCredentialsForIdentity({ IdentityId });
      const Logins = { [AMAZON]: social.amazon.tokenOf() };

      await world.identity.getCredentialsForIdentity({ IdentityId, Logins });

      const later = await world.identity.getId({ IdentityPoolId: pool, Logins });
      assert.equal(later.IdentityId, IdentityId);
      await assert.rejects(world.identity.getCredentialsForIdentity({ IdentityId }), {
        name: 'NotAuthorizedException',
      });
    });

    it('choose a role by what the provider says', async () => {
      const pool = await world.makePool({ SupportedLoginProviders: { [GOOGLE]: CLIENT.id } });
      const chosen = await world.makeRole(trustOf(ofIdentityPool(pool)));
      const rule = {
        Claim: 'email',
        MatchType: 'Equals' as const,
        Value: 'ada@example.com',
        RoleARN: chosen,
      };
      await world.identity.setIdentityPoolRoles({
        IdentityPoolId: pool,
        Roles: {},
        RoleMappings: {
          [GOOGLE]: {
            Type: 'Rules',
            AmbiguousRoleResolution: 'Deny',
            RulesConfiguration: { Rules: [rule] },
          },
        },
      });
      const Logins = { [GOOGLE]: await social.google.idToken() };

      const { credentials } = await world.identify(pool, Logins);

      const { Arn } = await new STS(social.server.clientAs(credentials)).getCallerIdentity({});
      assert.ok(Arn?.includes(`assumed-role/${chosen.split('/').at(-1)}/`), Arn);
    });

    for (const [what, name, token] of [
      ['of another application', FACEBOOK, async () => social.facebook.tokenOf({ app: '666' })],
      ['of another application', AMAZON, async () => social.amazon.tokenOf({ app: '666' })],
      ['that is over', FACEBOOK, async () => social.facebook.tokenOf({ secondsLeft: 0 })],
      ['that is over', AMAZON, async () => social.amazon.tokenOf({ secondsLeft: 0 })],
      ['of another provider', FACEBOOK, async () => social.amazon.tokenOf()],
      ['of another provider', AMAZON, () => social.google.idToken()],
      ['that nobody has made', GOOGLE, async () => 'a.b.c'],
    ] as const)
      it(`are refused with a token ${what} for ${name}`, async () => {
        await assert.rejects(idFor({ [name]: await token() }), { name: 'NotAuthorizedException' });
      });

    it('are refused where the pool names no application', async () => {
      const bare = await world.makePool();

      for (const [name, token] of Object.entries(tokenFor))
        await assert.rejects(
          world.identity.getId({ IdentityPoolId: bare, Logins: { [name]: await token() } }),
          { name: 'NotAuthorizedException' },
        );
    });

    it('are named by DescribeIdentityPool as they were given', async () => {
      const { SupportedLoginProviders } = await world.identity.describeIdentityPool({ IdentityPoolId });

      assert.deepEqual(SupportedLoginProviders, {
        [FACEBOOK]: APP.id,
        [AMAZON]: APP.id,
        [GOOGLE]: CLIENT.id,
      });
    });
  });

  describe('traded for a role', () => {
    let world: IdentityWorld;
    let sts: STS;
    before(async () => {
      world = await createIdentityWorld(social.server);
      sts = new STS(
        social.server.clientAs({ accessKeyId: 'AKIANOBODY0000000000', secretAccessKey: 'nothing' }),
      );
    });

    const assume = (RoleArn: string, WebIdentityToken: string, ProviderId?: string) =>
      sts.assumeRoleWithWebIdentity({ RoleArn, RoleSessionName: 'test', WebIdentityToken, ProviderId });
    const roleFor = (name: string, condition: Record<string, string>) =>
      world.makeRole(trustOf({ StringEquals: condition }, name));

    for (const [name, condition, providerId, token] of [
      [FACEBOOK, { [`${FACEBOOK}:app_id`]: APP.id }, FACEBOOK, async () => social.facebook.tokenOf()],
      [AMAZON, { [`${AMAZON}:app_id`]: amazonAppId(APP.id) }, AMAZON, async () => social.amazon.tokenOf()],
      [GOOGLE, { [`${GOOGLE}:aud`]: CLIENT.id }, undefined, () => social.google.idToken()],
    ] as const) {
      it(`${name}: by a role that names the application`, async () => {
        const role = await roleFor(name, condition);

        const session = await assume(role, await token(), providerId);

        assert.match(session.Credentials!.AccessKeyId!, /^ASIA/);
        assert.equal(session.Provider, name);
        assert.equal(session.Audience, Object.values(condition)[0]);
      });

      it(`${name}: not by a role that names no application, or another`, async () => {
        const subject = name === GOOGLE ? 'sub' : name === AMAZON ? 'user_id' : 'id';
        const open = await roleFor(name, {
          [`${name}:${subject}`]: name === GOOGLE ? 'subject-1' : PERSON.id,
        });
        const [key = ''] = Object.keys(condition);
        const other = await roleFor(name, { [key]: 'another' });

        for (const role of [open, other])
          await assert.rejects(assume(role, await token(), providerId), { name: 'AccessDenied' });
      });
    }

    it('are refused of a provider that cannot be named so', async () => {
      const role = await roleFor(GOOGLE, { [`${GOOGLE}:aud`]: CLIENT.id });

      await assert.rejects(assume(role, await social.google.idToken(), GOOGLE), {
        name: 'InvalidIdentityTokenException',
      });
      await assert.rejects(assume(role, social.facebook.tokenOf(), 'graph.example.com'), {
        name: 'InvalidIdentityTokenException',
      });
    });

    it('say that the provider cannot be reached, where it cannot', async () => {
      const gone = await startFacebook();
      const lonely = await startServer({ standIns: { facebook: { www: gone.url, graph: gone.url } } });
      await gone.close();
      const anyone = new STS(lonely.client);

      await assert.rejects(
        anyone.assumeRoleWithWebIdentity({
          RoleArn: 'arn:aws:iam::123456789012:role/nobody',
          RoleSessionName: 'test',
          WebIdentityToken: 'token',
          ProviderId: FACEBOOK,
        }),
        { name: 'IDPCommunicationErrorException' },
      );
      await lonely.close();
    });
  });
});
