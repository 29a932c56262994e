/**
 * A SAML identity provider of our own: it signs whatever it is told to, honest or not.
 *
 * What differs from an honest response is written as an edit of its XML: before signing, for a provider that says wrong things, and after, for whoever stands between. Its keys are for tests alone.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { SignedXml } from 'xml-crypto';
import type { Clock } from '../../../src/base/clock.ts';

export type Edit = (xml: string) => string;
export interface Misdeeds {
  /** Before signing. */
  readonly says?: Edit;
  /** After signing. */
  readonly tampered?: Edit;
  readonly signs?: readonly ('response' | 'assertion')[];
  readonly key?: KeyName;
  readonly method?: string;
  readonly digest?: string;
  readonly transforms?: readonly string[];
  readonly nameId?: string;
  /** XML inside the AttributeStatement; a statement of an e-mail when absent. */
  readonly attributes?: string;
}
export type KeyName = 'idp' | 'next' | 'weak';

/** What a sign-in request asked for. */
export interface Asked {
  readonly request: string;
  readonly recipient: string;
  readonly audience: string;
  readonly state: string;
}

export const ENTITY_ID = 'https://idp.example.com/saml';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const SHA256 = {
  method: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  digest: 'http://www.w3.org/2001/04/xmlenc#sha256',
};

const pem = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8');
export const certificateOf = (key: KeyName): string => pem(`${key}-cert.pem`);
const base64Of = (key: KeyName): string => certificateOf(key).replaceAll(/-----.*-----|\s/g, '');

/** Replaces what must be there. */
export const replaced =
  (from: string | RegExp, to: string): Edit =>
  (xml) => {
    const edited = xml.replace(from, () => to);
    assert.notEqual(edited, xml, `nothing to edit: ${String(from)}`);
    return edited;
  };

/** A metadata document. @param more in place of the usual members of the IDPSSODescriptor */
export function metadataOf({
  keys = ['idp'],
  entityId = ENTITY_ID,
  signIn = 'https://idp.example.com/sso',
  use = ' use="signing"',
}: { keys?: readonly KeyName[]; entityId?: string; signIn?: string; use?: string } = {}): string {
  const descriptors = keys.map(
    (key) =>
      `<md:KeyDescriptor${use}><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${base64Of(key)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
  );
  return `<?xml version="1.0"?>
<!-- a comment, as there often is one -->
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    ${descriptors.join('\n    ')}
    <md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/slo"/>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/post"/>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${signIn}"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>`;
}

/** What the address that a browser was sent to asks for. */
export function readRequest(address: string | URL): Asked & { readonly xml: string } {
  const { searchParams } = new URL(address);
  const xml = inflateRawSync(Buffer.from(searchParams.get('SAMLRequest') ?? '', 'base64')).toString('utf8');
  const found = (pattern: RegExp): string => pattern.exec(xml)?.[1] ?? '';
  return {
    xml,
    request: found(/ ID="([^"]+)"/),
    recipient: found(/AssertionConsumerServiceURL="([^"]+)"/),
    audience: found(/Issuer[^>]*>([^<]+)</),
    state: searchParams.get('RelayState') ?? '',
  };
}

/** An unsigned, honest response. */
export function responseXml(
  asked: Asked,
  clock: Clock,
  { nameId = 'ada', attributes }: Misdeeds = {},
): string {
  const at = (seconds: number): string => new Date(clock.now().getTime() + seconds * 1000).toISOString();
  const id = Math.random().toString(36).slice(2);
  const statement =
    attributes ??
    '<saml:Attribute Name="email"><saml:AttributeValue>ada@example.com</saml:AttributeValue></saml:Attribute>';
  return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r${id}" Version="2.0" IssueInstant="${at(0)}" Destination="${asked.recipient}" InResponseTo="${asked.request}"><saml:Issuer>${ENTITY_ID}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="_a${id}" Version="2.0" IssueInstant="${at(0)}"><saml:Issuer>${ENTITY_ID}</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" SPNameQualifier="${asked.audience}">${nameId}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${at(300)}" Recipient="${asked.recipient}" InResponseTo="${asked.request}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="${at(-30)}" NotOnOrAfter="${at(300)}"><saml:AudienceRestriction><saml:Audience>${asked.audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="${at(0)}" SessionNotOnOrAfter="${at(3600)}" SessionIndex="_s${id}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>${statement}</saml:AttributeStatement></saml:Assertion></samlp:Response>`;
}

/** Signs the element at `path`; the signature follows its Issuer. */
export function sign(xml: string, path: string, misdeeds: Misdeeds = {}): string {
  const key = misdeeds.key ?? 'idp';
  const signature = new SignedXml({
    privateKey: pem(`${key}-key.pem`),
    publicCert: certificateOf(key),
    signatureAlgorithm: misdeeds.method ?? SHA256.method,
    canonicalizationAlgorithm: EXCLUSIVE,
    getKeyInfoContent: (parts = {}) => SignedXml.getKeyInfoContent(parts),
  });
  signature.addReference({
    xpath: path,
    digestAlgorithm: misdeeds.digest ?? SHA256.digest,
    transforms: misdeeds.transforms ?? ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', EXCLUSIVE],
  });
  const hasIssuer = /^<samlp:Response[^>]*><\w+:Issuer/.test(xml) || path === ASSERTION;
  signature.computeSignature(xml, {
    prefix: 'ds',
    location: hasIssuer
      ? { reference: `${path}/*[local-name(.)='Issuer']`, action: 'after' }
      : { reference: path, action: 'prepend' },
  });
  return signature.getSignedXml();
}

export const RESPONSE = "/*[local-name(.)='Response']";
export const ASSERTION = `${RESPONSE}/*[local-name(.)='Assertion']`;

/** The response as XML, signed as told. */
export function signedXml(asked: Asked, clock: Clock, misdeeds: Misdeeds = {}): string {
  const { says = same, tampered = same, signs = ['assertion'] } = misdeeds;
  let xml = says(responseXml(asked, clock, misdeeds));
  if (signs.includes('assertion')) xml = sign(xml, ASSERTION, misdeeds);
  if (signs.includes('response')) xml = sign(xml, RESPONSE, misdeeds);
  return tampered(xml);
}

/** The form that the provider's page posts to us. */
export const answer = (asked: Asked, clock: Clock, misdeeds: Misdeeds = {}): Record<string, string> => ({
  SAMLResponse: Buffer.from(signedXml(asked, clock, misdeeds)).toString('base64'),
  RelayState: asked.state,
});

const same: Edit = (xml) => xml;
