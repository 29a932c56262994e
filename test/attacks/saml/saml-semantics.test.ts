/**
 * SAML responses that are signed and say what they must not: each member of a response missing, wrong, twice, or another's.
 *
 * Sources: SAML 2.0 Core, 2 and 3.2; Profiles, 4.1.4.3.
 */
import assert from 'node:assert/strict';
import { assertRefused, CALLBACK, clock, ENTITY, journey } from '../../support/saml/saml-journey.ts';
import { replaced, type Edit } from '../../support/saml/saml-idp.ts';

describe('a signed SAML response', () => {
  const at = (seconds: number): string => new Date(clock.now().getTime() + seconds * 1000).toISOString();
  const twice =
    (element: RegExp): Edit =>
    (xml) =>
      replaced(element, `${element.exec(xml)?.[0] ?? ''}${element.exec(xml)?.[0] ?? ''}`)(xml);
  const within =
    (part: 'response' | 'assertion', edit: Edit): Edit =>
    (xml) => {
      const split = xml.indexOf('<saml:Assertion');
      const [head, tail] = [xml.slice(0, split), xml.slice(split)];
      return part === 'response' ? edit(head) + tail : head + edit(tail);
    };
  const NAME_ID = /<saml:NameID.*?<\/saml:NameID>/;
  const CONFIRMATION = /<saml:SubjectConfirmation .*?<\/saml:SubjectConfirmation>/;
  const DATA = /<saml:SubjectConfirmationData [^>]*\/>/;
  const CONDITIONS = /<saml:Conditions.*?<\/saml:Conditions>/;
  const RESTRICTION = /<saml:AudienceRestriction>.*?<\/saml:AudienceRestriction>/;
  const STATEMENT = /<saml:AuthnStatement.*?<\/saml:AuthnStatement>/;
  const ISSUER = /<saml:Issuer>.*?<\/saml:Issuer>/;
  const STATUS = /<samlp:Status>.*?<\/samlp:Status>/;
  const ofBoth = (field: string, edit: Edit): Record<string, Edit> => ({
    [`response's ${field}`]: within('response', edit),
    [`assertion's ${field}`]: within('assertion', edit),
  });

  const lies: Readonly<Record<string, Edit>> = {
    ...ofBoth('ID missing', replaced(/ ID="[^"]*"/, '')),
    ...ofBoth('ID empty', replaced(/ ID="[^"]*"/, ' ID=""')),
    ...ofBoth('Version missing', replaced(' Version="2.0"', '')),
    ...ofBoth('Version of SAML 1', replaced('Version="2.0"', 'Version="1.1"')),
    ...ofBoth('IssueInstant missing', replaced(/ IssueInstant="[^"]*"/, '')),
    ...ofBoth('IssueInstant of the future', replaced(/ IssueInstant="[^"]*"/, ` IssueInstant="${at(120)}"`)),
    ...ofBoth('IssueInstant that is no moment', replaced(/ IssueInstant="[^"]*"/, ' IssueInstant="today"')),
    ...ofBoth('Issuer missing', replaced(ISSUER, '')),
    ...ofBoth('Issuer of another', replaced(ISSUER, '<saml:Issuer>https://evil.example</saml:Issuer>')),
    ...ofBoth('Issuer twice', twice(ISSUER)),
    ...ofBoth(
      'Issuer in another namespace',
      replaced(ISSUER, '<x:Issuer xmlns:x="urn:x">https://idp.example.com/saml</x:Issuer>'),
    ),
    ...ofBoth('Issuer of another format', replaced('<saml:Issuer>', '<saml:Issuer Format="urn:x">')),
    'Destination missing': replaced(/ Destination="[^"]*"/, ''),
    'Destination empty': replaced(/ Destination="[^"]*"/, ' Destination=""'),
    'Destination elsewhere': replaced(/ Destination="[^"]*"/, ` Destination="${CALLBACK}/"`),
    'InResponseTo missing from the response': within('response', replaced(/ InResponseTo="[^"]*"/, '')),
    'InResponseTo of another request in the response': within(
      'response',
      replaced(/ InResponseTo="[^"]*"/, ' InResponseTo="_x"'),
    ),
    'Status missing': replaced(STATUS, ''),
    'Status twice': twice(STATUS),
    'StatusCode missing': replaced(/<samlp:StatusCode[^>]*\/>/, ''),
    'StatusCode of no success': replaced('status:Success', 'status:Responder'),
    'StatusCode twice': replaced(
      '<samlp:StatusCode',
      '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"/><samlp:StatusCode',
    ),
    'Subject missing': replaced(/<saml:Subject>.*?<\/saml:Subject>/, ''),
    'Subject twice': twice(/<saml:Subject>.*?<\/saml:Subject>/),
    'NameID missing': replaced(NAME_ID, ''),
    'NameID empty': replaced('>ada<', '><'),
    'NameID of space': replaced('>ada<', '> <'),
    'NameID padded by what is no white space of XML': replaced('>ada<', '>\u00a0ada<'),
    'NameID twice': twice(NAME_ID),
    'NameID in another namespace': replaced(NAME_ID, '<x:NameID xmlns:x="urn:x">ada</x:NameID>'),
    'NameID with an element in it': replaced('>ada<', '>a<saml:x/>da<'),
    'NameID encrypted': replaced(NAME_ID, '<saml:EncryptedID/>'),
    'NameID of an entity': replaced('nameid-format:persistent', 'nameid-format:entity'),
    'NameID of an empty format': replaced(/ Format="[^"]*"/, ' Format=""'),
    'SPNameQualifier of another': replaced(/ SPNameQualifier="[^"]*"/, ' SPNameQualifier="urn:other"'),
    'SubjectConfirmation missing': replaced(CONFIRMATION, ''),
    'Method missing': replaced(/ Method="[^"]*"/, ''),
    'Method of another kind': replaced('cm:bearer', 'cm:holder-of-key'),
    'SubjectConfirmationData missing': replaced(DATA, ''),
    'SubjectConfirmationData twice': twice(DATA),
    'Recipient missing': replaced(/ Recipient="[^"]*"/, ''),
    'Recipient elsewhere': replaced(/ Recipient="[^"]*"/, ' Recipient="https://evil.example/"'),
    'confirmation without end': replaced(/(?<=ConfirmationData) NotOnOrAfter="[^"]*"/, ''),
    'confirmation over': replaced(/(?<=ConfirmationData) NotOnOrAfter="[^"]*"/, ` NotOnOrAfter="${at(-61)}"`),
    'confirmation not begun': replaced('ConfirmationData', `ConfirmationData NotBefore="${at(61)}"`),
    'InResponseTo missing from the subject': within('assertion', replaced(/ InResponseTo="[^"]*"/, '')),
    'InResponseTo of another request in the subject': within(
      'assertion',
      replaced(/ InResponseTo="[^"]*"/, ' InResponseTo="_x"'),
    ),
    'Conditions missing': replaced(CONDITIONS, ''),
    'Conditions twice': twice(CONDITIONS),
    'Conditions of an empty end': replaced(
      /(?<=Conditions NotBefore="[^"]*") NotOnOrAfter="[^"]*"/,
      ' NotOnOrAfter=""',
    ),
    'Conditions over': replaced(
      /(?<=Conditions NotBefore="[^"]*") NotOnOrAfter="[^"]*"/,
      ` NotOnOrAfter="${at(-60)}"`,
    ),
    'Conditions not begun': replaced(/(?<=Conditions) NotBefore="[^"]*"/, ` NotBefore="${at(61)}"`),
    'Conditions with a time of no zone': replaced(
      /(?<=Conditions) NotBefore="[^"]*"/,
      ' NotBefore="2020-01-01T00:00:00"',
    ),
    'a condition that is not known': replaced('</saml:Conditions>', '<saml:Condition/></saml:Conditions>'),
    'OneTimeUse twice': replaced(
      '</saml:Conditions>',
      '<saml:OneTimeUse/><saml:OneTimeUse/></saml:Conditions>',
    ),
    'AudienceRestriction missing': replaced(RESTRICTION, ''),
    'Audience missing': replaced(/<saml:Audience>.*?<\/saml:Audience>/, ''),
    'Audience of another': replaced(/<saml:Audience>.*?</, '<saml:Audience>urn:other<'),
    'Audience that begins with us': replaced('</saml:Audience>', 'x</saml:Audience>'),
    'a second restriction to another': replaced(
      RESTRICTION,
      `<saml:AudienceRestriction><saml:Audience>${ENTITY}</saml:Audience></saml:AudienceRestriction><saml:AudienceRestriction><saml:Audience>urn:other</saml:Audience></saml:AudienceRestriction>`,
    ),
    'AuthnStatement missing': replaced(STATEMENT, ''),
    'AuthnStatement twice': twice(STATEMENT),
    'AuthnInstant missing': replaced(/ AuthnInstant="[^"]*"/, ''),
    'AuthnInstant of the future': replaced(/ AuthnInstant="[^"]*"/, ` AuthnInstant="${at(61)}"`),
    'SessionIndex empty': replaced(/ SessionIndex="[^"]*"/, ' SessionIndex=""'),
    'SessionNotOnOrAfter over': replaced(/ SessionNotOnOrAfter="[^"]*"/, ` SessionNotOnOrAfter="${at(-61)}"`),
    'an attribute twice, in two statements': twice(/<saml:AttributeStatement>.*?<\/saml:AttributeStatement>/),
    'an attribute without a name': replaced('Name="email"', ''),
    'no assertion': replaced(/<saml:Assertion.*<\/saml:Assertion>/, ''),
    'an assertion in the advice': replaced(
      '</saml:AuthnStatement>',
      '</saml:AuthnStatement><saml:Advice><saml:Assertion ID="_z"/></saml:Advice>',
    ),
  };
  for (const [lie, says] of Object.entries(lies)) {
    it(`refuses ${lie}`, async () => {
      // Signed as a whole, so that the signature is not what refuses it.
      await assertRefused(journey({ says, signs: ['response'] }));
    });
  }

  it('allows for clocks that are a little apart', async () => {
    const says: Edit = (xml) =>
      replaced(
        / NotOnOrAfter="[^"]*"/,
        ` NotOnOrAfter="${at(-30)}"`,
      )(replaced(/ NotBefore="[^"]*"/, ` NotBefore="${at(30)}"`)(xml));

    assert.equal((await journey({ says })).subject, 'ada');
  });
});
