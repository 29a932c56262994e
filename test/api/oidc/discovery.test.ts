/**
 * Discovery and published keys of a pool's OpenID Provider.
 *
 * Source: OpenID Connect Discovery 1.0, section 3; RFC 8414.
 */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { createWorld, type World } from './world.ts';

const BAD_HOSTS = [
  'evil.example',
  'evil.example:443',
  'localhost.evil.example',
  '169.254.169.254',
  '[::1]:1',
  'a@evil.example',
  'evil.example/path',
  'evil.example?x',
  'xn--80ak6aa92e.com',
  '127.0.0.1.nip.io',
];

describe('discovery', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world.close());

  it('gives issuer and addresses of the configured public URL', async () => {
    const document = await json(`${world.base}/.well-known/openid-configuration`);

    assert.equal(document['issuer'], world.base);
    assert.equal(document['authorization_endpoint'], `${world.base}/oauth2/authorize`);
    assert.equal(document['token_endpoint'], `${world.base}/oauth2/token`);
    assert.equal(document['jwks_uri'], `${world.base}/.well-known/jwks.json`);
  });

  it('announces nothing that is not answered', async () => {
    const document = await json(`${world.base}/.well-known/openid-configuration`);

    assert.deepEqual(document['response_types_supported'], ['code']);
    assert.deepEqual(document['code_challenge_methods_supported'], ['S256']);
    assert.deepEqual(document['id_token_signing_alg_values_supported'], ['RS256']);
    for (const endpoint of ['registration', 'introspection', 'device_authorization'])
      assert.equal(document[`${endpoint}_endpoint`], undefined);
    for (const endpoint of ['userinfo', 'revocation', 'end_session']) {
      const address = String(document[`${endpoint}_endpoint`]);
      assert.ok(address.startsWith(`${world.base}/`));
      const statuses = await Promise.all(
        ['GET', 'POST'].map(async (method) => (await fetch(address, { method })).status),
      );
      assert.ok(statuses.some((status) => status !== 404));
    }
  });

  it('publishes two public keys, and no private member of either', async () => {
    const { keys } = (await json(`${world.base}/.well-known/jwks.json`)) as {
      keys: Record<string, string>[];
    };

    assert.equal(keys.length, 2);
    assert.equal(new Set(keys.map(({ kid }) => kid)).size, 2);
    for (const key of keys) {
      assert.deepEqual(Object.keys(key).toSorted(), ['alg', 'e', 'kid', 'kty', 'n', 'use']);
      assert.deepEqual([key['kty'], key['alg'], key['use']], ['RSA', 'RS256', 'sig']);
    }
  });

  it('may be read from any origin', async () => {
    for (const name of ['openid-configuration', 'jwks.json']) {
      const response = await fetch(`${world.base}/.well-known/${name}`, {
        headers: { origin: 'https://spa.example' },
      });

      assert.equal(response.headers.get('access-control-allow-origin'), '*');
    }
  });

  it('believes no Host and no forwarding header', async () => {
    const honest = await json(`${world.base}/.well-known/openid-configuration`);
    for (const host of BAD_HOSTS) {
      const headers = {
        host,
        'x-forwarded-host': host,
        'x-forwarded-proto': 'https',
        forwarded: `host=${host}`,
      };

      assert.deepEqual(await jsonAs(`${world.base}/.well-known/openid-configuration`, headers), honest, host);
    }
  });

  it('knows no pool that does not exist', async () => {
    const response = await fetch(`${world.server.url}/us-east-1_nobody000/.well-known/openid-configuration`);

    assert.equal(response.status, 404);
  });

  it('answers 404 in JSON where an endpoint is not offered', async () => {
    for (const path of ['/oauth2/register', '/oauth2/introspect', '/oauth2/logout/confirm', '/nothing']) {
      for (const method of ['GET', 'POST']) {
        const response = await fetch(`${world.base}${path}`, { method });

        assert.equal(response.status, 404, `${method} ${path}`);
        assert.equal(((await response.json()) as { error: string }).error, 'not_found');
      }
    }
  });
});

describe("discovery under AWS's issuer", () => {
  let world: World;
  before(async () => {
    world = await createWorld({ environment: { COGNATE_ISSUER: 'aws' } });
  });
  after(() => world.close());

  it("says AWS's issuer and our own addresses", async () => {
    const document = await json(`${world.base}/.well-known/openid-configuration`);

    assert.equal(document['issuer'], `https://cognito-idp.us-east-1.amazonaws.com/${world.poolId}`);
    assert.equal(document['token_endpoint'], `${world.base}/oauth2/token`);
  });

  it('names that issuer in authorization responses', async () => {
    const client = await world.addClient();

    const back = await world.signIn(world.authorize(client));

    assert.equal(back.searchParams.get('iss'), `https://cognito-idp.us-east-1.amazonaws.com/${world.poolId}`);
  });
});

async function json(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  return (await response.json()) as Record<string, unknown>;
}

/** `fetch` forbids a Host of one's own. */
function jsonAs(url: string, headers: Record<string, string>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(JSON.parse(text)));
    })
      .on('error', reject)
      .end();
  });
}
