/**
 * SAML identity providers as they are configured: what of their metadata is shown, and what is refused at once.
 *
 * Source: Cognito API reference, CreateIdentityProvider (ProviderDetails); SAML 2.0 Metadata.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { metadataOf, replaced } from '../../../support/saml/saml-idp.ts';
import { makePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('SAML identity providers', () => {
  let server: TestServer;
  let idp: CognitoIdentityProvider;
  let UserPoolId: string;

  before(async () => {
    server = await startServer();
    ({ idp, UserPoolId } = await makePool(server));
  });
  after(() => server.close());

  const addProvider = (ProviderName: string, ProviderDetails: Record<string, string>) =>
    idp.createIdentityProvider({ UserPoolId, ProviderName, ProviderType: 'SAML', ProviderDetails });

  it('CreateIdentityProvider: shows where the provider signs people in and out', async () => {
    const { IdentityProvider } = await idp.createIdentityProvider({
      UserPoolId,
      ProviderName: 'Shown',
      ProviderType: 'SAML',
      ProviderDetails: {
        MetadataFile: metadataOf(),
        SSORedirectBindingURI: 'https://evil.example/',
        IDPSignout: 'false',
      },
    });

    const { IdentityProvider: described } = await idp.describeIdentityProvider({
      UserPoolId,
      ProviderName: 'Shown',
    });

    assert.deepEqual(described, IdentityProvider);
    assert.equal(described?.ProviderDetails?.['SSORedirectBindingURI'], 'https://idp.example.com/sso');
    assert.equal(described?.ProviderDetails?.['SLORedirectBindingURI'], 'https://idp.example.com/slo');
  });

  const good = metadataOf();
  const without = (pattern: RegExp): string => replaced(pattern, '')(good);
  const role = /<md:IDPSSODescriptor[\s\S]*<\/md:IDPSSODescriptor>/;
  const entity = /<md:EntityDescriptor[\s\S]*<\/md:EntityDescriptor>/.exec(good)?.[0] ?? '';
  const aggregate = (inside: string): string =>
    `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${inside}</md:EntitiesDescriptor>`;
  const refusals: Readonly<Record<string, readonly [Record<string, string>, RegExp]>> = {
    'no metadata': [{}, /MetadataFile or MetadataURL/],
    'two metadata': [
      { MetadataFile: good, MetadataURL: 'https://idp.example.com/' },
      /MetadataFile or MetadataURL/,
    ],
    'metadata that is no XML': [{ MetadataFile: 'x' }, /refused/],
    'a DOCTYPE': [{ MetadataFile: `<!DOCTYPE x>${entity}` }, /DOCTYPE/],
    'no identity provider': [{ MetadataFile: without(role) }, /no SAML 2.0 identity provider/],
    'two identity providers': [{ MetadataFile: aggregate(entity + entity) }, /more than one/],
    'no certificate': [
      { MetadataFile: without(/<md:KeyDescriptor[\s\S]*<\/md:KeyDescriptor>/) },
      /signing certificate/,
    ],
    'a certificate for encryption alone': [
      { MetadataFile: metadataOf({ use: ' use="encryption"' }) },
      /signing certificate/,
    ],
    'a weak key': [{ MetadataFile: metadataOf({ keys: ['weak'] }) }, /2048/],
    'no certificate but a text': [
      { MetadataFile: replaced(/(?<=<ds:X509Certificate>)[^<]+/, 'AAAA')(good) },
      /cannot be read/,
    ],
    'no entityID': [{ MetadataFile: without(/ entityID="[^"]*"/) }, /entityID/],
    'no sign-in that a browser can be sent to': [
      { MetadataFile: without(/<md:SingleSignOnService[\s\S]*HTTP-Redirect[^>]*>/) },
      /HTTP-Redirect or HTTP-POST/,
    ],
    'a sign-in that is a script': [
      { MetadataFile: metadataOf({ signIn: 'javascript:alert(1)' }) },
      /no address/,
    ],
    'metadata that is no longer valid': [
      { MetadataFile: replaced(' entityID', ' validUntil="2020-01-01T00:00:00Z" entityID')(good) },
      /no longer valid/,
    ],
    'an address that must not be asked': [
      { MetadataURL: 'https://169.254.169.254/latest' },
      /cannot be reached: the address is private, or not https/,
    ],
    'an address at which nothing listens': [
      { MetadataURL: 'http://127.0.0.1:1/metadata' },
      /cannot be reached: nothing listens there/,
    ],
    'a name that leads nowhere': [
      { MetadataURL: 'https://nobody.invalid/metadata' },
      /cannot be reached: its name/,
    ],
    'sign-in that the provider begins': [{ MetadataFile: good, IDPInit: 'true' }, /IDPInit is not supported/],
    'sign-out at the provider': [{ MetadataFile: good, IDPSignout: 'true' }, /IDPSignout is not supported/],
    encryption: [{ MetadataFile: good, EncryptedResponses: 'true' }, /EncryptedResponses is not supported/],
    'signed requests': [
      { MetadataFile: good, RequestSigningAlgorithm: 'rsa-sha256' },
      /RequestSigningAlgorithm is not supported/,
    ],
    'a detail that is not known': [{ MetadataFile: good, Metadata: 'x' }, /Unknown/],
  };
  for (const [title, [details, message]] of Object.entries(refusals)) {
    it(`cannot be configured with ${title}`, async () => {
      await assert.rejects(addProvider('Refused', details), { name: 'InvalidParameterException', message });
    });
  }

  it('cannot be configured with an address that answers otherwise than with metadata', async () => {
    const elsewhere = createServer((_request, response) => response.writeHead(503).end());
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const MetadataURL = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;

    await assert.rejects(addProvider('Refused', { MetadataURL }), {
      name: 'InvalidParameterException',
      message: 'The provider cannot be reached: it answers with status 503',
    });
    elsewhere.close();
  });

  it('can be configured with an aggregate in which one can be meant', async () => {
    const other = replaced(role, '<md:SPSSODescriptor/>')(entity);

    await addProvider('Aggregate', { MetadataFile: aggregate(other + entity) });

    const { IdentityProvider } = await idp.describeIdentityProvider({
      UserPoolId,
      ProviderName: 'Aggregate',
    });
    assert.equal(IdentityProvider?.ProviderDetails?.['SSORedirectBindingURI'], 'https://idp.example.com/sso');
  });
});
