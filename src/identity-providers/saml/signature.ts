/**
 * The signature of a SAML response: by whom, over what, and by which algorithms.
 *
 * What is signed, and how, is held to the one form that SAML allows before node-saml verifies it: a signature stands in the element that it signs and covers nothing else, every name in it once, every id once in the document. Keys come from the provider's metadata, never from the message. SHA-1 is refused. Every signature that is there must hold, and one must be there.
 * Only what was verified is handed on, as the library cut it out of the signed bytes.
 * Source: SAML 2.0 Core, 5.4; CVE-2025-54369 and CVE-2025-29774 for what goes wrong otherwise.
 */
import { SAML, type Profile } from '@node-saml/node-saml';
import { DOMParser } from '@xmldom/xmldom';
import { SignedXml } from 'xml-crypto';
import { childrenNamed, everyElement, refuse, type XmlElement } from './gate.ts';
import { ASSERTION } from './semantics.ts';

const SIGNATURES = 'http://www.w3.org/2000/09/xmldsig#';
const ENVELOPED = `${SIGNATURES}enveloped-signature`;
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const METHODS = new Set([
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
]);
const DIGESTS = new Set([
  'http://www.w3.org/2001/04/xmlenc#sha256',
  'http://www.w3.org/2001/04/xmlenc#sha512',
]);
/** What a signature has once, however deep: a second one, say in its KeyInfo, is there to be mistaken for the first. */
const ONCE = [
  'SignedInfo',
  'CanonicalizationMethod',
  'SignatureMethod',
  'Reference',
  'Transforms',
  'DigestMethod',
  'DigestValue',
  'SignatureValue',
];
const PARTS = new Set(['SignedInfo', 'SignatureValue', 'KeyInfo']);
const ID = /^[\w.:-]{1,256}$/;

export interface Signed {
  readonly isResponseSigned: boolean;
  readonly isAssertionSigned: boolean;
}

/**
 * The assertion as it was signed: canonical XML.
 *
 * @param text a response that has passed the gate
 * @param certificates of the provider, PEM; any of them may have signed
 * @param signed what `assertSignatures` found; all of it must hold
 * @returns undefined when something was not signed by the owner of one of the certificates
 */
export async function verifiedAssertion(
  text: string,
  certificates: readonly string[],
  { isResponseSigned, isAssertionSigned }: Signed,
): Promise<string | undefined> {
  try {
    const signers = signersOf(text, certificates);
    if (signers.length === 0) return undefined;
    const library = new SignatureVerifier({
      idpCert: [...signers],
      wantAuthnResponseSigned: isResponseSigned,
      wantAssertionsSigned: isAssertionSigned,
      issuer: 'judged elsewhere',
      callbackUrl: 'judged elsewhere',
    });
    await library.validatePostResponseAsync({ SAMLResponse: Buffer.from(text).toString('base64') });
    return library.verified;
  } catch {
    // The library has one way to say no, whatever it is that does not hold.
    return undefined;
  }
}

/**
 * Those of the certificates whose keys made a signature of the text; none when any signature is of somebody else.
 *
 * The library looks at all that is signed before it looks at the signature, once for each certificate, and so a stranger's
 * response would cost most. Its own parts say first, at little cost, whether the signature is of one of the keys at all.
 */
function signersOf(text: string, certificates: readonly string[]): readonly string[] {
  // As the library reads it.
  const document = new DOMParser().parseFromString(text.replaceAll(/\r\n?/g, '\n'), 'text/xml');
  const signatures = Array.from(document.getElementsByTagNameNS(SIGNATURES, 'Signature'), (signature) => {
    const read = new SignedXml();
    read.loadSignature(signature);
    const Algorithm =
      read.SignatureAlgorithms[read.signatureAlgorithm as keyof typeof read.SignatureAlgorithms];
    // Private to the library's types only: its check does just this.
    const signed = read['getCanonSignedInfoXml'](document);
    const value = read['signatureValue'];
    if (Algorithm === undefined) return [];
    return certificates.filter((each) => isBy(() => new Algorithm().verifySignature(signed, each, value)));
  });
  return signatures.some((signers) => signers.length === 0) ? [] : [...new Set(signatures.flat())];
}

