/**
 * SimpleSAMLphp, an identity provider that is not ours, with a pool and with a role: metadata read in both directions, its own pages, its own signatures.
 *
 * Nobody's metadata is written by hand: it reads what the pool publishes, and Cognate reads what it publishes.
 */
import assert from 'node:assert/strict';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { createFormBrowser, type VisitedPage } from '../support/clients/form-browser.ts';
import { trustOf } from '../support/identity-pool.ts';
import { claimsOf, makePool, type MadePool } from '../support/pool.ts';
import { onBoth, type Installation } from '../support/servers/installation.ts';
import {
  startSimpleSamlPhp,
  withSimpleSamlPhp,
  type SimpleSamlPhp,
} from '../support/servers/simplesamlphp.ts';

const CALLBACK = 'https://app.example.com/cb';
const ACCOUNT_ARN = 'arn:aws:iam::123456789012';
const ROLE = `${ACCOUNT_ARN}:role/people`;
const PROVIDER = `${ACCOUNT_ARN}:saml-provider/Simple`;
const ADA = { username: 'ada', password: 'lovelace' };

/** As AWS tells its users to configure SimpleSAMLphp, but for the address. */
const awsAt = (address: string): string => `
$metadata['urn:amazon:webservices'] = [
  'AssertionConsumerService' => '${address}',
  'authproc' => [
    50 => ['class' => 'core:AttributeAdd', 'https://aws.amazon.com/SAML/Attributes/Role' => ['${ROLE},${PROVIDER}']],
    51 => ['class' => 'core:AttributeCopy', 'uid' => 'https://aws.amazon.com/SAML/Attributes/RoleSessionName'],
  ],
];`;

