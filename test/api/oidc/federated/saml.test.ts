// oxlint-disable max-lines -- one fixture (browsers, provider, way back) that all of these tests share
/**
 * Logins through a SAML identity provider: from the pool's pages to the provider, and back by its form.
 *
 * Sources: SAML 2.0 Profiles, 4.1; Cognito developer guide, "Using SAML identity providers with a user pool".
 */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { passGate, readXml } from '../../../../src/identity-providers/saml/gate.ts';
import {
  answer,
  ENTITY_ID,
  metadataOf,
  readRequest,
  replaced,
  type Edit,
  type KeyName,
  type Misdeeds,
} from '../../../support/saml/saml-idp.ts';
import {
  CALLBACK as APP,
  claimsOf,
  createBrowser,
  createWorld,
  formOf,
  type Browser,
  type Page,
  type TestClient,
  type World,
} from '../world.ts';

describe('logins through a SAML provider', () => {
  let world: World;
  let client: TestClient;
  let published: Server;
  let metadata: string;
  const logged: object[] = [];
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
    world = await createWorld({ logged });
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
  /** The application was told, and given nothing. */
  function assertTurnedAway({ location }: Page, error = 'access_denied'): void {
    assert.equal(location?.href.split('?', 1)[0], APP);
    assert.deepEqual(
      [location.searchParams.get('error'), location.searchParams.get('state')],
      [error, 'a-state'],
    );
    assert.equal(location.searchParams.has('code'), false);
  }
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

    assertTurnedAway(outcome);
    assert.partialDeepStrictEqual(logged.at(-1), { event: 'refused', reason: 'its signature does not hold' });
  });

  for (const [status, error] of [
    ['Responder', 'access_denied'],
    ['AuthnFailed', 'access_denied'],
    ['NoPassive', 'login_required'],
  ] as const)
    it(`tell the application of the status ${status}`, async () => {
      const outcome = await signIn(client, { says: replaced('status:Success', `status:${status}`) });

      assertTurnedAway(outcome, error);
      assert.match(
        (logged.at(-1) as { reason: string }).reason,
        new RegExp(`status:${status}", not success`),
      );
    });

  it('tell the log what was found and what was expected, and the application no more than an id', async () => {
    const outcome = await signIn(client, {
      says: replaced(/<saml:Audience>.*?</, '<saml:Audience>urn:other<'),
    });

    const { reason, requestId, ...line } = logged.at(-1) as { reason: string; requestId: string };
    assert.match(reason, /audience is "urn:other", expected "urn:amazon:cognito:sp:/);
    assert.partialDeepStrictEqual(line, { pool: world.poolId, provider: 'Corp', client: client.id });
    const description = outcome.location?.searchParams.get('error_description') ?? '';
    assert.ok(description.includes(requestId) && !description.includes('urn:other'), description);
  });

  describe('that begin at the provider', () => {
    const unasked: Edit = (xml) => replaced(/ InResponseTo="[^"]*"/g, '')(xml);
    const unsolicited = (state: string): Record<string, string> =>
      answer(
        { request: '', recipient: `${world.base}/saml2/idpresponse`, audience: 'x', state },
        world.server.clock,
        { says: unasked },
      );

    for (const state of ['', 'https://app.example.com/start'])
      it(`say that this is turned off (RelayState ${JSON.stringify(state)})`, async () => {
        const outcome = await post(unsolicited(state));

        assert.equal(outcome.status, 403);
        assert.match(await outcome.text(), /Sign-ins that begin there are turned off/);
        assert.partialDeepStrictEqual(logged.at(-1), { event: 'refused', kind: 'unsolicited-response' });
      });

    it('open nothing by the RelayState of a sign-in under way', async () => {
      const browser = createBrowser();
      const { state } = await leave(browser);

      const outcome = await comeBack(browser, unsolicited(state));

      assertTurnedAway(outcome);
    });
  });

  describe('whose provider takes requests by a form alone', () => {
    let from: TestClient;
    before(async () => {
      const MetadataFile = replaced(/<md:SingleSignOnService[^>]*HTTP-Redirect[^>]*>/, '')(metadataOf());
      await addProvider('ByForm', { MetadataFile });
      from = await clientFor('ByForm');
    });

    it('post the request from a page, by its button or its script', async () => {
      const browser = createBrowser();
      const page = await browser.open(world.authorize(from, { login_hint: 'ada@example.com' }));

      const { action, members } = formOf(page.html);
      const xml = Buffer.from(members['SAMLRequest']!, 'base64').toString('utf8');
      const found = (pattern: RegExp): string => pattern.exec(xml)?.[1] ?? '';
      assert.equal(action, 'https://idp.example.com/post');
      assert.equal(found(/ Destination="([^"]+)"/), action);
      assert.equal(members['login_hint'], 'ada@example.com');
      assert.match(page.html, /<button [^>]*type="submit"/);
      const policy = page.headers.get('content-security-policy') ?? '';
      assert.match(policy, /script-src 'self';/);
      assert.match(policy, /form-action 'self' https:;/);
      const [, script = ''] = /<script src="([^"]+)"><\/script>/.exec(page.html) ?? [];
      const sent = await fetch(new URL(script, page.url));
      assert.match(sent.headers.get('content-type') ?? '', /^text\/javascript/);
      assert.match(await sent.text(), /submit\(\)/);

      const asked = {
        request: found(/ ID="([^"]+)"/),
        recipient: found(/AssertionConsumerServiceURL="([^"]+)"/),
        audience: found(/Issuer[^>]*>([^<]+)</),
        state: members['RelayState']!,
      };
      const { location } = await comeBack(browser, answer(asked, world.server.clock));
      assert.equal(await world.personAt(from, location), 'ByForm_ada');
    });

    it('are refused when another request is answered', async () => {
      const browser = createBrowser();
      const page = await browser.open(world.authorize(from));
      const { members } = formOf(page.html);
      const other = await leave(createBrowser());

      const outcome = await comeBack(
        browser,
        answer({ ...other, state: members['RelayState']! }, world.server.clock),
      );

      assertTurnedAway(outcome);
    });
  });

  for (const [asked, isForced] of [
    [{ prompt: 'login' }, true],
    [{ max_age: '0' }, true],
    [{ prompt: 'select_account' }, false],
    [{}, false],
  ] as const)
    it(`${isForced ? 'ask' : 'do not ask'} for a fresh sign-in when asked for ${JSON.stringify(asked)}`, async () => {
      const { location } = await createBrowser().open(world.authorize(client, asked));

      assert.equal(/ ForceAuthn="true"/.test(readRequest(location!).xml), isForced);
    });

  it('refuse an answer to another sign-in', async () => {
    const [one, other] = [createBrowser(), createBrowser()];
    const stolen = await leave(one);
    const asked = await leave(other);

    const outcome = await comeBack(other, answer({ ...stolen, state: asked.state }, world.server.clock));

    assertTurnedAway(outcome);
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

      assertTurnedAway(outcome);
    });

  it('cannot come back by the way of another protocol, and can by their own after that', async () => {
    const browser = createBrowser();
    const asked = await leave(browser);
    const jar = browser.jar.map((cookie) => ({ ...cookie, path: '/' }));

    const outcome = await createBrowser(jar).open(
      `${world.base}/oauth2/idpresponse?code=x&state=${asked.state}`,
    );

    assert.deepEqual([outcome.status, outcome.location], [400, undefined]);
    const { location } = await comeBack(browser, answer(asked, world.server.clock));
    assert.ok(location?.searchParams.get('code'));
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

      assertTurnedAway(outcome);
      assert.equal(readings, before);
    });

    it('forget a key that is no longer published, six hours later', async () => {
      await signIn(from);
      publish(['next']);
      world.server.clock.pass(6 * 3600 + 1);

      assertTurnedAway(await signIn(from));
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

    for (const from of clients) assertTurnedAway(await createBrowser().open(world.authorize(from)));
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
