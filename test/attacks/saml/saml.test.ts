/**
 * SAML responses that are doctored, or made to break a reader: nobody is let in by them.
 *
 * Sources: "On Breaking SAML" (USENIX Security 2012); OWASP, "XML Security".
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../../src/base/failure.ts';
import {
  assertRefused,
  CALLBACK,
  clock,
  ENTITY,
  journey,
  provider,
} from '../../support/saml/saml-journey.ts';
import {
  answer,
  metadataOf,
  readRequest,
  replaced,
  sign,
  signedXml,
  type Asked,
  type Edit,
  type Misdeeds,
} from '../../support/saml/saml-idp.ts';

describe('a SAML sign-in', () => {
  for (const signs of [['assertion'], ['response'], ['assertion', 'response']] as const) {
    it(`proves a subject when what is signed is the ${signs.join(' and the ')}`, async () => {
      const { subject, issuer, claims, once } = await journey({ signs });

      assert.deepEqual(
        [subject, issuer, claims['email'], claims['NameID']],
        ['ada', 'https://idp.example.com/saml', 'ada@example.com', 'ada'],
      );
      assert.ok(once && once.until > clock.now());
    });
  }

  it('asks by our name, for an answer at our address', async () => {
    const { request, recipient, audience, state } = readRequest(
      (await provider().begin(CALLBACK, 'the-state')).url,
    );

    assert.deepEqual([recipient, audience, state], [CALLBACK, ENTITY, 'the-state']);
    assert.match(request, /^_[\w-]{36}$/);
  });

  it('gives several values as several, and leaves out what is no text', async () => {
    const attributes = `<saml:Attribute Name="groups"><saml:AttributeValue>a</saml:AttributeValue><saml:AttributeValue>b</saml:AttributeValue></saml:Attribute><saml:Attribute Name="id"><saml:AttributeValue><saml:NameID>x</saml:NameID></saml:AttributeValue></saml:Attribute><saml:Attribute Name="__proto__"><saml:AttributeValue>p</saml:AttributeValue></saml:Attribute>`;

    const { claims } = await journey({ attributes });

    assert.deepEqual(claims['groups'], ['a', 'b']);
    assert.equal(Object.hasOwn(claims, 'id'), false);
    assert.equal(Object.getPrototypeOf(claims), Object.prototype);
  });

  it('takes any certificate of the metadata, so that keys can change', async () => {
    const upstream = provider(metadataOf({ keys: ['idp', 'next'] }));
    for (const key of ['idp', 'next'] as const) {
      const { url, departure } = await upstream.begin(CALLBACK, 's');

      const { subject } = await upstream.finish(answer(readRequest(url), clock, { key }), 's', departure);

      assert.equal(subject, 'ada');
    }
  });

  describe('whose signature', () => {
    const sha1 = 'http://www.w3.org/2000/09/xmldsig#';
    const misdeeds: Readonly<Record<string, Misdeeds>> = {
      'is missing': { signs: [] },
      'is by another key': { key: 'next' },
      'is by SHA-1': { method: `${sha1}rsa-sha1` },
      'has a SHA-1 digest': { digest: `${sha1}sha1` },
      'does not cover what was changed after': { tampered: replaced('>ada<', '>eve<') },
      'does not cover an attribute that was changed after': {
        tampered: replaced('ada@example.com', 'eve@example.com'),
      },
      'keeps comments': {
        transforms: [`${sha1}enveloped-signature`, 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments'],
      },
      'is over another form': { transforms: ['http://www.w3.org/2001/10/xml-exc-c14n#'] },
      'is there twice': {
        tampered: (xml) =>
          replaced(
            /<ds:Signature.*?<\/ds:Signature>/,
            (/<ds:Signature.*?<\/ds:Signature>/.exec(xml)?.[0] ?? '').repeat(2),
          )(xml),
      },
      'holds for the response but not for the assertion': {
        signs: ['assertion'],
        tampered: (xml) => sign(replaced('>ada<', '>eve<')(xml), "/*[local-name(.)='Response']"),
      },
      'has a second SignedInfo in its KeyInfo': {
        tampered: (xml) =>
          replaced(
            '<ds:X509Data>',
            `${/<ds:SignedInfo.*?<\/ds:SignedInfo>/.exec(xml)?.[0] ?? ''}<ds:X509Data>`,
          )(xml),
      },
      'has a comment in its digest': { tampered: replaced('<ds:DigestValue>', '<ds:DigestValue><!-- x -->') },
      'refers to nothing': { tampered: replaced(/URI="[^"]*"/, 'URI=""') },
      'has an object': { tampered: replaced('</ds:Signature>', '<ds:Object/></ds:Signature>') },
    };
    for (const [lie, wanted] of Object.entries(misdeeds)) {
      it(`${lie} is refused`, () => assertRefused(journey(wanted)));
    }
  });

  describe('with a wrapped signature', () => {
    const EVIL = 'eve';
    /** The signed assertion, its forgery, and the signature alone. */
    function parts(asked: Asked, signs: 'assertion' | 'response') {
      const xml = signedXml(asked, clock, { signs: [signs] });
      const found = (pattern: RegExp): string => pattern.exec(xml)?.[0] ?? '';
      const assertion = found(/<saml:Assertion.*<\/saml:Assertion>/);
      const signature = found(/<ds:Signature.*?<\/ds:Signature>/);
      const bare = assertion.replace(signature, '');
      const forged = bare.replace('>ada<', `>${EVIL}<`);
      return {
        xml,
        assertion,
        signature,
        bare,
        forged,
        renamed: forged.replace(/ ID="[^"]*"/, ' ID="_evil"'),
      };
    }
    type Wrap = (made: ReturnType<typeof parts>) => string;
    const ofResponse: Readonly<Record<string, Wrap>> = {
      'XSW1: the signed response inside the signature': ({ xml, signature }) => {
        const original = xml.replace(signature, '');
        return xml
          .replace('>ada<', `>${EVIL}<`)
          .replace(/ ID="_r/, ' ID="_evil')
          .replace('</ds:Signature>', () => `<ds:Object>${original}</ds:Object></ds:Signature>`);
      },
      'XSW2: the signed response before the signature': ({ xml, signature }) => {
        const original = xml.replace(signature, '');
        return xml
          .replace('>ada<', `>${EVIL}<`)
          .replace(/ ID="_r/, ' ID="_evil')
          .replace('<ds:Signature', () => `${original}<ds:Signature`);
      },
    };
    const ofAssertion: Readonly<Record<string, Wrap>> = {
      'XSW3: a forgery before the signed one': ({ xml, assertion, renamed }) =>
        xml.replace(assertion, () => renamed + assertion),
      'XSW3: a forgery after the signed one': ({ xml, assertion, renamed }) =>
        xml.replace(assertion, () => assertion + renamed),
      'XSW4: the signed one inside a forgery': ({ xml, assertion, renamed }) =>
        xml.replace(assertion, () =>
          renamed.replace('</saml:Assertion>', () => `${assertion}</saml:Assertion>`),
        ),
      'XSW5: the forgery signed, the original at the end': ({ xml, assertion, signature, bare, renamed }) =>
        xml.replace(
          assertion,
          () => renamed.replace('</saml:Issuer>', () => `</saml:Issuer>${signature}`) + bare,
        ),
      'XSW6: the original inside the signature of a forgery': ({
        xml,
        assertion,
        signature,
        bare,
        renamed,
      }) =>
        xml.replace(assertion, () =>
          renamed.replace(
            '</saml:Issuer>',
            () => `</saml:Issuer>${signature.replace('</ds:Signature>', () => `${bare}</ds:Signature>`)}`,
          ),
        ),
      'XSW7: a forgery in extensions': ({ xml, forged }) =>
        xml.replace('<samlp:Status>', () => `<samlp:Extensions>${forged}</samlp:Extensions><samlp:Status>`),
      'XSW8: the original in an object of the signature': ({ xml, assertion, signature, bare, renamed }) =>
        xml.replace(assertion, () =>
          renamed.replace(
            '</saml:Issuer>',
            () =>
              `</saml:Issuer>${signature.replace('</ds:Signature>', () => `<ds:Object>${bare}</ds:Object></ds:Signature>`)}`,
          ),
        ),
      'XSW9: the same id twice': ({ xml, assertion, forged }) =>
        xml.replace(assertion, () => forged + assertion),
      'a forgery of another namespace': ({ xml, assertion, renamed }) =>
        xml.replace(
          assertion,
          () =>
            renamed
              .replace('<saml:Assertion', '<x:Assertion xmlns:x="urn:x"')
              .replace('</saml:Assertion>', '</x:Assertion>') + assertion,
        ),
      'the signed one in a response of a forgery': ({ xml, assertion, renamed }) =>
        xml.replace(assertion, () =>
          renamed.replace(
            '</saml:Assertion>',
            () => `<samlp:Response>${assertion}</samlp:Response></saml:Assertion>`,
          ),
        ),
    };
    for (const [signs, wraps] of [
      ['response', ofResponse],
      ['assertion', ofAssertion],
    ] as const) {
      for (const [title, wrap] of Object.entries(wraps)) {
        it(`refuses ${title}`, () =>
          assertRefused(
            journey({}, (asked) => {
              const doctored = wrap(parts(asked, signs));
              assert.ok(doctored.includes(`>${EVIL}<`));
              return doctored;
            }),
          ));
      }
    }
  });

  describe('with a forgery put anywhere', () => {
    const SIGNS = [['assertion'], ['response'], ['assertion', 'response']] as const;
    for (const signs of SIGNS) {
      it(`never proves the forged subject (signed: ${signs.join(' and ')})`, async () => {
        let tried = 0;
        const upstream = provider();
        const { url, departure } = await upstream.begin(CALLBACK, 's');
        const asked = readRequest(url);
        const xml = signedXml(asked, clock, { signs });
        for (const doctored of forgeriesOf(xml, asked)) {
          const form = { SAMLResponse: Buffer.from(doctored).toString('base64'), RelayState: 's' };
          const proven = await upstream.finish(form, 's', departure).catch((error: unknown) => {
            assert.ok(isFailure(error, 'provider-refused'), String(error));
          });
          assert.notEqual(JSON.stringify(proven)?.includes('eve'), true, doctored);
          tried += 1;
        }
        assert.ok(tried >= 400, String(tried));
      });
    }

    /** The response with a forgery at each place between its tags, and one that stands in for each element. */
    function* forgeriesOf(xml: string, asked: Asked): Generator<string> {
      const forged = signedXml(asked, clock, { signs: [], nameId: 'eve' });
      const assertion = /<saml:Assertion.*<\/saml:Assertion>/.exec(forged)?.[0] ?? '';
      const signedId = /<saml:Assertion ID="([^"]*)"/.exec(xml)?.[1] ?? '';
      const payloads = [
        assertion,
        assertion.replace(/ ID="[^"]*"/, ` ID="${signedId}"`),
        assertion.replace(/ ID="[^"]*"/, ` Id="${signedId}"`),
        forged,
        '<saml:NameID>eve</saml:NameID>',
        '<saml:Subject><saml:NameID>eve</saml:NameID></saml:Subject>',
        '<saml:Attribute Name="email"><saml:AttributeValue>eve</saml:AttributeValue></saml:Attribute>',
      ];
      for (const { index } of xml.matchAll(/(?<=>)/g)) {
        for (const payload of payloads) yield xml.slice(0, index) + payload + xml.slice(index);
      }
    }
  });

  describe('before it is parsed', () => {
    const gated: Readonly<Record<string, Edit>> = {
      'a DOCTYPE': (xml) => `<!DOCTYPE x [<!ENTITY e "ada">]>${xml}`,
      'a DOCTYPE behind a comment': (xml) => `<!-- --><!DOCTYPE x>${xml}`,
      'a DOCTYPE in small letters': (xml) => `<!doctype x>${xml}`,
      'a comment in the NameID': replaced('>ada<', '>ada<!-- --><'),
      'a comment that cuts the NameID': replaced('>ada<', '>ada<!---->.evil<'),
      'CDATA in the NameID': replaced('>ada<', '><![CDATA[ada]]><'),
      'a processing instruction in the NameID': replaced('>ada<', '>a<?x?>da<'),
      'a processing instruction before all': (xml) => `<?xml-stylesheet href="x"?>${xml}`,
      'an entity': replaced('>ada<', '>&e;<'),
      'another encoding': (xml) => `<?xml version="1.0" encoding="utf-7"?>${xml}`,
      'a character that XML cannot hold': replaced('>ada<', '>ada&#0;<'),
      'two roots': (xml) => xml + xml,
      'text before the root': (xml) => `x${xml}`,
      'an end without a beginning': (xml) => `${xml}</x>`,
      'tags that cross': replaced('>ada<', '><a><b></a></b>ada<'),
      'an end of another name': replaced('</samlp:Status>', '</samlp:Statu>'),
      'an open end': (xml) => xml.slice(0, -3),
      'an attribute twice': replaced('Version="2.0"', 'Version="2.0" Version="2.0"'),
      'a bracket in an attribute': replaced('Version="2.0"', 'Version="<"'),
      depth: (xml) => '<a>'.repeat(65) + xml + '</a>'.repeat(65),
      'many elements': replaced('<samlp:Status>', `${'<a/>'.repeat(2001)}<samlp:Status>`),
      'many attributes': replaced(
        'Version="2.0"',
        `Version="2.0" ${Array.from({ length: 70 }, (_, at) => `a${at}="x"`).join(' ')}`,
      ),
      size: replaced('>ada<', `>${'a'.repeat(256 * 1024)}<`),
      nothing: () => '',
    };
    for (const [lie, tampered] of Object.entries(gated)) {
      it(`refuses ${lie}`, () => assertRefused(journey({ tampered })));
    }

    for (const SAMLResponse of [
      '',
      '=',
      'PHg+!',
      'PHg+PHg',
      'A'.repeat(400_000),
      '\u0000',
      Buffer.from([0x3c, 0xff, 0x3e]).toString('base64'),
    ]) {
      it(`refuses ${JSON.stringify(SAMLResponse.slice(0, 10))} (${SAMLResponse.length}) for a response`, async () => {
        const upstream = provider();
        const { departure } = await upstream.begin(CALLBACK, 's');

        await assertRefused(upstream.finish({ SAMLResponse, RelayState: 's' }, 's', departure));
      });
    }

    it('takes base64 in lines', async () => {
      const upstream = provider();
      const { url, departure } = await upstream.begin(CALLBACK, 's');
      const form = answer(readRequest(url), clock);
      const SAMLResponse = form['SAMLResponse']!.replaceAll(/.{76}/g, '$&\r\n');

      assert.equal((await upstream.finish({ ...form, SAMLResponse }, 's', departure)).subject, 'ada');
    });
  });

  it('refuses an answer by an address', async () => {
    const upstream = provider();
    const { departure } = await upstream.begin(CALLBACK, 's');

    await assertRefused(upstream.finish(new URL(`${CALLBACK}?SAMLResponse=x`), 's', departure));
  });
});
