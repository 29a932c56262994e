/**
 * Assertions that are not for us, not for that role, not believed any more, or doctored: nobody gets credentials by them.
 *
 * What breaks a response as such is tried in saml.test.ts and saml-semantics.test.ts; here it is what only trading one for a role adds, and that trading passes the same checks.
 */
import assert from 'node:assert/strict';
import { ENTITY_ID, metadataOf, replaced, type Misdeeds } from '../../support/saml/saml-idp.ts';
import { AWS_AUDIENCE, createSamlRoles, type SamlRoles, type Speech } from '../../support/saml/saml-roles.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { makePool } from '../../support/pool.ts';

const SIGN_IN_AT_AWS = 'https://signin.aws.amazon.com/saml';

describe('an assertion that is shown for a role', () => {
  let server: TestServer;
  let world: SamlRoles;
  let provider: string;
  let role: string;

  before(async () => {
    server = await startServer();
    world = await createSamlRoles(server);
    provider = await world.makeProvider();
    role = await world.makeRole(provider);
  });
  after(() => server.close());

  const trade = (speech: Speech, more: { PrincipalArn?: string; RoleArn?: string } = {}) =>
    world.trade(role, provider, { SAMLAssertion: world.assertion(role, provider, speech), ...more });
  const at = (seconds: number): string =>
    new Date(server.clock.now().getTime() + seconds * 1000).toISOString();

  it('opens it when it is honest, whatever of it is signed', async () => {
    for (const signs of [['assertion'], ['response'], ['assertion', 'response']] as const)
      assert.ok((await trade({ signs })).Credentials);
  });

  const sha1 = 'http://www.w3.org/2000/09/xmldsig#';
  const doctored: Readonly<Record<string, () => Speech>> = {
    'is for another audience': () => ({ audience: 'urn:other' }),
    'is for an audience that begins like ours': () => ({ audience: `${AWS_AUDIENCE}:x` }),
    'was sent elsewhere': () => ({ recipient: 'https://other.example/saml' }),
    'was sent to AWS': () => ({ recipient: SIGN_IN_AT_AWS }),
    'was sent to AWS, and is for it': () => ({ recipient: SIGN_IN_AT_AWS, audience: SIGN_IN_AT_AWS }),
    'was sent to a page of ours': () => ({ recipient: `${server.url}/` }),
    'confirms for elsewhere': () => ({
      says: replaced(/ Recipient="[^"]*"/, ' Recipient="https://other.example/saml"'),
    }),
    'was destined for elsewhere': () => ({
      says: replaced(/ Destination="[^"]*"/, ' Destination="https://other.example/saml"'),
    }),
    'is of another issuer': () => ({ says: (xml) => xml.replaceAll(ENTITY_ID, 'https://evil.example') }),
    'is not signed': () => ({ signs: [] }),
    'is signed by another key': () => ({ key: 'next' }),
    'is signed by SHA-1': () => ({ method: `${sha1}rsa-sha1` }),
    'has a digest by SHA-1': () => ({ digest: `${sha1}sha1` }),
    'names somebody else than was signed': () => ({ tampered: replaced('>ada<', '>eve<') }),
    'gives another role than was signed': () => ({
      pairs: [`arn:aws:iam::123456789012:role/other,${provider}`],
      tampered: replaced('role/other,', `${role.split(':').at(-1)},`),
    }),
    'has a comment in its name': () => ({ tampered: replaced('>ada<', '>ada<!-- --><') }),
    'has a document type': () => ({ tampered: (xml) => `<!DOCTYPE x>${xml}` }),
    'is of the future': () => ({
      says: replaced(/(?<=Assertion [^>]*) IssueInstant="[^"]*"/, ` IssueInstant="${at(120)}"`),
    }),
    'gives the role in two statements': () => ({
      says: (xml) => {
        const found = /<saml:Attribute Name="[^"]*Role">.*?<\/saml:Attribute>/.exec(xml)![0];
        return replaced(
          '</saml:AttributeStatement>',
          `</saml:AttributeStatement><saml:AttributeStatement>${found}</saml:AttributeStatement>`,
        )(xml);
      },
    }),
    'names the session twice': () => ({
      says: (xml) => {
        const found = /<saml:Attribute Name="[^"]*RoleSessionName">.*?<\/saml:Attribute>/.exec(xml)![0];
        return replaced(found, found + found)(xml);
      },
    }),
  };
  for (const [title, make] of Object.entries(doctored))
    it(`is refused when it ${title}`, async () => {
      await assert.rejects(trade(make()), { name: 'InvalidIdentityTokenException' });
    });

  describe('with a wrapped signature', () => {
    /** The signed assertion, and a forgery of it under another id, without its signature. */
    function parts(xml: string) {
      const assertion = /<saml:Assertion.*<\/saml:Assertion>/.exec(xml)![0];
      const signature = /<ds:Signature.*?<\/ds:Signature>/.exec(xml)![0];
      const bare = assertion.replace(signature, '');
      const forged = bare.replaceAll('>ada<', '>eve<').replace(/ ID="[^"]*"/, ' ID="_evil"');
      return { assertion, signature, bare, forged };
    }
    const wraps: Readonly<Record<string, (xml: string) => string>> = {
      'a forgery before the signed one': (xml) => {
        const { assertion, forged } = parts(xml);
        return xml.replace(assertion, () => forged + assertion);
      },
      'a forgery after the signed one': (xml) => {
        const { assertion, forged } = parts(xml);
        return xml.replace(assertion, () => assertion + forged);
      },
      'the signed one inside a forgery': (xml) => {
        const { assertion, forged } = parts(xml);
        return xml.replace(assertion, () =>
          forged.replace('</saml:Assertion>', () => `${assertion}</saml:Assertion>`),
        );
      },
      'the original in the signature of a forgery': (xml) => {
        const { assertion, signature, bare, forged } = parts(xml);
        const wrapped = signature.replace(
          '</ds:Signature>',
          () => `<ds:Object>${bare}</ds:Object></ds:Signature>`,
        );
        return xml.replace(assertion, () =>
          forged.replace('</saml:Issuer>', () => `</saml:Issuer>${wrapped}`),
        );
      },
      'the signature of the original on a forgery': (xml) => {
        const { assertion, signature, bare, forged } = parts(xml);
        return xml.replace(
          assertion,
          () => forged.replace('</saml:Issuer>', () => `</saml:Issuer>${signature}`) + bare,
        );
      },
    };
    for (const [title, tampered] of Object.entries(wraps))
      it(`is refused: ${title}`, async () => {
        await assert.rejects(trade({ tampered }), { name: 'InvalidIdentityTokenException' });
      });
  });

  describe('is over', () => {
    const overs: Readonly<Record<string, () => Misdeeds>> = {
      'when its confirmation is': () => ({
        says: replaced(/(?<=ConfirmationData) NotOnOrAfter="[^"]*"/, ` NotOnOrAfter="${at(-61)}"`),
      }),
      'when its conditions are': () => ({
        says: replaced(
          /(?<=Conditions NotBefore="[^"]*") NotOnOrAfter="[^"]*"/,
          ` NotOnOrAfter="${at(-61)}"`,
        ),
      }),
      'when the session at the provider is': () => ({
        says: replaced(/ SessionNotOnOrAfter="[^"]*"/, ` SessionNotOnOrAfter="${at(0)}"`),
      }),
      'five minutes after its issue, however long it is good for': () => ({
        says: replaced(/(?<=<saml:Assertion [^>]*) IssueInstant="[^"]*"/, ` IssueInstant="${at(-300)}"`),
      }),
    };
    for (const [title, make] of Object.entries(overs))
      it(title, async () => {
        await assert.rejects(trade(make()), {
          name: 'ExpiredTokenException',
          message: 'Token must be redeemed within 5 minutes of issuance',
        });
      });

    it('not a second before', async () => {
      const says = replaced(/(?<=<saml:Assertion [^>]*) IssueInstant="[^"]*"/, ` IssueInstant="${at(-299)}"`);

      assert.ok((await trade({ says })).Credentials);
    });
  });

  describe('opens no role', () => {
    const notAuthorized = {
      name: 'AccessDenied',
      message: 'Not authorized to perform sts:AssumeRoleWithSAML',
    };

    it('that the provider does not give', async () => {
      const other = await world.makeRole(provider);

      await assert.rejects(trade({}, { RoleArn: other }), notAuthorized);
    });

    it('that the provider gives together with another provider', async () => {
      const elsewhere = await world.makeProvider();

      await assert.rejects(trade({ pairs: [`${role},${elsewhere}`] }), notAuthorized);
      await assert.rejects(trade({ pairs: [role, provider] }), notAuthorized);
      await assert.rejects(trade({ pairs: [`${role},${provider},${elsewhere}`] }), notAuthorized);
      await assert.rejects(trade({ more: {}, pairs: [] }), { name: 'AccessDenied' });
    });

    it('that trusts another provider, whose keys are the same', async () => {
      const other = await world.makeProvider();
      const pairs = [`${role},${other}`];

      await assert.rejects(trade({ pairs }, { PrincipalArn: other }), notAuthorized);
    });

    it('by the word of a provider that is not there, or has other keys', async () => {
      const other = await world.makeProvider(metadataOf({ keys: ['next'] }));
      const trusting = await world.makeRole(other);
      const nobody = `${provider}-nobody`;

      await assert.rejects(
        trade({ pairs: [`${trusting},${other}`] }, { RoleArn: trusting, PrincipalArn: other }),
        { name: 'InvalidIdentityTokenException' },
      );
      for (const PrincipalArn of [
        nobody,
        provider.replace('123456789012', '210987654321'),
        `${ENTITY_ID}/${provider}`,
      ])
        await assert.rejects(trade({ pairs: [`${role},${PrincipalArn}`] }, { PrincipalArn }), {
          name: 'InvalidIdentityTokenException',
          message: "Specified provider doesn't exist.",
        });
    });

    it('that is not there, that trusts other proofs, or that trusts under another action', async () => {
      const roles = [
        'arn:aws:iam::123456789012:role/absent',
        await world.makeRole('cognito-identity.amazonaws.com'),
        await world.makeRole(provider, { actions: ['sts:AssumeRoleWithWebIdentity'] }),
      ];

      for (const RoleArn of roles)
        await assert.rejects(trade({ pairs: [`${RoleArn},${provider}`] }, { RoleArn }), notAuthorized);
    });
  });

  describe('is believed once', () => {
    it('of a hundred who show it at once', async () => {
      const SAMLAssertion = world.assertion(role, provider);

      const asked = await Promise.allSettled(
        Array.from({ length: 100 }, () => world.trade(role, provider, { SAMLAssertion })),
      );

      assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, 1);
      const reasons = asked.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
      assert.deepEqual(
        [...new Set(reasons)],
        ['InvalidIdentityTokenException: The SAML response was used before.'],
      );
    });

    it('also when it is written otherwise, or shown for another role that it gives', async () => {
      const other = await world.makeRole(provider);
      const pairs = [`${role},${provider}`, `${other},${provider}`];
      const SAMLAssertion = world.assertion(role, provider, { pairs });
      assert.ok((await world.trade(role, provider, { SAMLAssertion })).Credentials);

      const again = { name: 'InvalidIdentityTokenException', message: 'The SAML response was used before.' };
      await assert.rejects(world.trade(other, provider, { SAMLAssertion }), again);
      const inLines = SAMLAssertion.replaceAll(/.{76}/g, '$&\n');
      await assert.rejects(world.trade(role, provider, { SAMLAssertion: inLines }), again);
    });

    it('also by two providers here that are one out there', async () => {
      const twin = await world.makeProvider();
      const twinned = await world.makeRole(twin);
      const pairs = [`${role},${provider}`, `${twinned},${twin}`];
      const SAMLAssertion = world.assertion(role, provider, { pairs });
      assert.ok((await world.trade(role, provider, { SAMLAssertion })).Credentials);

      await assert.rejects(world.trade(twinned, twin, { SAMLAssertion }), {
        message: 'The SAML response was used before.',
      });
    });

    it('and not used up by a request that was refused', async () => {
      const SAMLAssertion = world.assertion(role, provider);
      await assert.rejects(world.trade(role, provider, { SAMLAssertion, DurationSeconds: 7200 }));
      await assert.rejects(world.trade(`${role}x`, provider, { SAMLAssertion }));

      assert.ok((await world.trade(role, provider, { SAMLAssertion })).Credentials);
    });
  });

  describe('beside the pages of a user pool', () => {
    it('is refused when it was meant for the pool', async () => {
      const { UserPoolId } = await makePool(server);
      const ofPool = {
        recipient: `${server.url}/${UserPoolId}/saml2/idpresponse`,
        audience: `urn:amazon:cognito:sp:${UserPoolId}`,
      };

      await assert.rejects(trade(ofPool), {
        name: 'InvalidIdentityTokenException',
        message: /Destination is .*expected/,
      });
      await assert.rejects(trade({ audience: ofPool.audience }), {
        name: 'InvalidIdentityTokenException',
        message: /^The SAML response is refused: the NameID is for .*, expected .*\.$/,
      });
    });
  });
});

