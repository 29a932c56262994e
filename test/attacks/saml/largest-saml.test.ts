/**
 * The largest SAML documents of the smallest parts: reading and verifying them blocks nobody.
 *
 * The server runs in a thread of its own, whose work is measured (support/servers/probed-server.ts). A sign-in is
 * begun for each response, because none is read without. Responses come signed by a stranger, who needs no
 * more than to begin a sign-in, and signed by the provider.
 */
import assert from 'node:assert/strict';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { IAM } from '@aws-sdk/client-iam';
import { createBrowser } from '../../api/oidc/world.ts';
import { startProbed, type ProbedServer } from '../../support/servers/probed-server.ts';
import {
  metadataOf,
  readRequest,
  signedXml,
  type Asked,
  type Misdeeds,
} from '../../support/saml/saml-idp.ts';
import { clientsOf } from '../../support/servers/server.ts';

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
/** What AssumeRoleWithSAML takes, in base64. */
const MOST_AT_STS = 100_000;
/** In bytes of XML; a form of 256 KiB holds no more in base64. */
const ROOM = { signIn: 180_000, sts: 68_000 };
/** What stands in the AttributeStatement: no more bytes than there is room for. */
const STATEMENTS: Readonly<Record<string, (room: number) => string>> = {
  'many small elements with attributes': () => times(1900, () => '<saml:Attribute a="1" b="2"/>'),
  'many namespaces': () => times(1900, (at) => `<x xmlns="urn:${at}"/>`),
  'many ids': () => times(1900, (at) => `<x ID="_${at}"/>`),
  'elements of many attributes': () => times(60, () => `<x ${times(60, (at) => `a${at}="" `)}/>`),
  'elements as deep as may be': () => times(30, () => `${'<x>'.repeat(55)}${'</x>'.repeat(55)}`),
  'many values of one attribute': (room) =>
    `<saml:Attribute Name="groups">${times(Math.min(1800, Math.floor(room / 52)), (at) => `<saml:AttributeValue>${at}</saml:AttributeValue>`)}</saml:Attribute>`,
  'many entities': () => ONE.replace('>b<', `>${'&amp;'.repeat(3900)}<`),
  'many CDATA sections': () => ONE.replace('>b<', `>${'<![CDATA[a]]>b'.repeat(3900)}<`),
  'a long text': (room) => ONE.replace('>b<', `>${'é&#10;'.repeat(3900)}${'a'.repeat(room - 40_000)}<`),
};
/** As the provider signs it, and as a stranger does. */
const SIGNERS: Readonly<Record<string, Misdeeds>> = {
  'the provider': {},
  'a stranger': { tampered: doctored },
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

  const responseWith = (asked: Asked, attributes: string, signer: Misdeeds): string =>
    Buffer.from(signedXml(asked, clock, { attributes, ...signer })).toString('base64');

  /** Begins a sign-in, and brings the response that `respond` makes to its end. @returns the error, if one */
  async function signIn(respond: (asked: Asked) => string): Promise<string | null> {
    const browser = createBrowser();
    const { location } = await browser.open(authorize);
    const asked = readRequest(location!);
    const posted = await fetch(`${server.url}/${poolId}/saml2/idpresponse`, {
      method: 'POST',
      body: new URLSearchParams({ SAMLResponse: respond(asked), RelayState: asked.state }),
      redirect: 'manual',
    });
    assert.equal(posted.status, 303, await posted.clone().text());
    const page = await browser.open(new URL(posted.headers.get('location')!, server.url));
    // It was read: the application is told of a code, or of a refusal.
    const answered = page.location?.searchParams ?? new URLSearchParams();
    assert.ok(answered.has('code') || answered.has('error'), page.html.slice(0, 500));
    return answered.get('error');
  }

  for (const [title, statement] of Object.entries(STATEMENTS)) {
    it(`are cheap at a sign-in: ${title}`, async () => {
      for (const signer of Object.values(SIGNERS))
        await assertCheap(title, () =>
          signIn((asked) => responseWith(asked, statement(ROOM.signIn), signer)),
        );
    });
    it(`are cheap at AssumeRoleWithSAML: ${title}`, async () => {
      const asked = {
        request: '',
        recipient: `${server.url}/saml`,
        audience: 'urn:amazon:webservices',
        state: '',
      };
      for (const [who, signer] of Object.entries(SIGNERS)) {
        const SAMLAssertion = responseWith(asked, statement(ROOM.sts), signer);
        assert.ok(SAMLAssertion.length <= MOST_AT_STS, `${title}: ${SAMLAssertion.length}`);
        await assertCheap(title, async () => {
          const answer = await fetch(server.url, {
            method: 'POST',
            body: new URLSearchParams({
              Action: 'AssumeRoleWithSAML',
              Version: '2011-06-15',
              RoleArn: role,
              PrincipalArn: provider,
              SAMLAssertion,
            }),
          });
          const text = await answer.text();
          assert.equal(Math.floor(answer.status / 100), 4, text);
          // Only the last step of reading says so: nothing before it has refused the document.
          assert.equal(text.includes('its signature does not hold'), who === 'a stranger', text);
        });
      }
    });
  }

  it('are cheap at a sign-in: base64 that is mostly white space', async () => {
    for (const respond of [() => `${'A\n'.repeat(60_000)}=`, () => '\n'.repeat(80_000)])
      await assertCheap('white space', async () => assert.notEqual(await signIn(respond), null));
  });
  it('are cheap as metadata of a provider', async () => {
    let made = 0;
    // Nearly as many elements as there may be, with a text in each; a pool takes 128 KiB of metadata.
    const withMany = (count: number, part: string): string =>
      // Another each time: what was read before is known by its text.
      metadataOf({ entityId: `https://idp.example.com/${(made += 1)}` }).replace(
        '<md:IDPSSODescriptor ',
        `<md:Extensions>${times(count, () => part)}</md:Extensions><md:IDPSSODescriptor `,
      );
    await assertCheap('CreateSAMLProvider', async () => {
      await new IAM(clients.client).createSAMLProvider({
        Name: `Other-${(made += 1)}`,
        SAMLMetadataDocument: withMany(9950, `<x a='1' b='2'>${' '.repeat(70)}</x>\n`),
      });
    });
    await assertCheap('CreateIdentityProvider', async () => {
      await new CognitoIdentityProvider(clients.client).createIdentityProvider({
        UserPoolId: poolId,
        ProviderName: `Other-${(made += 1)}`,
        ProviderType: 'SAML',
        ProviderDetails: { MetadataFile: withMany(9000, `<x a=''> </x>`) },
      });
    });
  });
});
