/**
 * Pools by their domain: by path and by host name.
 *
 * Source: Cognito developer guide, "Configuring a user pool domain".
 */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { CALLBACK, claimsOf, createBrowser, createWorld, type TestClient, type World } from './world.ts';

describe('a pool under its domain', () => {
  let world: World;
  let client: TestClient;

  before(async () => {
    world = await createWorld();
    client = await world.addClient();
    await world.userPools.createUserPoolDomain({ Domain: 'my-app', UserPoolId: world.poolId });
  });
  after(() => world.close());

  const byPath = (path: string, name = 'my-app') => `${world.server.url}/domains/${name}${path}`;

  /** Status, and where it leads, of a request that says it is for `host`. */
  function atHost(host: string, path: string): Promise<{ status: number; location: string | undefined }> {
    return new Promise((resolve, reject) => {
      const asked = httpRequest(
        { host: '127.0.0.1', port: world.server.port, path, headers: { host } },
        (response) => {
          response.resume();
          resolve({ status: response.statusCode ?? 0, location: response.headers.location });
        },
      );
      asked.on('error', reject);
      asked.end();
    });
  }

  it('signs in by path, and gives its tokens there', async () => {
    const browser = createBrowser();
    const page = await browser.open(world.authorize(client).replace(world.base, byPath('')));
    const { location } = await browser.send(page, { username: 'ada', password: 'Correct-Horse-7' });

    const response = await fetch(byPath('/oauth2/token'), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: client.id,
        redirect_uri: CALLBACK,
        code: location!.searchParams.get('code')!,
      }),
    });

    const { access_token: token } = (await response.json()) as { access_token: string };
    assert.equal(claimsOf(token)['username'], 'ada');
    const info = await fetch(byPath('/oauth2/userInfo'), { headers: { authorization: `Bearer ${token}` } });
    assert.equal(((await info.json()) as { username: string }).username, 'ada');
  });

  it('sends browsers that come by host to the pool’s own address, never to the host’s', async () => {
    const host = `my-app.auth.127.0.0.1:${world.server.port}`;

    const { status, location } = await atHost(host, '/oauth2/authorize?client_id=x');

    assert.equal(status, 302);
    assert.equal(location, `${world.base}/oauth2/authorize?client_id=x`);
    assert.equal((await atHost(host.toUpperCase(), '/logout?a=b')).location, `${world.base}/logout?a=b`);
  });

  it('sends forms on with what they say, where a page takes one', async () => {
    const post = (path: string) =>
      fetch(byPath(path), { method: 'POST', body: new URLSearchParams({ a: 'b' }), redirect: 'manual' });

    for (const path of ['/oauth2/authorize', '/logout']) {
      const response = await post(path);
      assert.equal(response.status, 307, path);
      assert.equal(response.headers.get('location'), `${world.base}${path}`);
    }
    assert.equal((await post('/login')).status, 404);
    assert.equal((await post('/login')).headers.get('location'), null);
  });

  it('is not found under a name that nobody has, another host, or a path that is not a domain’s', async () => {
    assert.equal((await fetch(byPath('/oauth2/authorize', 'nobody'))).status, 404);
    assert.equal((await fetch(byPath('/oauth2/authorize', '../x'), { redirect: 'manual' })).status, 404);
    assert.equal((await fetch(byPath('/.well-known/jwks.json'))).status, 404);
    assert.equal((await atHost('my-app.auth.evil.example', '/login')).status, 404);
    assert.equal((await atHost(`x.my-app.auth.127.0.0.1:${world.server.port}`, '/login')).status, 404);
  });
});