describe('metadata that is over by its own word', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  it('opens no role any more', async () => {
    const world = await createSamlRoles(server);
    const end = new Date(server.clock.now().getTime() + 60_000).toISOString();
    const metadata = replaced(' entityID', ` validUntil="${end}" entityID`)(metadataOf());
    const provider = await world.makeProvider(metadata);
    const role = await world.makeRole(provider);
    assert.ok((await world.trade(role, provider)).Credentials);

    server.clock.pass(60);

    await assert.rejects(world.trade(role, provider), {
      name: 'InvalidIdentityTokenException',
      message: 'The SAML response is refused: the metadata is no longer valid.',
    });
  });
});

describe('where Cognate stands in the place of AWS', () => {
  let server: TestServer;
  let world: SamlRoles;
  before(async () => {
    server = await startServer({ environment: { COGNATE_ISSUER: 'aws' } });
    world = await createSamlRoles(server);
  });
  after(() => server.close());

  for (const [recipient, audience] of [
    [SIGN_IN_AT_AWS, SIGN_IN_AT_AWS],
    [SIGN_IN_AT_AWS, AWS_AUDIENCE],
    ['https://us-east-1.signin.aws.amazon.com/saml', AWS_AUDIENCE],
  ] as const)
    it(`takes assertions for ${audience} at ${recipient}`, async () => {
      const provider = await world.makeProvider();
      const role = await world.makeRole(provider, { condition: { StringEquals: { 'SAML:aud': recipient } } });
      const SAMLAssertion = world.assertion(role, provider, { recipient, audience });

      const { Audience } = await world.trade(role, provider, { SAMLAssertion });

      assert.equal(Audience, recipient);
    });
});
