/**
 * The published SAML fixtures: what others were broken by does not break us.
 *
 * Each file meets a provider that fits it as well as can be (its issuer, its address, its time, the certificate in it), so that what refuses it is what is wrong with it. Most of the good ones are signed with SHA-1: their signatures verify, and we refuse them all the same.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../../src/base/failure.ts';
import { createFetch } from '../../../src/base/fetch.ts';
import { createIdentityProviders } from '../../../src/identity-providers/index.ts';
import { samlThread } from '../../support/saml/saml-journey.ts';
import { passGate, readXml } from '../../../src/identity-providers/saml/gate.ts';
import { verifiedAssertion } from '../../../src/identity-providers/saml/signature.ts';
import { corpus, corpusJson, withCorpus } from '../../support/corpora.ts';
import { metadataOf, replaced } from '../../support/saml/saml-idp.ts';
import { stillClock } from '../../support/servers/server.ts';

interface Row {
  readonly file: string;
  readonly encoding: 'base64' | 'xml';
  readonly expect: 'reject' | 'accept' | 'control' | 'full-text-or-reject';
  readonly cls: string;
  readonly trust: string | null;
}

withCorpus(
  'a published SAML fixture',
  () => corpusJson<readonly Row[]>('saml-attack-manifest.json'),
  (rows) => {
    for (const row of rows.filter(({ expect }) => expect === 'reject')) {
      it(`is refused: ${row.file}`, async () => {
        await assert.rejects(proven(row), (error) => isFailure(error, 'provider-refused'));
      });
    }

    for (const row of rows.filter(({ expect }) => expect === 'full-text-or-reject')) {
      it(`is refused, or read to its end: ${row.file}`, async () => {
        const said = await proven(row).catch((error: unknown) => {
          assert.ok(isFailure(error, 'provider-refused'));
        });

        assert.ok(said === undefined || said.subject === 'support@onelogin.com', said?.subject);
      });
    }

    for (const row of rows.filter(({ expect, file }) => expect === 'accept' && !file.includes('encrypted'))) {
      it(`is verified: ${row.file}`, async () => {
        const text = passGate(textOf(row), { bytes: 256 * 1024, elements: 2000, comments: 'refused' });
        const root = readXml(text);
        const isResponseSigned = root.children.some(({ name }) => name === 'Signature');

        const verified = await verifiedAssertion(text, [corpus(row.trust!)!.toString()], {
          isResponseSigned,
          isAssertionSigned: !isResponseSigned,
        });

        assert.match(verified ?? '', /<\/saml:Assertion>$/);
        if (text.includes('rsa-sha1'))
          await assert.rejects(proven(row), (error) => isFailure(error, 'provider-refused'));
      });
    }
  },
);

const textOf = ({ file, encoding }: Row): string => {
  const bytes = corpus(file)!.toString();
  return encoding === 'base64' ? Buffer.from(bytes, 'base64').toString() : bytes;
};

async function proven(row: Row) {
  const text = textOf(row);
  const found = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1];
  const moment = Date.parse(found(/ NotBefore=["']([^"']+)/) ?? '');
  const entityId = found(/Issuer[^>]*>\s*([^<\s]+)/) ?? 'urn:nobody';
  const clock = stillClock(Number.isNaN(moment) ? undefined : new Date(moment + 1000));
  const inside = found(/X509Certificate[^>]*>\s*([^<]+)/)?.replaceAll(/\s/g, '');
  const certificate = row.trust
    ? corpus(row.trust)!
        .toString()
        .replaceAll(/-----.*-----|\s/g, '')
    : inside;
  const usual = metadataOf({ entityId });
  const upstream = (metadata: string) =>
    createIdentityProviders({
      fetch: createFetch({ addressesOf: 'tenant', allow: [] }),
      clock,
      samlThread,
    }).of('SAML', {
      details: { MetadataFile: metadata },
    });
  const accepted = {
    audiences: [found(/Audience>\s*([^<\s]+)/) ?? 'urn:nobody'],
    recipients: [found(/ Destination=["']([^"']+)/), found(/ Recipient=["']([^"']+)/)].filter(
      (each) => each !== undefined,
    ),
  };
  const token =
    row.encoding === 'base64' ? corpus(row.file)!.toString().trim() : Buffer.from(text).toString('base64');
  const trusting =
    certificate === undefined ? usual : replaced(/(?<=<ds:X509Certificate>)[^<]+/, certificate)(usual);
  return upstream(trusting).prove(token, accepted);
}
