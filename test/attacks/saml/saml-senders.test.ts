/**
 * What real SAML providers send that is unusual and right is taken; beside each stands its twin, which is not.
 *
 * Sources: SAML 2.0 Core, 2.4.1 and 2.7.3; Profiles, 4.1.4.2; Keycloak, "Role list" mapper.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../../src/base/failure.ts';
import { ENTITY_ID, replaced, type Edit, type Misdeeds } from '../../support/saml/saml-idp.ts';
import { clock, journey } from '../../support/saml/saml-journey.ts';

const at = (seconds: number): string => new Date(clock.now().getTime() + seconds * 1000).toISOString();
const refusedFor = (outcome: Promise<unknown>, reason: RegExp) =>
  assert.rejects(outcome, (error) => {
    assert.ok(isFailure(error, 'provider-refused'), String(error));
    assert.match(String(error.facts['reason']), reason);
    return true;
  });
const all =
  (...edits: readonly Edit[]): Edit =>
  (xml) =>
    edits.reduce((edited, edit) => edit(edited), xml);

describe('a SAML response of a real sender', () => {
  const attribute = (name: string, value: string, more = ''): string =>
    `<saml:Attribute Name="${name}"${more}><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`;

  describe('with several attributes of one name', () => {
    it('has their values in order, as Keycloak writes roles', async () => {
      const attributes = ['a', 'b', 'c'].map((role) => attribute('Role', role)).join('');

      assert.deepEqual((await journey({ attributes })).claims['Role'], ['a', 'b', 'c']);
    });

    it('is refused where they stand in two statements', async () => {
      const attributes = `${attribute('Role', 'a')}</saml:AttributeStatement><saml:AttributeStatement>${attribute('Role', 'admin')}`;

      await refusedFor(journey({ attributes }), /"Role" is there twice/);
    });

    it('is refused where they are of two formats', async () => {
      const attributes = attribute('Role', 'a') + attribute('Role', 'admin', ' NameFormat="urn:x"');

      await refusedFor(journey({ attributes }), /"Role" is there twice/);
    });

    it('is refused where one was added after signing', async () => {
      const tampered = replaced(
        '</saml:AttributeStatement>',
        `${attribute('email', 'eve@example.com')}</saml:AttributeStatement>`,
      );

      await refusedFor(journey({ tampered }), /signature/);
    });
  });

  describe('with many groups', () => {
    const groups = (count: number): string[] =>
      Array.from({ length: count }, (_each, n) => `CN=Group ${n},OU=Groups,DC=example,DC=com`);

    it('has them all, in one attribute or in one each', async () => {
      const wanted = groups(900);
      const one = `<saml:Attribute Name="groups">${wanted.map((each) => `<saml:AttributeValue>${each}</saml:AttributeValue>`).join('')}</saml:Attribute>`;
      const each = wanted.map((group) => attribute('groups', group)).join('');

      for (const attributes of [one, each])
        assert.deepEqual((await journey({ attributes })).claims['groups'], wanted);
    });

    it('is refused above 256 KiB', async () => {
      await refusedFor(journey({ attributes: attribute('groups', 'x'.repeat(256 * 1024)) }), /too large/);
    });
  });

  describe('without an Issuer of its own', () => {
    const says = replaced(/<saml:Issuer>.*?<\/saml:Issuer>/, '');

    it('is taken where only the assertion is signed', async () => {
      assert.equal((await journey({ says })).subject, 'ada');
    });

    it('is refused where it is signed itself', async () => {
      await refusedFor(journey({ says, signs: ['response'] }), /no Issuer/);
    });

    it('is refused where an element of another namespace takes its place', async () => {
      const foreign = replaced(
        /<saml:Issuer>.*?<\/saml:Issuer>/,
        `<x:Issuer xmlns:x="urn:x">${ENTITY_ID}</x:Issuer>`,
      );

      await refusedFor(journey({ says: foreign }), /no Issuer/);
    });
  });

  describe('with two confirmations of its subject', () => {
    const CONFIRMATION = /<saml:SubjectConfirmation .*?<\/saml:SubjectConfirmation>/;
    const elsewhere = replaced(/ Recipient="[^"]*"/, ' Recipient="https://other.example/acs"');
    const ofAnother = replaced(/ InResponseTo="[^"]*"/, ' InResponseTo="_other"');
    const holderOfKey = replaced('cm:bearer', 'cm:holder-of-key');
    const endingAt = (seconds: number): Edit =>
      replaced(/ NotOnOrAfter="[^"]*"/, ` NotOnOrAfter="${at(seconds)}"`);
    const beginningAt = (seconds: number): Edit =>
      replaced('ConfirmationData', `ConfirmationData NotBefore="${at(seconds)}"`);
    const same: Edit = (xml) => xml;
    /** The honest confirmation, edited in two ways. */
    const both =
      (first: Edit, second: Edit): Edit =>
      (xml) => {
        const honest = CONFIRMATION.exec(xml)?.[0] ?? '';
        return replaced(CONFIRMATION, first(honest) + second(honest))(xml);
      };
    const accepted: Readonly<Record<string, Edit>> = {
      'the second bearer is right': both(elsewhere, same),
      'the first bearer is right': both(same, ofAnother),
      'a bearer stands beside another method': both(holderOfKey, same),
      'the other is over': both(endingAt(-3600), same),
      'they are alike': both(same, same),
    };
    for (const [title, says] of Object.entries(accepted))
      it(`is taken where ${title}`, async () => {
        assert.equal((await journey({ says })).subject, 'ada');
      });

    const twins: Readonly<Record<string, readonly [Edit, RegExp]>> = {
      'neither bearer is right': [both(elsewhere, ofAnother), /Recipient is "https:\/\/other.example\/acs"/],
      'what is right is not for a bearer': [both(elsewhere, holderOfKey), /Recipient/],
      'no method is bearer': [both(holderOfKey, holderOfKey), /not confirmed by bearing/],
      'both are over': [both(endingAt(-3600), endingAt(-3600)), /was over/],
      'each is right in what the other is not': [both(elsewhere, endingAt(-3600)), /Recipient/],
    };
    for (const [title, [says, reason]] of Object.entries(twins))
      it(`is refused where ${title}`, () => refusedFor(journey({ says }), reason));

    it('is to be remembered until the last of them is over, also of one that does not hold yet', async () => {
      const later = 7200;
      const says = all(
        both(same, all(beginningAt(1200), endingAt(later))),
        replaced(/(?<=Conditions NotBefore="[^"]*") NotOnOrAfter="[^"]*"/, ''),
      );

      const { once } = await journey({ says });

      assert.ok(once && once.until.getTime() >= Date.parse(at(later)));
    });
  });

  describe('with Conditions that do not end', () => {
    const endless = replaced(/(?<=Conditions NotBefore="[^"]*") NotOnOrAfter="[^"]*"/, '');

    it('ends when its confirmation does', async () => {
      const { once } = await journey({ says: endless });

      assert.equal(once?.until.toISOString(), at(360));
    });

    it('is refused where nothing ends', async () => {
      const says = all(endless, replaced(/(?<=ConfirmationData) NotOnOrAfter="[^"]*"/, ''));

      await refusedFor(journey({ says }), /no end/);
    });
  });

  describe('with space around its NameID', () => {
    it('names the user without it', async () => {
      assert.equal((await journey({ nameId: '\n\t  ada \r\n' })).subject, 'ada');
    });

    for (const [title, misdeeds, reason] of [
      ['nothing else', { nameId: ' \n ' }, /empty/],
      ['what only looks like space', { nameId: '\u2003ada' }, /padded/],
      ['a comment that cuts it', { tampered: replaced('>ada<', '> ada<!-- -->.admin <') }, /comment/],
    ] as const satisfies readonly (readonly [string, Misdeeds, RegExp])[])
      it(`is refused where there is ${title}`, () => refusedFor(journey(misdeeds), reason));
  });

  describe('with CDATA in an AttributeValue', () => {
    it('has its text as it stands there', async () => {
      const attributes =
        attribute('company', '<![CDATA[R&D <Ltd> &amp;]]>') + attribute('dept', 'A<![CDATA[&]]>B');

      for (const signs of [['assertion'], ['response'], ['assertion', 'response']] as const) {
        const { claims } = await journey({ attributes, signs });

        assert.deepEqual([claims['company'], claims['dept']], ['R&D <Ltd> &amp;', 'A&B']);
      }
    });

    it('has no element that is only written there', async () => {
      const attributes = attribute(
        'dept',
        `<![CDATA[</saml:AttributeValue></saml:Attribute>${attribute('admin', 'true')}]]>`,
      );

      const { claims, subject } = await journey({ attributes });

      assert.deepEqual(
        [subject, Object.keys(claims).toSorted()],
        ['ada', ['NameID', 'NameIDFormat', 'dept']],
      );
    });

    const twins: Readonly<Record<string, Misdeeds>> = {
      'in the NameID': { nameId: '<![CDATA[ada]]>' },
      'in an Audience': { tampered: replaced('</saml:Audience>', '<![CDATA[]]></saml:Audience>') },
      'that does not end': { tampered: replaced('>ada@example.com<', '><![CDATA[ada@example.com<') },
      'put there after signing': {
        tampered: replaced('>ada@example.com<', '><![CDATA[eve@example.com]]><'),
      },
      'around a digest': { tampered: replaced(/<ds:DigestValue>/, '<ds:DigestValue><![CDATA[]]>') },
    };
    for (const [title, misdeeds] of Object.entries(twins))
      it(`is refused where it is ${title}`, () => refusedFor(journey(misdeeds), /./));

    it('is read as text whatever is added to it after signing', async () => {
      const tampered = replaced('>ada@example.com<', '><![CDATA[ada@example.com]]><');

      assert.equal((await journey({ tampered })).claims['email'], 'ada@example.com');
    });
  });

  it('says what it says and what was expected', async () => {
    const reasons: readonly (readonly [Edit, RegExp])[] = [
      [
        replaced(/<saml:Audience>.*?</, '<saml:Audience>urn:other<'),
        /audience is "urn:other", expected "urn:amazon/,
      ],
      [
        replaced(/ Destination="[^"]*"/, ' Destination="https://x.example/"'),
        /Destination is "https:\/\/x.example\/", expected "http/,
      ],
      [
        replaced(ENTITY_ID, 'https://other.example'),
        /issuer "https:\/\/other.example", expected "https:\/\/idp/,
      ],
      [replaced(/ NotBefore="[^"]*"/, ` NotBefore="${at(3600)}"`), /not valid before .*, now /],
      [
        replaced('status:Success', 'status:Responder'),
        /status is "urn:oasis:names:tc:SAML:2.0:status:Responder"/,
      ],
    ];
    for (const [says, reason] of reasons) await refusedFor(journey({ says }), reason);
  });

  it('cannot write what it likes into a reason', async () => {
    const says = replaced(/<saml:Audience>.*?</, `<saml:Audience>a"\n\u001b[31m${'x'.repeat(5000)}<`);

    await refusedFor(
      journey({ says: (xml) => says(xml).replace('\u001b', '') }),
      /^its audience is "a\\"\\n\[31mx{1,200}", /,
    );
  });

  it('is refused with a prolog that only metadata may have', async () => {
    for (const before of ['<?xml-stylesheet href="x"?>', '\n', '<?xml version="1.0" encoding="ISO-8859-1"?>'])
      await refusedFor(
        journey({ tampered: (xml) => `${before}${before === '\n' ? '<!-- -->' : ''}${xml}` }),
        /instruction|comment|encoding/,
      );
  });
});
