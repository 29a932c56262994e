/**
 * Signing in and out with OpenID Connect libraries as they are: they read the discovery document and do the rest by themselves.
 *
 * Source: the documentation of oidc-client-ts and openid-client.
 */
import assert from 'node:assert/strict';
import { InMemoryWebStorage, OidcClient, WebStorageStateStore } from 'oidc-client-ts';
import * as openid from 'openid-client';
import {
  CALLBACK,
  createBrowser,
  createWorld,
  PASSWORD,
  type Browser,
  type TestClient,
  type World,
} from '../api/oidc/world.ts';

const GOODBYE = 'https://app.example.com/bye';

describe('standard clients', () => {
  let world: World;
  let client: TestClient;
  before(async () => {
    world = await createWorld();
    client = await world.addClient({ LogoutURLs: [GOODBYE] });
  });
  after(() => world.close());

  async function signIn(browser: Browser, request: string): Promise<string> {
    const page = await browser.open(request);
    const { location } = await browser.send(page, { username: 'ada', password: PASSWORD });
    return location!.href;
  }
  async function assertSignedOut(browser: Browser): Promise<void> {
    const { location } = await browser.open(world.authorize(client, { prompt: 'none' }));
    assert.equal(location?.searchParams.get('error'), 'login_required');
  }

  it('oidc-client-ts signs in and out', async () => {
    const store = () => new WebStorageStateStore({ store: new InMemoryWebStorage() });
    const oidc = new OidcClient({
      authority: world.base,
      client_id: client.id,
      redirect_uri: CALLBACK,
      post_logout_redirect_uri: GOODBYE,
      stateStore: store(),
    });
    const browser = createBrowser();

    const { url } = await oidc.createSigninRequest({});
    const { id_token: idToken } = await oidc.processSigninResponse(await signIn(browser, url));
    const out = await oidc.createSignoutRequest({ id_token_hint: idToken, state: 'where I was' });
    const { location } = await browser.open(out.url);
    const { userState } = await oidc.processSignoutResponse(location!.href);

    assert.equal(userState, 'where I was');
    await assertSignedOut(browser);
  });

  it('openid-client signs in and out', async () => {
    const insecure = { execute: [openid.allowInsecureRequests] };
    const config = await openid.discovery(new URL(world.base), client.id, undefined, openid.None(), insecure);
    const verifier = openid.randomPKCECodeVerifier();
    const request = openid.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: 'openid',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const browser = createBrowser();

    const back = new URL(await signIn(browser, request.href));
    const tokens = await openid.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier });
    const out = openid.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token!,
      post_logout_redirect_uri: GOODBYE,
      state: 'a-state',
    });
    const { location } = await browser.open(out);

    assert.equal(location?.href, `${GOODBYE}?state=a-state`);
    await assertSignedOut(browser);
  });
});
