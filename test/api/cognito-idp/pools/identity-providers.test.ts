/** Identity providers of a pool, through the official client. */
import assert from 'node:assert/strict';
import { makePool, type MadePool } from '../../../support/pool.ts';
import { startOpenIdProvider, type HostileOp, type Misdeeds } from '../../../support/hostile-op.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('identity providers', () => {
  let server: TestServer;
  let pool: MadePool;
  let upstream: HostileOp;
  let DETAILS: Record<string, string>;

  before(async () => {
    server = await startServer();
    pool = await makePool(server);
    upstream = await startOpenIdProvider();
    DETAILS = detailsOf(upstream.issuer);
  });
  after(async () => {
    await server.close();
    upstream.close();
  });

  const detailsOf = (oidc_issuer: string): Record<string, string> => ({
    client_id: 'id',
    client_secret: 'secret',
    oidc_issuer,
    authorize_scopes: 'openid email',
    attributes_request_method: 'GET',
  });

  it('CreateIdentityProvider: gives a provider that describes itself as it was made', async () => {
    const { idp, UserPoolId } = pool;
    const { IdentityProvider } = await idp.createIdentityProvider({
      UserPoolId,
      ProviderName: 'Login',
      ProviderType: 'OIDC',
      ProviderDetails: DETAILS,
      AttributeMapping: { email: 'email' },
      IdpIdentifiers: ['login.example'],
    });

    const { IdentityProvider: described } = await idp.describeIdentityProvider({
      UserPoolId,
      ProviderName: 'Login',
    });

    assert.deepEqual(described, IdentityProvider);
    assert.deepEqual(described!.ProviderDetails, DETAILS);
  });

  it('DescribeIdentityProvider: knows a provider of the type Google', async () => {
    const { idp, UserPoolId } = pool;
    const ProviderDetails = { client_id: 'id', client_secret: 'secret', authorize_scopes: 'openid email' };
    await idp.createIdentityProvider({
      UserPoolId,
      ProviderName: 'Google',
      ProviderType: 'Google',
      ProviderDetails,
    });

    const { IdentityProvider } = await idp.describeIdentityProvider({ UserPoolId, ProviderName: 'Google' });

    assert.equal(IdentityProvider!.ProviderType, 'Google');
  });

  it('refuses a second provider of one name', async () => {
    const { idp, UserPoolId } = pool;
    const twice = {
      UserPoolId,
      ProviderName: 'Twice',
      ProviderType: 'OIDC',
      ProviderDetails: DETAILS,
    } as const;
    await idp.createIdentityProvider(twice);

    await assert.rejects(idp.createIdentityProvider(twice), { name: 'DuplicateProviderException' });
  });

  it('refuses details that are missing, unknown or no address', async () => {
    const { idp, UserPoolId } = pool;
    const { oidc_issuer: _, ...incomplete } = DETAILS;

    for (const ProviderDetails of [
      incomplete,
      { ...DETAILS, made_up: 'x' },
      { ...DETAILS, oidc_issuer: 'file:///etc/passwd' },
    ]) {
      await assert.rejects(
        idp.createIdentityProvider({
          UserPoolId,
          ProviderName: 'Bad',
          ProviderType: 'OIDC',
          ProviderDetails,
        }),
        { name: 'InvalidParameterException' },
      );
    }
  });

  it('refuses types that it does not speak', async () => {
    const { idp, UserPoolId } = pool;

    await assert.rejects(
      idp.createIdentityProvider({
        UserPoolId,
        ProviderName: 'Corp',
        ProviderType: 'SignInWithApple',
        ProviderDetails: {},
      }),
      {
        name: 'InvalidParameterException',
        message: 'ProviderType SignInWithApple is not supported.',
      },
    );
  });

  it('says that a provider is not there', async () => {
    const { idp, UserPoolId } = pool;

    await assert.rejects(idp.describeIdentityProvider({ UserPoolId, ProviderName: 'Absent' }), {
      name: 'ResourceNotFoundException',
    });
  });

  describe('of an OpenID Provider', () => {
    let made = 0;
    const create = (ProviderDetails: Record<string, string>) =>
      pool.idp.createIdentityProvider({
        UserPoolId: pool.UserPoolId,
        ProviderName: `Checked${(made += 1)}`,
        ProviderType: 'OIDC',
        ProviderDetails,
      });
    /** A provider of its own, so that nothing is known of it. */
    async function createAt(misdeeds: Misdeeds, more: Record<string, string> = {}) {
      const op = await startOpenIdProvider();
      op.misbehave(misdeeds);
      try {
        return await create({ ...detailsOf(op.issuer), ...more });
      } finally {
        op.close();
      }
    }

    const refusals: Readonly<Record<string, readonly [Misdeeds, RegExp]>> = {
      'another issuer than it was named by': [
        { discovery: { issuer: 'https://other.example' } },
        /its issuer is "https:\/\/other.example", expected "http:/,
      ],
      'a template for its issuer': [
        { discovery: { issuer: 'https://login.example/{tenantid}/v2.0' } },
        /template "https:\/\/login.example\/\{tenantid\}\/v2.0": name the issuer of one tenant/,
      ],
      'no client authentication that is spoken here': [
        { discovery: { token_endpoint_auth_methods_supported: ['private_key_jwt', 'tls_client_auth'] } },
        /takes client authentication by \["private_key_jwt","tls_client_auth"\], expected client_secret_post/,
      ],
      'no address for tokens': [{ discovery: { token_endpoint: undefined } }, /names no address for: token/],
      'no discovery': [{ discoveryStatus: 404 }, /answers with status 404/],
    };
    for (const [title, [misdeeds, message]] of Object.entries(refusals))
      it(`refuses one that has ${title}`, async () => {
        await assert.rejects(createAt(misdeeds), { name: 'InvalidParameterException', message });
      });

    it('takes one by the header alone, and one without a secret', async () => {
      const basic = { token_endpoint_auth_methods_supported: ['client_secret_basic'] };
      const op = await startOpenIdProvider();
      const { client_secret: _, ...withoutSecret } = detailsOf(op.issuer);

      assert.ok((await createAt({ discovery: basic })).IdentityProvider);
      assert.ok((await create(withoutSecret)).IdentityProvider);
      op.close();
    });

    it('says why one cannot be reached', async () => {
      for (const [oidc_issuer, message] of [
        ['http://127.0.0.1:1', /cannot be reached: nothing listens there/],
        ['https://10.0.0.1', /cannot be reached: the address is private/],
        ['https://nobody.invalid', /cannot be reached: its name/],
      ] as const)
        await assert.rejects(create(detailsOf(oidc_issuer)), { name: 'InvalidParameterException', message });
    });

    it('takes addresses that are given by hand, and asks nobody', async () => {
      const at = 'https://login.example.com';
      const { IdentityProvider } = await create({
        ...detailsOf(at),
        authorize_url: `${at}/authorize`,
        token_url: `${at}/token`,
        attributes_url: `${at}/me`,
        jwks_uri: `${at}/keys`,
      });

      assert.ok(IdentityProvider);
    });
  });
});
