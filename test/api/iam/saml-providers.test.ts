/**
 * SAML providers of IAM: what may be made known, and what is refused because it could not be kept to.
 *
 * Source: IAM API reference, CreateSAMLProvider.
 */
import assert from 'node:assert/strict';
import { metadataOf, replaced } from '../../support/saml/saml-idp.ts';
import { ACCOUNT_ARN, createSamlRoles, type SamlRoles } from '../../support/saml/saml-roles.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

describe('SAML providers of the account', () => {
  let server: TestServer;
  let world: SamlRoles;

  before(async () => {
    server = await startServer();
    world = await createSamlRoles(server);
  });
  after(() => server.close());

  it('CreateSAMLProvider: lets the assertions of a provider be traded by AssumeRoleWithSAML', async () => {
    const Name = 'Corp.Example_1-a';
    const before = world.assertion('x', `${ACCOUNT_ARN}:saml-provider/${Name}`);
    await assert.rejects(
      world.trade(`${ACCOUNT_ARN}:role/x`, `${ACCOUNT_ARN}:saml-provider/${Name}`, { SAMLAssertion: before }),
      { name: 'InvalidIdentityTokenException', message: "Specified provider doesn't exist." },
    );

    const made = await world.iam.createSAMLProvider({
      Name,
      SAMLMetadataDocument: metadataOf(),
      Tags: [{ Key: 'team', Value: 'a' }],
    });

    assert.equal(made.SAMLProviderArn, `${ACCOUNT_ARN}:saml-provider/${Name}`);
    assert.deepEqual(made.Tags, [{ Key: 'team', Value: 'a' }]);
    const role = await world.makeRole(made.SAMLProviderArn);
    const { Credentials } = await world.sts.assumeRoleWithSAML({
      RoleArn: role,
      PrincipalArn: made.SAMLProviderArn,
      SAMLAssertion: world.assertion(role, made.SAMLProviderArn),
    });
    assert.ok(Credentials);
    await assert.rejects(world.iam.createSAMLProvider({ Name, SAMLMetadataDocument: metadataOf() }), {
      name: 'EntityAlreadyExistsException',
    });
  });

  it('gives one name to one provider, of a hundred who ask at once', async () => {
    const asked = await Promise.allSettled(
      Array.from({ length: 100 }, () =>
        world.iam.createSAMLProvider({ Name: 'wanted', SAMLMetadataDocument: metadataOf() }),
      ),
    );

    assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  for (const [title, SAMLMetadataDocument] of Object.entries({
    'is no XML': 'x'.repeat(1000),
    'is of no identity provider': `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x">${'<!-- -->'.repeat(200)}</EntityDescriptor>`,
    'has a document type': `<!DOCTYPE x>${metadataOf()}`,
    'has no key that is strong enough': metadataOf({ keys: ['weak'] }),
    'is larger than a mebibyte': replaced(
      '</md:EntityDescriptor>',
      `${' '.repeat(1024 * 1024)}</md:EntityDescriptor>`,
    )(metadataOf()),
  }))
    it(`are refused when their metadata ${title}`, async () => {
      await assert.rejects(world.iam.createSAMLProvider({ Name: 'Nonsense', SAMLMetadataDocument }), {
        name: 'InvalidInputException',
        message: /^Could not parse metadata: /,
      });
    });

  for (const more of [
    { AssertionEncryptionMode: 'Allowed' },
    { AssertionEncryptionMode: 'Required' },
    { AddPrivateKey: 'a key' },
  ] as const)
    it(`are refused when assertions are to be encrypted (${Object.values(more).join('')})`, async () => {
      await assert.rejects(
        world.iam.createSAMLProvider({ Name: 'Encrypting', SAMLMetadataDocument: metadataOf(), ...more }),
        { name: 'InvalidInputException', message: /is not supported: assertions must come unencrypted/ },
      );
    });

  it('may have metadata of half a mebibyte, and no other call does', async () => {
    const padding = replaced('</md:EntityDescriptor>', `${' '.repeat(512 * 1024)}</md:EntityDescriptor>`);

    assert.ok(await world.makeProvider(padding(metadataOf())));
    await assert.rejects(
      world.iam.createRole({ RoleName: 'x', AssumeRolePolicyDocument: ' '.repeat(512 * 1024) }),
      (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode === 413,
    );
  });
});