withSimpleSamlPhp('SimpleSAMLphp', () =>
  onBoth((begin) => {
    let server: Installation;
    let pool: MadePool;
    let base: string;
    let upstream: SimpleSamlPhp;

    before(async function start() {
      // PHP starts, a key is made, and perhaps packages are installed.
      this.timeout(60_000);
      server = await begin();
      pool = await makePool(server);
      base = `${server.url}/${pool.UserPoolId}`;
      upstream = await startSimpleSamlPhp({
        people: {
          'ada:lovelace': { uid: 'ada', mail: 'ada@example.com', displayName: 'Ada & Co <x>' },
          'bob:builder': { uid: 'bob', mail: 'bob@example.com', displayName: 'Bob' },
        },
        parties: [await textAt(`${base}/saml2/metadata`)],
        remote: awsAt(`${server.url}/saml`),
      });
    });
    after(async () => {
      await upstream.stop();
      await server.close();
    });

    const textAt = async (address: string): Promise<string> => (await fetch(address)).text();
    const newBrowser = () => createFormBrowser((url) => url.href.startsWith(CALLBACK));

    /** Adds the provider to the pool. @returns the id of a client whose people may come by it */
    async function addProvider(
      ProviderName: string,
      ProviderDetails: Record<string, string>,
    ): Promise<string> {
      await pool.idp.createIdentityProvider({
        UserPoolId: pool.UserPoolId,
        ProviderName,
        ProviderType: 'SAML',
        ProviderDetails,
        AttributeMapping: { email: 'mail', name: 'displayName' },
      });
      const { UserPoolClient } = await pool.idp.createUserPoolClient({
        UserPoolId: pool.UserPoolId,
        ClientName: ProviderName,
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: ['openid', 'email', 'profile'],
        CallbackURLs: [CALLBACK],
        SupportedIdentityProviders: ['COGNITO', ProviderName],
      });
      return UserPoolClient!.ClientId!;
    }

    /** From our page to the page with the response that the provider has the browser post. */
    async function respond(client: string, name: string, as = ADA) {
      const browser = newBrowser();
      const query = {
        response_type: 'code',
        client_id: client,
        redirect_uri: CALLBACK,
        scope: 'openid email profile',
      };
      const page = await browser.visit(`${base}/oauth2/authorize?${new URLSearchParams(query).toString()}`);
      const [, way] = new RegExp(`href="([^"]*/with/${name})"`).exec(page.html) ?? [];
      assert.ok(way, page.html);
      const form = await browser.visit(new URL(way, page.url));
      assert.match(form.html, /Enter your username and password/, upstream.log());
      return { browser, response: await browser.submit(form, as) };
    }
    async function signIn(client: string, name: string, as = ADA): Promise<Record<string, unknown>> {
      const { browser, response } = await respond(client, name, as);
      const back = await browser.submit(response, { ...valuesIn(response) });
      assert.ok(back.url.href.startsWith(CALLBACK), `${back.status} ${back.html}`);
      const answer = await fetch(`${base}/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id: client,
          redirect_uri: CALLBACK,
          code: back.url.searchParams.get('code') ?? '',
        }),
      });
      const { id_token: token } = (await answer.json()) as { id_token: string };
      return claimsOf(token);
    }

    for (const [name, details] of [
      ['ByAddress', async () => ({ MetadataURL: upstream.entityId })],
      ['ByFile', async () => ({ MetadataFile: await textAt(upstream.entityId) })],
    ] as const)
      describe(`known ${name === 'ByFile' ? 'by a file' : 'by its address'}`, () => {
        let client: string;
        before(async () => {
          client = await addProvider(name, await details());
        });

        it('signs people in, whose attributes are mapped, and who are known again', async () => {
          const ada = await signIn(client, name);
          const bob = await signIn(client, name, { username: 'bob', password: 'builder' });
          const again = await signIn(client, name);

          assert.deepEqual(
            [ada['cognito:username'], ada['email'], ada['name'], ada['email_verified'] ?? false],
            [`${name}_ada`, 'ada@example.com', 'Ada & Co <x>', false],
          );
          assert.equal((ada['identities'] as { issuer: string }[])[0]!.issuer, upstream.entityId);
          assert.equal(again['sub'], ada['sub']);
          assert.notEqual(bob['sub'], ada['sub']);
        });

        it('signs nobody in by a response that was changed on the way', async () => {
          const { browser, response } = await respond(client, name);
          const changed = valuesIn(response);
          const xml = Buffer.from(changed.SAMLResponse, 'base64').toString('utf8');
          assert.ok(xml.includes('>ada<'));

          const outcome = await browser.submit(response, {
            ...changed,
            SAMLResponse: Buffer.from(xml.replaceAll('>ada<', '>bob<')).toString('base64'),
          });

          const { searchParams } = new URL(outcome.url);
          assert.equal(searchParams.get('error'), 'access_denied');
          assert.equal(searchParams.get('code'), null);
        });
      });

    it('gives people a role, once for each sign-in', async () => {
      const iam = new IAM(server.client);
      await iam.createSAMLProvider({ Name: 'Simple', SAMLMetadataDocument: await textAt(upstream.entityId) });
      await iam.createRole({
        RoleName: 'people',
        AssumeRolePolicyDocument: trustOf(
          { StringEquals: { 'saml:aud': `${server.url}/saml`, 'saml:sub': 'ada' } },
          PROVIDER,
          'sts:AssumeRoleWithSAML',
        ),
      });
      const anyone = new STS(
        server.clientAs({ accessKeyId: 'AKIANOBODY0000000000', secretAccessKey: 'nothing' }),
      );
      const trade = async (as: typeof ADA) => {
        const browser = newBrowser();
        const form = await browser.visit(upstream.beginAt('urn:amazon:webservices'));
        const { SAMLResponse: SAMLAssertion } = valuesIn(await browser.submit(form, as));
        const request = { RoleArn: ROLE, PrincipalArn: PROVIDER, SAMLAssertion };
        return { session: await anyone.assumeRoleWithSAML(request), request };
      };

      const { session, request } = await trade(ADA);

      const caller = await new STS(
        server.clientAs({
          accessKeyId: session.Credentials!.AccessKeyId!,
          secretAccessKey: session.Credentials!.SecretAccessKey!,
          sessionToken: session.Credentials!.SessionToken!,
        }),
      ).getCallerIdentity({});
      assert.equal(caller.Arn, 'arn:aws:sts::123456789012:assumed-role/people/ada');
      assert.deepEqual(
        [session.Subject, session.SubjectType, session.Issuer],
        ['ada', 'persistent', upstream.entityId],
      );
      await assert.rejects(anyone.assumeRoleWithSAML(request), {
        message: 'The SAML response was used before.',
      });
      await assert.rejects(trade({ username: 'bob', password: 'builder' }), { name: 'AccessDenied' });
    });
  }),
);

/** What the provider's page would post. */
function valuesIn({ html }: VisitedPage): { SAMLResponse: string; RelayState: string } {
  const value = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';
  const SAMLResponse = value('SAMLResponse');
  assert.notEqual(SAMLResponse, '', html);
  return { SAMLResponse, RelayState: value('RelayState') };
}
