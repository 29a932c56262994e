/**
 * What real metadata files look like is read; beside each stands its twin, which is not.
 *
 * Source: SAML 2.0 Metadata, 2; XML 1.0, 2.8 and 4.3.3.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../../src/base/failure.ts';
import { textOfDocument } from '../../../src/identity-providers/saml/gate.ts';
import { readMetadata } from '../../../src/identity-providers/saml/metadata.ts';
import { certificateOf, ENTITY_ID, metadataOf, replaced } from '../../support/saml/saml-idp.ts';
import { clock } from '../../support/saml/saml-journey.ts';

describe('SAML metadata of a real sender', () => {
  const good = metadataOf();
  const bare = good.replace(/^<\?xml.*\?>\n/, '');
  const read = (text: string) => readMetadata(text, clock.now()).entityId;
  const refuses = (text: string, reason: RegExp) =>
    assert.throws(
      () => read(text),
      (error) => isFailure(error, 'provider-refused') && reason.test(String(error.facts['reason'])),
    );
  const declared = (encoding: string): string => `<?xml version="1.0" encoding="${encoding}"?>\n${bare}`;
  const sheet = '<?xml-stylesheet type="text/xsl" href="/metadata.xsl"?>';

  for (const [title, text] of Object.entries({
    'with a byte order mark': `\ufeff${good}`,
    'after an empty line': `\n${good}`,
    'after a mark and empty lines': `\ufeff\r\n \r\n${good}`,
    'that declares ISO-8859-1': declared('ISO-8859-1'),
    'that declares US-ASCII': declared('us-ascii'),
    'with a stylesheet': `<?xml version="1.0"?>${sheet}${bare}`,
    'with two stylesheets and a comment': `<?xml version="1.0"?>\n${sheet}\n<!-- x -->${sheet}${bare}`,
  }))
    it(`is read ${title}`, () => assert.equal(read(text), ENTITY_ID));

  for (const [title, [text, reason]] of Object.entries<readonly [string, RegExp]>({
    'a DOCTYPE after its mark': [`\ufeff<!DOCTYPE x>${bare}`, /DOCTYPE/],
    'a DOCTYPE after a stylesheet': [`${sheet}<!DOCTYPE x>${bare}`, /DOCTYPE/],
    'two marks': [`\ufeff\ufeff${bare}`, /text around/],
    'text before its declaration': [`x${good}`, /text around/],
    'an encoding that is another': [declared('utf-7'), /declares the encoding utf-7/],
    'UTF-16 for its encoding': [declared('UTF-16'), /declares the encoding utf-16/],
    'another instruction': [`<?php x?>${bare}`, /processing instruction/],
    'an instruction that begins like a stylesheet': [
      `<?xml-stylesheets x?>${bare}`,
      /processing instruction/,
    ],
    'a stylesheet inside': [replaced(' <md:IDPSSO', ` ${sheet}<md:IDPSSO`)(good), /processing instruction/],
    'a stylesheet that does not end': [sheet.slice(0, -2), /too early/],
    'CDATA for a certificate': [
      replaced(/(?<=X509Certificate>)([^<]+)/, '<![CDATA[x]]>')(good),
      /CDATA outside/,
    ],
  }))
    it(`is refused with ${title}`, () => refuses(text, reason));

  describe('as bytes', () => {
    const named = (encoding: string): string => replaced(ENTITY_ID, `${ENTITY_ID}/é`)(declared(encoding));
    const MAX = 1024 * 1024;

    it('is read in the encoding that it declares', () => {
      for (const bytes of [
        Buffer.from(named('ISO-8859-1'), 'latin1'),
        Buffer.from(named('UTF-8'), 'utf8'),
        Buffer.from(`\ufeff${named('UTF-8')}`, 'utf8'),
        Buffer.from(`\n${named('utf-8')}`, 'utf8'),
      ])
        assert.equal(read(textOfDocument(bytes, MAX)), `${ENTITY_ID}/é`);
    });

    for (const [title, bytes, reason] of [
      ['declares US-ASCII and is not', Buffer.from(named('us-ascii'), 'utf8'), /not US-ASCII/],
      ['declares UTF-8 and is not', Buffer.from(named('UTF-8'), 'latin1'), /not UTF-8/],
      ['is UTF-16', Buffer.from(`\ufeff${good}`, 'utf16le'), /not UTF-8|cannot hold/],
      ['is too large', Buffer.alloc(MAX + 1, 0x20), /too large/],
    ] as const)
      it(`is refused when it ${title}`, () =>
        assert.throws(
          () => read(textOfDocument(bytes, MAX)),
          (error) => isFailure(error, 'provider-refused') && reason.test(String(error.facts['reason'])),
        ));
  });

  describe('with armour around its certificate', () => {
    const CERTIFICATE = /(?<=<ds:X509Certificate>)[^<]+/;
    const withCertificate = (text: string): string => replaced(CERTIFICATE, text)(good);
    const certificate = certificateOf('idp');

    it('is read', () => {
      for (const text of [certificate, `\n  ${certificate}\n`, certificate.replaceAll('\n', '\r\n')])
        assert.deepEqual(
          readMetadata(withCertificate(text), clock.now()).certificates,
          readMetadata(good, clock.now()).certificates,
        );
    });

    for (const [title, text] of Object.entries({
      'is of a private key': certificate.replaceAll('CERTIFICATE', 'PRIVATE KEY'),
      'does not end': certificate.replace(/-----END.*/, ''),
      'holds two certificates': certificate + certificateOf('next'),
      'is followed by something': `${certificate}x`,
      'holds headers': certificate.replace('\n', '\nProc-Type: 4,ENCRYPTED\n'),
    }))
      it(`is refused when it ${title}`, () => refuses(withCertificate(text), /certificate/));
  });
});
