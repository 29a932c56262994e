/**
 * Tokens of identities and of other issuers, traded for a role's credentials.
 *
 * Sources: STS API reference, AssumeRoleWithWebIdentity; Cognito developer guide, "Basic (classic) authentication flow".
 */
import assert from 'node:assert/strict';
import { STS } from '@aws-sdk/client-sts';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { startOpenIdProvider, type HostileOp } from '../../support/hostile-op.ts';
import {
  createIdentityWorld,
  IDENTITY_POOLS,
  ofIdentityPool,
  trustOf,
  type IdentityWorld,
} from '../../support/identity-pool.ts';
import { claimsOf, signIn } from '../../support/pool.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const METHODS = `${IDENTITY_POOLS}:amr`;

describe('web identities', () => {
  let server: TestServer;
  let world: IdentityWorld;
  let sts: STS;

  before(async () => {
    server = await startServer();
    world = await createIdentityWorld(server);
    // Without credentials that anybody would accept: the token is the proof.
    sts = new STS(server.clientAs({ accessKeyId: 'AKIANOBODY0000000000', secretAccessKey: 'nothing' }));
  });
  after(() => server.close());

  const classic = (more = {}) => world.makePool({ AllowClassicFlow: true, ...more });
  async function tokenOf(IdentityPoolId: string, Logins: Record<string, string> = {}) {
    const { IdentityId } = await world.identity.getId({ IdentityPoolId, Logins });
    const { Token } = await world.identity.getOpenIdToken({ IdentityId, Logins });
    return { IdentityId: IdentityId!, Token: Token! };
  }
  const assumeWith = (
    RoleArn: string,
    WebIdentityToken: string,
    more: { DurationSeconds?: number; Policy?: string } = {},
  ) => sts.assumeRoleWithWebIdentity({ RoleArn, RoleSessionName: 'test', WebIdentityToken, ...more });
  const callerOf = (session: Awaited<ReturnType<typeof assumeWith>>) => {
    const { AccessKeyId, SecretAccessKey, SessionToken } = session.Credentials!;
    return new STS(
      server.clientAs({
        accessKeyId: AccessKeyId!,
        secretAccessKey: SecretAccessKey!,
        sessionToken: SessionToken,
      }),
    ).getCallerIdentity({});
  };

  describe('of an identity pool', () => {
    it('GetOpenIdToken: gives a token that anybody can verify, of the identity that GetId named', async () => {
      const pool = await classic();

      const Logins = await world.loginOf('ada');

      const { Token } = await tokenOf(pool, Logins);

      const { IdentityId } = await world.identity.getId({ IdentityPoolId: pool, Logins });
      const response = await fetch(`${server.url}/identity/.well-known/openid-configuration`);
      const { issuer, jwks_uri: keys } = (await response.json()) as { issuer: string; jwks_uri: string };
      const { payload } = await jwtVerify(Token, createRemoteJWKSet(new URL(keys)), {
        issuer,
        audience: pool,
        algorithms: ['RS256'],
      });
      assert.equal(payload.sub, IdentityId);
      assert.equal(payload.exp! - payload.iat!, 600);
      assert.deepEqual((payload['amr'] as string[]).slice(0, 2), ['authenticated', world.provider]);
    });

    it('are told to nobody where the pool does not allow the classic flow', async () => {
      const IdentityPoolId = await world.makePool();
      const Logins = await world.loginOf('ada');
      const { IdentityId } = await world.identity.getId({ IdentityPoolId, Logins });

      await assert.rejects(world.identity.getOpenIdToken({ IdentityId, Logins }), {
        name: 'InvalidParameterException',
        message: 'Basic (classic) flow is not enabled, please use enhanced flow.',
      });
    });

    it('are told only to whom the identity belongs', async () => {
      const { IdentityId } = await tokenOf(await classic(), await world.loginOf('ada'));

      await assert.rejects(world.identity.getOpenIdToken({ IdentityId }), { name: 'NotAuthorizedException' });
    });

    it('AssumeRoleWithWebIdentity: gives credentials that GetCallerIdentity knows as the role', async () => {
      const pool = await classic();
      const role = await world.makeRole(trustOf(ofIdentityPool(pool)));
      const { IdentityId, Token } = await tokenOf(pool, await world.loginOf('ada'));

      const session = await assumeWith(role, Token, { DurationSeconds: 900 });

      assert.equal((await callerOf(session)).Arn, session.AssumedRoleUser!.Arn);
      assert.equal(session.SubjectFromWebIdentityToken, IdentityId);
      assert.equal(session.Audience, pool);
      assert.equal(session.Provider, IDENTITY_POOLS);
      const lasts = session.Credentials!.Expiration!.getTime() - server.clock.now().getTime();
      assert.ok(lasts > 890_000 && lasts <= 900_000);
    });

    it('of a guest do not get what is for people', async () => {
      const pool = await classic({ AllowUnauthenticatedIdentities: true });
      const forPeople = await world.makeRole(
        trustOf({ ...ofIdentityPool(pool), 'ForAnyValue:StringLike': { [METHODS]: 'authenticated' } }),
      );
      const forGuests = await world.makeRole(
        trustOf({ ...ofIdentityPool(pool), 'ForAnyValue:StringLike': { [METHODS]: 'unauthenticated' } }),
      );
      const { Token } = await tokenOf(pool);

      await assert.rejects(assumeWith(forPeople, Token), { name: 'AccessDenied' });
      assert.ok((await assumeWith(forGuests, Token)).Credentials);
    });

    it('do not get a role of another pool, one that names no pool, or one that is not there', async () => {
      const [pool, other] = [await classic(), await classic()];
      const { Token } = await tokenOf(pool, await world.loginOf('ada'));
      const roles = [
        await world.makeRole(trustOf(ofIdentityPool(other))),
        await world.makeRole(trustOf({ 'ForAnyValue:StringLike': { [METHODS]: 'authenticated' } })),
        await world.makeRole(trustOf(ofIdentityPool(pool), 'accounts.google.com')),
        'arn:aws:iam::123456789012:role/nobody',
      ];

      for (const role of roles)
        await assert.rejects(assumeWith(role, Token), {
          name: 'AccessDenied',
          message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
        });
    });

    it('are worth nothing when they are changed, or another kind of token', async () => {
      const pool = await classic();
      const role = await world.makeRole(trustOf(ofIdentityPool(pool)));
      const { Token } = await tokenOf(pool, await world.loginOf('ada'));
      const [head, body, signature] = Token.split('.');
      const claims = { ...claimsOf(Token), sub: 'us-east-1:00000000-0000-4000-8000-000000000000' };
      const changed = Buffer.from(JSON.stringify(claims)).toString('base64url');
      const { IdToken } = await signIn(world.people, 'ada');

      await assert.rejects(assumeWith(role, `${head}.${changed}.${signature}`), {
        name: 'InvalidIdentityTokenException',
      });
      await assert.rejects(assumeWith(role, `${head}.${body}.`), { name: 'InvalidIdentityTokenException' });
      await assert.rejects(assumeWith(role, IdToken!), { name: 'InvalidIdentityTokenException' });
      await assert.rejects(assumeWith(role, 'not.a.token'), { name: 'InvalidIdentityTokenException' });
    });

    it('last no longer than the role says, and are narrowed by a policy', async () => {
      const pool = await classic();
      const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
      const role = await world.makeRole(trustOf(ofIdentityPool(pool)), [everything]);
      const { Token } = await tokenOf(pool, await world.loginOf('ada'));

      await assert.rejects(assumeWith(role, Token, { DurationSeconds: 7200 }), { name: 'ValidationError' });
      await assert.rejects(assumeWith(role, Token, { Policy: '{}' }), {
        name: 'MalformedPolicyDocumentException',
      });
    });

    it('DeleteRole: ends what sessions of the role may do, and leaves none that GetRole shows', async () => {
      const pool = await classic();
      const role = await world.makeRole(trustOf(ofIdentityPool(pool)));
      const RoleName = role.split('/')[1]!;
      const { Token } = await tokenOf(pool, await world.loginOf('ada'));

      await world.iam.deleteRole({ RoleName });

      await assert.rejects(world.iam.getRole({ RoleName }), { name: 'NoSuchEntityException' });
      await assert.rejects(assumeWith(role, Token), { name: 'AccessDenied' });
      await assert.rejects(world.iam.deleteRole({ RoleName }), { name: 'NoSuchEntityException' });
      const kept = await world.makeRole(trustOf(ofIdentityPool(pool)), [
        { Effect: 'Allow', Action: '*', Resource: '*' },
      ]);
      await assert.rejects(world.iam.deleteRole({ RoleName: kept.split('/')[1]! }), {
        name: 'DeleteConflictException',
      });
    });
  });

  describe('of an OpenID Connect provider', () => {
    let op: HostileOp;
    before(async () => {
      op = await startOpenIdProvider();
    });
    after(() => op.close());

    it('CreateOpenIDConnectProvider: lets its tokens be traded by AssumeRoleWithWebIdentity', async () => {
      const { OpenIDConnectProviderArn: arn } = await world.iam.createOpenIDConnectProvider({
        Url: op.issuer,
        ClientIDList: ['our-client'],
      });
      const name = op.issuer.replace('http://', '');
      const role = await world.makeRole(
        trustOf({ StringEquals: { [`${name}:aud`]: 'our-client', [`${name}:sub`]: 'subject-1' } }, arn),
      );
      const other = await world.makeRole(trustOf({ StringEquals: { [`${name}:sub`]: 'subject-2' } }, arn));

      const session = await assumeWith(role, await op.idToken());

      assert.equal(arn, `arn:aws:iam::123456789012:oidc-provider/${name}`);
      assert.equal((await callerOf(session)).Arn, session.AssumedRoleUser!.Arn);
      assert.equal(session.SubjectFromWebIdentityToken, 'subject-1');
      assert.equal(session.Provider, arn);
      await assert.rejects(assumeWith(other, await op.idToken()), { name: 'AccessDenied' });
      await assert.rejects(world.iam.createOpenIDConnectProvider({ Url: op.issuer }), {
        name: 'EntityAlreadyExistsException',
      });
    });

    for (const [what, misdeeds] of [
      ['for another client', { claims: { aud: 'somebody-else' } }],
      ['for another party', { claims: { azp: 'somebody-else' } }],
      ['that are expired', { claims: { exp: 1 } }],
      ['without an expiry', { claims: { exp: undefined } }],
      ['without a subject', { claims: { sub: undefined } }],
      ['signed by another key', { signedWith: 'other' }],
      ['that are not signed', { signedWith: 'none' }],
      ['signed with a secret', { signedWith: 'secret' }],
    ] as const)
      it(`are refused ${what}`, async () => {
        const role = await world.makeRole(
          trustOf({}, `arn:aws:iam::123456789012:oidc-provider/${op.issuer.replace('http://', '')}`),
        );
        op.misbehave(misdeeds);

        await assert.rejects(assumeWith(role, await op.idToken()), { name: 'InvalidIdentityTokenException' });
        op.misbehave({});
      });

    it('are refused of an issuer that nobody made known', async () => {
      const stranger = await startOpenIdProvider();
      const token = await stranger.idToken();
      stranger.close();
      const role = await world.makeRole(trustOf({}, 'arn:aws:iam::123456789012:oidc-provider/x'));

      await assert.rejects(assumeWith(role, token), {
        name: 'InvalidIdentityTokenException',
        message: /No OpenIDConnect provider found/,
      });
    });

    it('of a user pool of ours are verified at their source', async () => {
      const url = `${server.url}/${world.people.UserPoolId}`;
      const { OpenIDConnectProviderArn: arn } = await world.iam.createOpenIDConnectProvider({
        Url: url,
        ClientIDList: [world.people.ClientId],
      });
      const role = await world.makeRole(
        trustOf({ StringEquals: { [`${url.replace('http://', '')}:aud`]: world.people.ClientId } }, arn),
      );
      const { IdToken, AccessToken } = await signIn(world.people, 'ada');

      assert.ok((await assumeWith(role, IdToken!)).Credentials);
      await world.people.idp.globalSignOut({ AccessToken });

      await assert.rejects(assumeWith(role, IdToken!), { name: 'InvalidIdentityTokenException' });
    });

    it('are made known by https addresses alone, but at loopback', async () => {
      for (const Url of [
        'http://op.example',
        'https://op.example/?a=b',
        'https://u:p@op.example',
        'op.example',
      ])
        await assert.rejects(world.iam.createOpenIDConnectProvider({ Url }), {
          name: 'InvalidInputException',
        });
    });
  });

  // The last, because the clock moves and the clients made before do not follow.
  describe('of ten minutes ago', () => {
    it('are worth nothing', async () => {
      // After the sign-out of the test before.
      server.clock.pass(1);
      const pool = await classic();
      const role = await world.makeRole(trustOf(ofIdentityPool(pool)));
      const { Token } = await tokenOf(pool, await world.loginOf('ada'));
      assert.ok(await assumeWith(role, Token));

      server.clock.pass(601);

      await assert.rejects(assumeWith(role, Token), { name: 'ExpiredTokenException' });
    });
  });
});
