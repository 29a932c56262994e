/**
 * Logins through a SAML identity provider: from the pool's pages to the provider, and back by its form.
 *
 * Sources: SAML 2.0 Profiles, 4.1; Cognito developer guide, "Using SAML identity providers with a user pool".
 */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { passGate, readXml } from '../../../src/identity-providers/saml-gate.ts';
import {
  answer,
  ENTITY_ID,
  metadataOf,
  readRequest,
  replaced,
  type KeyName,
  type Misdeeds,
} from '../../support/saml-idp.ts';
import { claimsOf, createBrowser, createWorld, type Browser, type TestClient, type World } from './world.ts';

describe('logins through a SAML provider', () => {
  let world: World;
  let client: TestClient;
  let published: Server;
  let metadata: string;
  let readings = 0;
  let publishedAt: string;

  const addProvider = (ProviderName: string, ProviderDetails: Record<string, string>) =>
    world.userPools.createIdentityProvider({
      UserPoolId: world.poolId,
      ProviderName,
      ProviderType: 'SAML',
      ProviderDetails,
      AttributeMapping: { email: 'email' },
    });
  const clientFor = (name: string) => world.addClient({ SupportedIdentityProviders: [name] });

  before(async () => {
    world = await createWorld();
    published = createServer((_request, response) => {
      readings += 1;
      response.writeHead(200, { 'content-type': 'application/samlmetadata+xml' }).end(metadata);
    });
    await new Promise<void>((resolve) => published.listen(0, '127.0.0.1', resolve));
    publishedAt = `http://127.0.0.1:${(published.address() as AddressInfo).port}/metadata`;
    await addProvider('Corp', { MetadataFile: metadataOf() });
    client = await clientFor('Corp');
  });
  after(async () => {
    await world.close();
    published.closeAllConnections();
    published.close();
  });

  /** Sends a browser away. @returns what the provider is asked */
  async function leave(browser: Browser, from = client) {
    const { location } = await browser.open(world.authorize(from));
    assert.equal(location?.origin, 'https://idp.example.com');
    return readRequest(location);
  }
  /** The provider's form, posted to us from its own page: without cookies, as browsers have it for `SameSite=Lax`. */
  const post = (form: Record<string, string>): Promise<Response> =>
    fetch(`${world.base}/saml2/idpresponse`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { origin: 'https://idp.example.com' },
      redirect: 'manual',
    });
  async function comeBack(browser: Browser, form: Record<string, string>) {
    const bounce = await post(form);
    assert.equal(bounce.status, 303, await bounce.clone().text());
    return browser.open(new URL(bounce.headers.get('location')!, world.base));
  }
  async function signIn(from = client, misdeeds: Misdeeds = {}) {
    const browser = createBrowser();
    const asked = await leave(browser, from);
    return comeBack(browser, answer(asked, world.server.clock, misdeeds));
  }

  it('sign in a person who is known by provider and NameID', async () => {
    const { location } = await signIn();

    const claims = claimsOf((await world.redeem(client, location)).id_token);
    assert.equal(claims['cognito:username'], 'Corp_ada');
    assert.deepEqual(
      (claims['identities'] as object[]).map((each) => ({ ...each, dateCreated: undefined })),
      [
        {
          userId: 'ada',
          providerName: 'Corp',
          providerType: 'SAML',
          issuer: ENTITY_ID,
          primary: 'true',
          dateCreated: undefined,
        },
      ],
    );
    const user = await world.userPools.adminGetUser({ UserPoolId: world.poolId, Username: 'Corp_ada' });
    assert.equal(user.UserStatus, 'EXTERNAL_PROVIDER');
    assert.equal(user.UserAttributes?.find(({ Name }) => Name === 'email')?.Value, 'ada@example.com');
  });

  it('ask for an answer at the pool, by its name', async () => {
    const { recipient, audience } = await leave(createBrowser());

    assert.equal(recipient, `${world.base}/saml2/idpresponse`);
    assert.equal(audience, `urn:amazon:cognito:sp:${world.poolId}`);
  });

  it('bind the way back by a cookie that only it is sent', async () => {
    const browser = createBrowser();
    await leave(browser);

    const line = browser.jar.find(({ name }) => name.startsWith(`journey-${world.poolId}-`))?.line ?? '';

    assert.match(line, new RegExp(`; Path=/${world.poolId}/saml2/idpresponse; `));
    assert.match(line, /HttpOnly; SameSite=Lax/);
  });

  it('are worth nothing when another browser comes back', async () => {
    const thief = createBrowser();
    const asked = await leave(thief);
    const victim = createBrowser();

    const outcome = await comeBack(victim, answer(asked, world.server.clock));

    assert.equal(outcome.status, 400);
    assert.match(outcome.html, /This sign-in is over/);
    assert.equal(victim.jar.length, 0);
  });

  it('believe one response once, however many are shown at once', async () => {
    const browser = createBrowser();
    const form = answer(await leave(browser), world.server.clock);
    const bounces = await Promise.all(Array.from({ length: 100 }, () => post(form)));
    const places = bounces.flatMap((bounce) => bounce.headers.get('location') ?? []);
    assert.ok(places.length >= 2);

    const jar = [...browser.jar];
    const outcomes = await Promise.all(
      places.map((place) => createBrowser([...jar]).open(new URL(place, world.base))),
    );

    assert.equal(outcomes.filter(({ location }) => location?.searchParams.has('code')).length, 1);
  });

  it('are over when a response was fetched', async () => {
    const browser = createBrowser();
    const bounce = await post(answer(await leave(browser), world.server.clock));
    const place = new URL(bounce.headers.get('location')!, world.base);
    const jar = [...browser.jar];
    assert.ok((await browser.open(place)).location);

    const again = await createBrowser(jar).open(place);

    assert.equal(again.status, 400);
    assert.match(again.html, /This sign-in is over/);
  });

  it('are over a minute after a response that nobody fetched', async () => {
    const browser = createBrowser();
    const bounce = await post(answer(await leave(browser), world.server.clock));
    world.server.clock.pass(61);

    const outcome = await browser.open(new URL(bounce.headers.get('location')!, world.base));

    assert.match(outcome.html, /This sign-in is over/);
  });

  for (const [title, change] of Object.entries<Record<string, string>>({
    'no RelayState': { RelayState: '' },
    'a RelayState that we did not give': { RelayState: 'x'.repeat(43) },
    'no response': { SAMLResponse: '' },
  })) {
    it(`are over where there is ${title}`, async () => {
      const form = { ...answer(await leave(createBrowser()), world.server.clock), ...change };

      const outcome = await post(form);

      assert.equal(outcome.status, 400);
      assert.match(await outcome.text(), /This sign-in is over/);
    });
  }

  it('refuse a form that is too large', async () => {
    const outcome = await post({ SAMLResponse: 'A'.repeat(600 * 1024), RelayState: 'x' });

    assert.equal(outcome.status, 400);
    assert.match(await outcome.text(), /This form cannot be read/);
  });

  it('go nowhere when the response does not hold', async () => {
    const outcome = await signIn(client, { tampered: replaced('>ada<', '>eve<') });

    assert.equal(outcome.status, 403);
    assert.equal(outcome.location, undefined);
    assert.match(outcome.html, /You are not signed in/);
  });

  it('refuse an answer to another sign-in', async () => {
    const [one, other] = [createBrowser(), createBrowser()];
    const stolen = await leave(one);
    const asked = await leave(other);

    const outcome = await comeBack(other, answer({ ...stolen, state: asked.state }, world.server.clock));

    assert.equal(outcome.status, 403);
  });

  for (const [what, given] of [
    ['address', (url: string) => ({ recipient: `${url}/saml` })],
    ['name', () => ({ audience: 'urn:amazon:webservices' })],
  ] as const)
    it(`refuse an answer that is for a role, by its ${what}`, async () => {
      const browser = createBrowser();
      const asked = await leave(browser);
      const forRole = { ...asked, ...given(world.server.url) };

      const outcome = await comeBack(browser, answer(forRole, world.server.clock));

      assert.equal(outcome.status, 403);
    });

  it('cannot come back by the way of another protocol', async () => {
    const browser = createBrowser();
    const { state } = await leave(browser);
    const jar = browser.jar.map((cookie) => ({ ...cookie, path: '/' }));

    const outcome = await createBrowser(jar).open(`${world.base}/oauth2/idpresponse?code=x&state=${state}`);

    assert.equal(outcome.status, 403);
    assert.equal(outcome.location, undefined);
  });

  describe('whose metadata is published', () => {
    let name: string;
    let from: TestClient;
    let count = 0;
    const publish = (keys: readonly KeyName[], entityId?: string): void => {
      metadata = metadataOf({ keys, entityId });
    };

    beforeEach(async () => {
      publish(['idp']);
      name = `Published${(count += 1)}`;
      await addProvider(name, { MetadataURL: `${publishedAt}?${name}` });
      from = await clientFor(name);
    });

    it('sign in with what was read', async () => {
      assert.equal(await world.personAt(from, (await signIn(from)).location), `${name}_ada`);
    });

    it('follow the provider to another key', async () => {
      await signIn(from);
      publish(['next']);
      world.server.clock.pass(61);

      assert.ok((await signIn(from, { key: 'next' })).location);
    });

    it('ask no more than once a minute', async () => {
      await signIn(from);
      publish(['next']);
      const before = readings;

      const outcome = await signIn(from, { key: 'next' });

      assert.equal(outcome.status, 403);
      assert.equal(readings, before);
    });

    it('forget a key that is no longer published, six hours later', async () => {
      await signIn(from);
      publish(['next']);
      world.server.clock.pass(6 * 3600 + 1);

      assert.equal((await signIn(from)).status, 403);
    });

    it('go on with what is known while the provider publishes nonsense, or calls itself otherwise', async () => {
      await signIn(from);
      for (const nonsense of ['<x/>', metadataOf({ entityId: 'https://evil.example' })]) {
        metadata = nonsense;
        world.server.clock.pass(6 * 3600 + 1);

        assert.ok((await signIn(from)).location);
      }
    });
  });

  it('end with metadata that is over by its own word, however it is had, and go on with new', async () => {
    const until = (seconds: number): string => {
      const end = new Date(world.server.clock.now().getTime() + seconds * 1000).toISOString();
      return replaced(' entityID', ` validUntil="${end}" entityID`)(metadataOf());
    };
    metadata = until(3600);
    await addProvider('ForAnHour', { MetadataURL: `${publishedAt}?hour` });
    await addProvider('InAFile', { MetadataFile: until(3600) });
    const clients = [await clientFor('ForAnHour'), await clientFor('InAFile')];
    for (const from of clients) assert.ok((await signIn(from)).location);

    world.server.clock.pass(3600);

    for (const from of clients) assert.equal((await createBrowser().open(world.authorize(from))).status, 403);
    metadata = until(3600);
    world.server.clock.pass(61);
    assert.ok((await signIn(clients[0])).location);
  });

  it('describe the pool to providers', async () => {
    const response = await fetch(`${world.base}/saml2/metadata`);

    const root = readXml(
      passGate(await response.text(), { bytes: 10_000, elements: 10, comments: 'refused' }),
    );

    assert.equal(response.headers.get('content-type'), 'application/samlmetadata+xml');
    assert.equal(root.attributes.get('entityID'), `urn:amazon:cognito:sp:${world.poolId}`);
    assert.equal(
      root.children[0]?.children[0]?.attributes.get('Location'),
      `${world.base}/saml2/idpresponse`,
    );
  });
});