/** What cannot be verified by a key was not made by it. */
function isBy(verify: () => boolean): boolean {
  try {
    return verify();
  } catch {
    return false;
  }
}

/**
 * The library up to the point where it has verified the signatures and cut out the assertion. Who may say
 * what, to whom and until when is judged in saml/semantics.ts, by our clock; the library's own judgement
 * would refuse conditions without an end, and say no more than that.
 */
class SignatureVerifier extends SAML {
  verified: string | undefined;

  protected override async processValidlySignedAssertionAsync(
    assertion: string,
  ): Promise<{ profile: Profile; loggedOut: boolean }> {
    this.verified = assertion;
    return { profile: { issuer: '', nameID: '', nameIDFormat: '' }, loggedOut: false };
  }
}

/**
 * What of the response is signed.
 * @throws Failure `provider-refused` when nothing is, or in another way than SAML has it
 */
export function assertSignatures(root: XmlElement): Signed {
  const assertions = childrenNamed(root, ASSERTION, 'Assertion');
  const places = [root, ...assertions];
  const signatures = places.map((place) => ({ place, found: childrenNamed(place, SIGNATURES, 'Signature') }));
  const all = [...everyElement(root)];
  const placed = signatures.reduce((sum, { found }) => sum + found.length, 0);
  if (placed === 0) refuse('it is not signed');
  if (
    all.filter(({ name }) => name === 'Signature').length !== placed ||
    signatures.some(({ found }) => found.length > 1)
  )
    refuse('it has a signature where none belongs');
  assertIds(all);
  for (const { place, found } of signatures) {
    for (const signature of found) assertSignature(signature, place.attributes.get('ID') ?? '');
  }
  return {
    isResponseSigned: signatures[0]!.found.length === 1,
    isAssertionSigned: signatures.slice(1).some(({ found }) => found.length === 1),
  };
}

/** No id twice, whatever the case or prefix of the attribute that names it: readers differ in what they take for one. */
function assertIds(elements: readonly XmlElement[]): void {
  const seen = new Set<string>();
  for (const { attributes } of elements) {
    const ids = [...attributes].filter(([name]) => name.split(':').at(-1)?.toLowerCase() === 'id');
    if (ids.length > 1) refuse('an element has two ids');
    for (const [, id] of ids) {
      if (!ID.test(id)) refuse('an id is none');
      if (seen.has(id)) refuse('two elements have one id');
      seen.add(id);
    }
  }
}

function assertSignature(signature: XmlElement, id: string): void {
  const within = [...everyElement(signature)];
  const one = (name: string): XmlElement => {
    const [found, ...more] = within.filter((each) => each.name === name);
    return found?.namespace === SIGNATURES && more.length === 0
      ? found
      : refuse(`its signature has no ${name}, or several`);
  };
  for (const name of ONCE) one(name);
  if (signature.children.some(({ name }) => !PARTS.has(name)))
    refuse('its signature has parts that are not known');
  const order = one('SignedInfo').children.map(({ name }) => name);
  if (order.join(' ') !== 'CanonicalizationMethod SignatureMethod Reference')
    refuse('its SignedInfo is of another form');
  if (one('DigestValue').children.length > 0 || one('SignatureValue').children.length > 0)
    refuse('its signature has elements where text should be');
  if (id === '' || one('Reference').attributes.get('URI') !== `#${id}`)
    refuse('its signature is of something else');
  const algorithm = ({ attributes }: XmlElement): string => attributes.get('Algorithm') ?? '';
  if (!METHODS.has(algorithm(one('SignatureMethod'))) || !DIGESTS.has(algorithm(one('DigestMethod'))))
    refuse('it is signed by an algorithm that is not strong enough');
  const transforms = within.filter(({ name }) => name === 'Transform').map(algorithm);
  const isUsual =
    algorithm(one('CanonicalizationMethod')) === EXCLUSIVE &&
    transforms.join(' ') === `${ENVELOPED} ${EXCLUSIVE}`;
  if (!isUsual) refuse('it is signed over a form that is not known');
}
