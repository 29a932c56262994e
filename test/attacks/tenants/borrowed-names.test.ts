/**
 * Names that people choose freely, and that mean somebody else already: his subject, his address.
 */
import assert from 'node:assert/strict';
import { startOpenIdProvider } from '../../support/hostile-op.ts';
import { makeReachable, shown } from '../../support/people.ts';
import { makePool, makeUser, PASSWORD, signIn, type MadePool } from '../../support/pool.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

describe('a name that means somebody else', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(server, { AliasAttributes: ['preferred_username', 'email'] });
    await makeReachable(pool, 'ada');
    await makeUser(pool, 'mallory', { email: 'mallory@example.com', email_verified: 'true' });
  });
  after(() => server.close());

  const prefer = async (Value: string) => {
    const { AccessToken } = await signIn(pool, 'mallory');
    await pool.idp.updateUserAttributes({
      AccessToken,
      UserAttributes: [{ Name: 'preferred_username', Value }],
    });
  };
  const nameOf = async (Username: string) =>
    (await pool.idp.adminGetUser({ UserPoolId: pool.UserPoolId, Username })).Username;

  it('does not stand before his address when somebody prefers it', async () => {
    await prefer('ada@example.com');

    assert.equal(await nameOf('ada@example.com'), 'ada');
    assert.ok((await signIn(pool, 'ada@example.com')).AccessToken);
    await pool.idp.forgotPassword({ ClientId: pool.ClientId, Username: 'ada@example.com' });
    assert.equal(server.sent.at(-1)?.to, 'ada@example.com');
  });

  it('does not stand before his subject when somebody prefers it, or signs up under it', async () => {
    const { sub = '' } = (await shown(pool, 'ada')).attributes;
    await prefer(sub);
    await pool.idp.signUp({ ClientId: pool.ClientId, Username: sub, Password: PASSWORD });

    assert.equal(await nameOf(sub), 'ada');
  });

  it('of a provider’s people is theirs in whatever form its letters are written', async () => {
    const { idp, ClientId, UserPoolId } = await makePool(server);
    const upstream = await startOpenIdProvider();
    after(() => upstream.close());
    const ProviderName = 'Café';
    await idp.createIdentityProvider({
      UserPoolId,
      ProviderName: ProviderName.normalize('NFC'),
      ProviderType: 'OIDC',
      ProviderDetails: {
        client_id: 'id',
        client_secret: 'secret',
        oidc_issuer: upstream.issuer,
        authorize_scopes: 'openid',
        attributes_request_method: 'GET',
      },
    });

    for (const form of ['NFC', 'NFD'])
      await assert.rejects(
        idp.signUp({ ClientId, Username: `${ProviderName.normalize(form)}_123`, Password: PASSWORD }),
        { name: 'InvalidParameterException', message: /cannot begin with the name of an identity provider/ },
        form,
      );
  });
});
