/**
 * Facebook and Login with Amazon as a person meets them: chosen on the hosted page, agreed to there, back here.
 *
 * Sources: Cognito developer guide, "Using social identity providers"; CreateIdentityProvider, ProviderDetails.
 */
import assert from 'node:assert/strict';
import { APP, PERSON, type OAuthUpstream } from '../../../support/upstreams/oauth-upstreams.ts';
import type { TestServer } from '../../../support/servers/server.ts';
import { startSocialServer, type SocialServer } from '../../../support/upstreams/social.ts';
import { claimsOf, createBrowser, createWorldOn, type WorldOn } from '../world.ts';

describe('Facebook and Login with Amazon through the hosted page', () => {
  let social: SocialServer;
  let world: WorldOn<TestServer>;
  before(async () => {
    social = await startSocialServer();
    world = await createWorldOn(social.server);
    for (const upstream of [social.facebook, social.amazon])
      upstream.register(`${world.base}/oauth2/idpresponse`);
    for (const [ProviderType, scopes] of [
      ['Facebook', 'public_profile, email'],
      ['LoginWithAmazon', 'profile postal_code'],
    ] as const)
      await world.userPools.createIdentityProvider({
        UserPoolId: world.poolId,
        ProviderName: ProviderType,
        ProviderType,
        ProviderDetails: { client_id: APP.id, client_secret: APP.secret, authorize_scopes: scopes },
        AttributeMapping: { email: 'email', name: 'name' },
      });
  });

  beforeEach(() => {
    social.facebook.deny(false);
    social.amazon.deny(false);
  });
  after(() => social.close());

  const upstreamOf = (type: string): OAuthUpstream => (type === 'Facebook' ? social.facebook : social.amazon);
  const addClient = (type: string) => world.addClient({ SupportedIdentityProviders: ['COGNITO', type] });
  /** From our page to the provider, and what the provider sends the browser back with. */
  async function visitUpstream(type: string, browser = createBrowser()) {
    const client = await addClient(type);
    const page = await browser.open(world.authorize(client, { scope: 'openid email' }));
    const [, way] = new RegExp(`href="([^"]*/with/${type})"`).exec(page.html) ?? [];
    assert.ok(way, page.html);
    const { location } = await browser.open(new URL(way, page.url));
    return { client, browser, back: await upstreamOf(type).visit(location!.href) };
  }

  for (const type of ['Facebook', 'LoginWithAmazon']) {
    it(`${type} signs a person in, who is known again by the provider's id`, async () => {
      const names: unknown[] = [];
      for (let time = 0; time < 2; time += 1) {
        const { client, browser, back } = await visitUpstream(type);
        const { location } = await browser.open(back);
        const claims = claimsOf((await world.redeem(client, location)).id_token);
        names.push(claims['cognito:username']);
        assert.equal(claims['email'], PERSON.email);
        // Neither says whether an address is verified.
        assert.notEqual(claims['email_verified'], true);
      }

      assert.deepEqual(names, Array(2).fill(`${type}_${PERSON.id}`));
    });

    it(`${type} signs nobody in who does not agree`, async () => {
      upstreamOf(type).deny();
      const { browser, back } = await visitUpstream(type);

      const page = await browser.open(back);

      assert.equal(page.location?.searchParams.get('error'), 'access_denied');
    });

    it(`${type} signs nobody in by what was meant for another browser, or twice`, async () => {
      const { browser, back } = await visitUpstream(type);

      const stranger = await createBrowser().open(back);
      await browser.open(back);
      const again = await browser.open(back);

      assert.deepEqual([stranger.status, again.status], [400, 400]);
    });
  }

  it('take a code of one provider at the other for what it is', async () => {
    const left = await visitUpstream('Facebook');
    const arrived = await visitUpstream('LoginWithAmazon');
    const mixed = new URL(left.back);
    mixed.searchParams.set('code', arrived.back.searchParams.get('code')!);

    const page = await left.browser.open(mixed);

    assert.equal(page.location?.searchParams.get('error'), 'access_denied');
  });

  it('are described with the addresses that they have', async () => {
    const describe = async (ProviderName: string) =>
      (await world.userPools.describeIdentityProvider({ UserPoolId: world.poolId, ProviderName }))
        .IdentityProvider!.ProviderDetails!;

    const [ofFacebook, ofAmazon] = [await describe('Facebook'), await describe('LoginWithAmazon')];

    assert.equal(ofFacebook['token_url'], 'https://graph.facebook.com/v17.0/oauth/access_token');
    assert.equal(ofAmazon['attributes_url'], 'https://api.amazon.com/user/profile');
  });

  it('are of one name a type, and complete', async () => {
    const create = (ProviderName: string, ProviderDetails: Record<string, string>) =>
      world.userPools.createIdentityProvider({
        UserPoolId: world.poolId,
        ProviderName,
        ProviderType: 'Facebook',
        ProviderDetails,
      });
    const details = { client_id: APP.id, client_secret: APP.secret, authorize_scopes: 'email' };

    for (const [name, given] of [
      ['Meta', details],
      ['Facebook', { client_id: APP.id }],
      ['Facebook', { ...details, api_version: 'v1/../../me' }],
    ] as const)
      await assert.rejects(create(name, given), { name: 'InvalidParameterException' });
  });
});
