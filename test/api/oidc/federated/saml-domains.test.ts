/**
 * SAML under a pool's domain: what describes the pool to providers, and where they may post their responses.
 *
 * Sources: SAML 2.0 Core, 3.2.2 (Destination) and 2.4.1.2 (Recipient); Cognito developer guide, "Configuring a user pool domain".
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { answer, metadataOf, readRequest } from '../../../support/saml/saml-idp.ts';
import { CALLBACK as APP, createBrowser, createWorld, type TestClient, type World } from '../world.ts';

const RETURN_PATH = '/saml2/idpresponse';
const FORM = 'application/x-www-form-urlencoded';

describe('SAML under the domain of a pool', () => {
  let world: World;
  let client: TestClient;

  before(async () => {
    world = await createWorld();
    await world.userPools.createUserPoolDomain({ Domain: 'my-app', UserPoolId: world.poolId });
    const { UserPool } = await world.userPools.createUserPool({ PoolName: 'other' });
    await world.userPools.createUserPoolDomain({ Domain: 'other', UserPoolId: UserPool!.Id });
    await world.userPools.createIdentityProvider({
      UserPoolId: world.poolId,
      ProviderName: 'Corp',
      ProviderType: 'SAML',
      ProviderDetails: { MetadataFile: metadataOf() },
      AttributeMapping: { email: 'email' },
    });
    client = await world.addClient({ SupportedIdentityProviders: ['Corp'] });
  });
  after(() => world.close());

  const byPath = (path: string, name = 'my-app') => `${world.server.url}/domains/${name}${path}`;
  const hostOf = (name: string) => `${name}.auth.127.0.0.1:${world.server.port}`;

  /** Posts a response to the address, whose host need not resolve. @returns status, and where it leads */
  async function post(address: string, form: Record<string, string>) {
    // Text: a name below an address of digits is no host to URL.
    const [, , host = '', ...steps] = address.split('/');
    const asked = httpRequest({
      host: '127.0.0.1',
      port: world.server.port,
      path: `/${steps.join('/')}`,
      method: 'POST',
      headers: { host, 'content-type': FORM, origin: 'https://idp.example.com' },
    });
    asked.end(new URLSearchParams(form).toString());
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.resume();
    return { status: response.statusCode, location: response.headers.location };
  }

  /** Signs in by a response that names `recipient` and is posted there. @returns where the browser ends */
  async function signInBy(recipient: string, postedTo = recipient): Promise<URL | undefined> {
    const browser = createBrowser();
    const { location } = await browser.open(world.authorize(client));
    const asked = { ...readRequest(location!), recipient };
    const bounce = await post(postedTo, answer(asked, world.server.clock));
    assert.equal(bounce.status, 303);
    assert.ok(bounce.location?.startsWith(`/${world.poolId}${RETURN_PATH}?ref=`), bounce.location);
    return (await browser.open(new URL(bounce.location ?? '', world.base))).location;
  }

  it('publishes the metadata of the pool, by path and by host', async () => {
    const own = await (await fetch(`${world.base}/saml2/metadata`)).text();

    const response = await fetch(byPath('/saml2/metadata'));

    assert.equal(response.status, 200);
    assert.equal(await response.text(), own);
  });

  it('takes a response that was sent to the domain, by path and by host', async () => {
    for (const recipient of [byPath(RETURN_PATH), `http://${hostOf('my-app')}${RETURN_PATH}`]) {
      const location = await signInBy(recipient);
      assert.equal(location?.href.split('?', 1)[0], APP, recipient);
      assert.ok(location.searchParams.has('code'), location.href);
    }
  });

  it('refuses a response for any other address, also where it is posted to the domain', async () => {
    const others = [
      byPath(RETURN_PATH, 'other'),
      `http://${hostOf('other')}${RETURN_PATH}`,
      `${byPath(RETURN_PATH)}/`,
      byPath(RETURN_PATH).toUpperCase(),
      `https://${hostOf('my-app')}${RETURN_PATH}`,
      byPath('/oauth2/idpresponse'),
    ];
    for (const recipient of others) {
      const location = await signInBy(recipient, byPath(RETURN_PATH));
      assert.equal(location?.searchParams.get('error'), 'access_denied', recipient);
    }
  });

  it('takes no response of another pool', async () => {
    const { location } = await createBrowser().open(world.authorize(client));
    const asked = readRequest(location!);

    const { status } = await post(byPath(RETURN_PATH, 'other'), answer(asked, world.server.clock));

    assert.equal(status, 400);
  });

  it('sends browsers that come back from OpenID Providers on to the pool’s own address', async () => {
    const response = await fetch(byPath('/oauth2/idpresponse?state=a&code=b'), { redirect: 'manual' });

    assert.equal(response.status, 302);
    assert.equal(response.headers.get('location'), `${world.base}/oauth2/idpresponse?state=a&code=b`);
  });
});
