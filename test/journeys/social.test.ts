/**
 * Google, Facebook and Login with Amazon: people whom they know sign in through the hosted page, and have an identity by their tokens alone.
 *
 * The providers stand in for themselves at loopback, as documented and strict; see oauth-upstreams.ts and hostile-op.ts.
 */
import assert from 'node:assert/strict';
import { STS } from '@aws-sdk/client-sts';
import { claimsOf, createBrowser, createWorldOn, type WorldOn } from '../api/oidc/world.ts';
import { CLIENT, startOpenIdProvider, type HostileOp } from '../support/hostile-op.ts';
import {
  createIdentityWorld,
  ofIdentityPool,
  trustOf,
  type IdentityWorld,
} from '../support/identity-pool.ts';
import { onBoth, type Installation } from '../support/servers/installation.ts';
import {
  APP,
  PERSON,
  startAmazon,
  startFacebook,
  type OAuthUpstream,
} from '../support/upstreams/oauth-upstreams.ts';

const LOGINS = {
  Google: 'accounts.google.com',
  Facebook: 'graph.facebook.com',
  LoginWithAmazon: 'www.amazon.com',
} as const;
type ProviderType = keyof typeof LOGINS;

/** One of them, as a person's browser and an application meet it. */
interface Known {
  readonly application: { readonly id: string; readonly secret: string };
  readonly scopes: string;
  readonly subject: string;
  /** Where it sends the browser of who agrees. */
  visit(address: string): Promise<URL>;
  /** A token of the person, as our application shows it. */
  tokenOf(): Promise<string>;
}

describe('people of social providers', () =>
  onBoth((start) => {
    let google: HostileOp;
    let facebook: OAuthUpstream;
    let amazon: OAuthUpstream;
    let known: Readonly<Record<ProviderType, Known>>;
    let world: WorldOn<Installation>;
    let identities: IdentityWorld;
    let IdentityPoolId: string;

    before(async () => {
      [google, facebook, amazon] = await Promise.all([startOpenIdProvider(), startFacebook(), startAmazon()]);
      known = knownAt({ google, facebook, amazon });
      const server = await start({
        standIns: {
          'https://accounts.google.com': google.issuer,
          'https://www.facebook.com': facebook.url,
          'https://graph.facebook.com': facebook.url,
          'https://www.amazon.com': amazon.url,
          'https://api.amazon.com': amazon.url,
        },
      });
      world = await createWorldOn(server);
      for (const upstream of [facebook, amazon]) upstream.register(`${world.base}/oauth2/idpresponse`);
      for (const type of Object.keys(LOGINS) as ProviderType[]) await addProvider(type);
      identities = await createIdentityWorld(server);
      IdentityPoolId = await identities.makePool({
        SupportedLoginProviders: {
          [LOGINS.Google]: CLIENT.id,
          [LOGINS.Facebook]: APP.id,
          [LOGINS.LoginWithAmazon]: APP.id,
        },
      });
      const authenticated = await identities.makeRole(trustOf(ofIdentityPool(IdentityPoolId)));
      await identities.identity.setIdentityPoolRoles({ IdentityPoolId, Roles: { authenticated } });
    });
    after(async () => {
      await world.close();
      google.close();
      await Promise.all([facebook.close(), amazon.close()]);
    });

    const addProvider = (type: ProviderType) =>
      world.userPools.createIdentityProvider({
        UserPoolId: world.poolId,
        ProviderName: type,
        ProviderType: type,
        ProviderDetails: {
          client_id: known[type].application.id,
          client_secret: known[type].application.secret,
          authorize_scopes: known[type].scopes,
        },
        AttributeMapping: { email: 'email' },
      });

    for (const type of Object.keys(LOGINS) as ProviderType[]) {
      it(`sign in through ${type}, and are known again`, async () => {
        const client = await world.addClient({ SupportedIdentityProviders: [type] });
        const signIn = async () => {
          const browser = createBrowser();
          const { location } = await browser.open(world.authorize(client, { identity_provider: type }));
          const back = await browser.open(await known[type].visit(location!.href));
          return claimsOf((await world.redeem(client, back.location)).id_token);
        };

        const [first, again] = [await signIn(), await signIn()];

        assert.equal(first['cognito:username'], `${type}_${known[type].subject}`);
        assert.equal(again['sub'], first['sub']);
      });

      it(`have one identity, and credentials of its role, by a token of ${LOGINS[type]}`, async () => {
        const Logins = { [LOGINS[type]]: await known[type].tokenOf() };
        const { IdentityId, credentials } = await identities.identify(IdentityPoolId, Logins);

        const again = await identities.identity.getId({
          IdentityPoolId,
          Logins: { [LOGINS[type]]: await known[type].tokenOf() },
        });
        const caller = new STS(world.server.clientAs(credentials));
        assert.equal(again.IdentityId, IdentityId);
        assert.match((await caller.getCallerIdentity({})).Arn!, /CognitoIdentityCredentials$/);
      });
    }
  }));

function knownAt(at: {
  google: HostileOp;
  facebook: OAuthUpstream;
  amazon: OAuthUpstream;
}): Readonly<Record<ProviderType, Known>> {
  const byOAuth = (upstream: OAuthUpstream, scopes: string): Known => ({
    application: APP,
    scopes,
    subject: PERSON.id,
    visit: (address) => upstream.visit(address),
    tokenOf: async () => upstream.tokenOf(),
  });
  return {
    Google: {
      application: CLIENT,
      scopes: 'openid email',
      subject: 'subject-1',
      visit: async (address) => at.google.visit(address),
      tokenOf: () => at.google.idToken(),
    },
    Facebook: byOAuth(at.facebook, 'public_profile,email'),
    LoginWithAmazon: byOAuth(at.amazon, 'profile'),
  };
}
