/**
 * The largest SAML documents of the smallest parts: reading and verifying them blocks nobody.
 *
 * The server runs in a thread of its own, whose work is measured (support/probed-server.ts). A sign-in is
 * begun for each response, because none is read without. Responses come signed by a stranger, who needs no
 * more than to begin a sign-in, and signed by the provider.
 */
import assert from 'node:assert/strict';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { IAM } from '@aws-sdk/client-iam';
import { createBrowser } from '../api/oidc/world.ts';
import { startProbed, type ProbedServer } from '../support/probed-server.ts';
import { metadataOf, readRequest, signedXml, type Asked } from '../support/saml-idp.ts';
import { clientsOf } from '../support/server.ts';

const MOST_MS = 100;
const MOST_GROWTH = 50 * 1024 * 1024;
const TRIES = 3;
const APP = 'https://app.example.com/cb';
const clock = { now: () => new Date() };

const times = (count: number, part: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => part(at)).join('');
const ONE = '<saml:Attribute Name="a"><saml:AttributeValue>b</saml:AttributeValue></saml:Attribute>';
/** With another signature: a few of its bits differ. */
const doctored = (xml: string): string =>
  xml.replace(/(?<=SignatureValue>)./, (sign) => (sign === 'A' ? 'B' : 'A'));
/** What stands in the AttributeStatement. */
const STATEMENTS: Readonly<Record<string, string>> = {
  'many small elements with attributes': times(1900, () => '<saml:Attribute a="1" b="2"/>'),
  'many namespaces': times(1900, (at) => `<x xmlns="urn:${at}"/>`),
  'many ids': times(1900, (at) => `<x ID="_${at}"/>`),
  'elements of many attributes': times(60, () => `<x ${times(60, (at) => `a${at}="" `)}/>`),
  'elements as deep as may be': times(30, () => `${'<x>'.repeat(55)}${'</x>'.repeat(55)}`),
  'many values of one attribute': `<saml:Attribute Name="groups">${times(1800, (at) => `<saml:AttributeValue>${at}</saml:AttributeValue>`)}</saml:Attribute>`,
  'many entities': ONE.replace('>b<', `>${'&amp;'.repeat(3900)}<`),
  'a long text': ONE.replace('>b<', `>${'é&#10;'.repeat(3900)}${'a'.repeat(150_000)}<`),
};

describe('the largest SAML documents', function () {
  this.timeout(120_000); // A good hundred responses, each of which takes up to half a second of another thread.
  let server: ProbedServer;
  let clients: ReturnType<typeof clientsOf>;
  let poolId: string;
  let authorize: string;
  let provider: string;
  let role: string;

  before(async () => {
    server = await startProbed();
    clients = clientsOf(server.url, clock);
    const idp = new CognitoIdentityProvider(clients.client);
    poolId = (await idp.createUserPool({ PoolName: 'p' })).UserPool!.Id!;
    await idp.createIdentityProvider({
      UserPoolId: poolId,
      ProviderName: 'Corp',
      ProviderType: 'SAML',
      ProviderDetails: { MetadataFile: metadataOf() },
    });
    const { UserPoolClient } = await idp.createUserPoolClient({
      UserPoolId: poolId,
      ClientName: 'app',
      SupportedIdentityProviders: ['Corp'],
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid'],
      CallbackURLs: [APP],
    });
    const query = new URLSearchParams({
      client_id: UserPoolClient!.ClientId!,
      redirect_uri: APP,
      response_type: 'code',
      scope: 'openid',
      identity_provider: 'Corp',
    });
    authorize = `${server.url}/${poolId}/oauth2/authorize?${query.toString()}`;
    const iam = new IAM(clients.client);
    const made = await iam.createSAMLProvider({ Name: 'Corp', SAMLMetadataDocument: metadataOf() });
    provider = made.SAMLProviderArn!;
    const { Role } = await iam.createRole({
      RoleName: 'r',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Federated: provider }, Action: 'sts:AssumeRoleWithSAML' },
        ],
      }),
    });
    role = Role!.Arn!;
  });
  after(() => server.close());

  async function assertCheap(title: string, ask: () => Promise<unknown>): Promise<void> {
    let worst = { lag: Infinity, growth: Infinity };
    for (let at = 0; at < TRIES && (worst.lag > MOST_MS || worst.growth > MOST_GROWTH); at += 1) {
      const start = await server.read();
      await ask();
      const { lag, all } = await server.read();
      worst = { lag: Math.min(worst.lag, lag), growth: Math.min(worst.growth, all - start.all) };
    }
    assert.ok(worst.lag <= MOST_MS, `${title} blocks the process for ${Math.round(worst.lag)} ms`);
    assert.ok(worst.growth <= MOST_GROWTH, `${title} leaves ${Math.round(worst.growth / 1024)} KiB behind`);
  }

  /** A response with that statement: as the provider signs it, and as a stranger does. */
  const responsesWith = (asked: Asked, statement: string): readonly string[] =>
    [{}, { tampered: doctored }].map((more) =>
      Buffer.from(signedXml(asked, clock, { attributes: statement, ...more })).toString('base64'),
    );

  for (const [title, statement] of Object.entries(STATEMENTS)) {
    it(`are cheap at a sign-in: ${title}`, async () => {
      const began = await createBrowser().open(authorize);
      for (const [at] of responsesWith(readRequest(began.location!), statement).entries()) {
        await assertCheap(title, async () => {
          const browser = createBrowser();
          const { location } = await browser.open(authorize);
          const asked = readRequest(location!);
          const SAMLResponse = responsesWith(asked, statement)[at]!;
          const posted = await fetch(`${server.url}/${poolId}/saml2/idpresponse`, {
            method: 'POST',
            body: new URLSearchParams({ SAMLResponse, RelayState: asked.state }),
            redirect: 'manual',
          });
          assert.equal(posted.status, 303, await posted.clone().text());
          const page = await browser.open(new URL(posted.headers.get('location')!, server.url));
          // It was read: the application is told of a code, or of a refusal.
          const answered = page.location?.searchParams;
          assert.ok(answered?.has('code') || answered?.has('error'), page.html.slice(0, 500));
        });
      }
    });
    it(`are cheap at AssumeRoleWithSAML: ${title}`, async () => {
      const asked = {
        request: '',
        recipient: `${server.url}/saml`,
        audience: 'urn:amazon:webservices',
        state: '',
      };
      for (const response of responsesWith(asked, statement))
        await assertCheap(title, async () => {
          const { status } = await fetch(server.url, {
            method: 'POST',
            body: new URLSearchParams({
              Action: 'AssumeRoleWithSAML',
              Version: '2011-06-15',
              RoleArn: role,
              PrincipalArn: provider,
              SAMLAssertion: response.slice(0, 100_000),
            }),
          });
          assert.equal(Math.floor(status / 100), 4);
        });
    });
  }

  it('are cheap as metadata of a provider', async () => {
    const many = metadataOf().replace(
      '<md:IDPSSODescriptor ',
      `<md:Extensions>${times(9000, () => '<x a="" b=""/>')}</md:Extensions><md:IDPSSODescriptor `,
    );
    let made = 0;
    await assertCheap('CreateSAMLProvider', async () => {
      await new IAM(clients.client).createSAMLProvider({
        Name: `Other-${(made += 1)}`,
        SAMLMetadataDocument: many,
      });
    });
    await assertCheap('CreateIdentityProvider', async () => {
      await new CognitoIdentityProvider(clients.client).createIdentityProvider({
        UserPoolId: poolId,
        ProviderName: `Other-${(made += 1)}`,
        ProviderType: 'SAML',
        ProviderDetails: { MetadataFile: many },
      });
    });
  });
});
