/**
 * Metadata of a SAML identity provider: who it is, where it signs people in, and whose signatures it stands for.
 *
 * One provider: an aggregate is taken only when a single entity in it can be meant. All its signing certificates count, so that it can change them. What is missing is said when the provider is configured, not when somebody signs in.
 * Source: SAML 2.0 Metadata, 2.3, 2.4.1.1 and 2.4.3.
 */
import { X509Certificate } from 'node:crypto';
import { childrenNamed, everyElement, passGate, readXml, refuse, type XmlElement } from './gate.ts';
import { PROTOCOL } from './semantics.ts';

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata';
const SIGNATURES = 'http://www.w3.org/2000/09/xmldsig#';
const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
const LIMITS = { bytes: 1024 * 1024, elements: 10_000, comments: 'skipped', prolog: 'lenient' } as const;
const MAX_CERTIFICATES = 10;
const MAX_ENTITY_ID = 1024;
const MIN_RSA_BITS = 2048;
/** Some providers publish a PEM file where its inside belongs; of one certificate, nothing else. */
const ARMOUR = /^\s*-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----\s*$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export interface Metadata {
  readonly entityId: string;
  /** Where people are sent to sign in. */
  readonly signInAddress: string;
  /** How: by redirect where the provider offers it, else by a form. */
  readonly signInBinding: 'redirect' | 'post';
  readonly signOutAddress: string | undefined;
  /** PEM; never empty. */
  readonly certificates: readonly string[];
  /** From then on it must not be used; undefined when it says nothing of that. */
  readonly validUntil: Date | undefined;
}

/**
 * @param text a metadata document
 * @throws Failure `provider-refused`
 */
export function readMetadata(text: string, now: Date): Metadata {
  const root = readXml(passGate(text, LIMITS));
  if (root.namespace !== METADATA || !['EntityDescriptor', 'EntitiesDescriptor'].includes(root.name))
    refuse('the metadata is no SAML metadata');
  const fitting = [...everyElement(root)].filter(
    (each) => each.namespace === METADATA && each.name === 'EntityDescriptor' && roleOf(each),
  );
  if (fitting.length !== 1)
    refuse(
      `the metadata describes ${fitting.length === 0 ? 'no' : 'more than one'} SAML 2.0 identity provider`,
    );
  const entity = fitting[0]!;
  const role = roleOf(entity)!;
  const validUntil = endOf([root, entity, role]);
  assertValid(validUntil, now);
  const entityId = entity.attributes.get('entityID') ?? '';
  if (entityId === '' || entityId.length > MAX_ENTITY_ID) refuse('the metadata has no entityID');
  const byRedirect = addressOf(role, 'SingleSignOnService', REDIRECT);
  return {
    entityId,
    signInAddress:
      byRedirect ??
      addressOf(role, 'SingleSignOnService', POST) ??
      refuse('the metadata has no SingleSignOnService with the HTTP-Redirect or HTTP-POST binding'),
    signInBinding: byRedirect === undefined ? 'post' : 'redirect',
    signOutAddress: addressOf(role, 'SingleLogoutService', REDIRECT),
    certificates: certificatesOf(role),
    validUntil,
  };
}

const roleOf = (entity: XmlElement): XmlElement | undefined =>
  childrenNamed(entity, METADATA, 'IDPSSODescriptor').find((each) =>
    (each.attributes.get('protocolSupportEnumeration') ?? '').split(/\s+/).includes(PROTOCOL),
  );

/** @throws Failure `provider-refused` */
export function assertValid(validUntil: Date | undefined, now: Date): void {
  // What is no moment is over.
  if (validUntil !== undefined && !(validUntil > now)) refuse('the metadata is no longer valid');
}

/** The first end that one of them names. */
function endOf(elements: readonly XmlElement[]): Date | undefined {
  const ends = elements
    .flatMap(({ attributes }) => attributes.get('validUntil') ?? [])
    .map((each) => Date.parse(each));
  return ends.length === 0 ? undefined : new Date(Math.min(...ends));
}

function addressOf(role: XmlElement, service: string, binding: string): string | undefined {
  const found = childrenNamed(role, METADATA, service).find(
    (each) => each.attributes.get('Binding') === binding,
  );
  const location = found?.attributes.get('Location');
  if (location === undefined) return undefined;
  const url = URL.parse(location);
  const isAddress =
    url && ['https:', 'http:'].includes(url.protocol) && !url.username && !url.password && !url.hash;
  return isAddress ? url.href : refuse(`the metadata has a ${service} that is no address`);
}

function certificatesOf(role: XmlElement): readonly string[] {
  const signing = childrenNamed(role, METADATA, 'KeyDescriptor').filter((each) =>
    ['signing', undefined].includes(each.attributes.get('use')),
  );
  const found = signing
    .flatMap((each) => [...everyElement(each)])
    .filter(({ namespace, name }) => namespace === SIGNATURES && name === 'X509Certificate')
    .flatMap(({ text }) => pemOf(text) ?? []);
  const certificates = [...new Set(found)];
  if (certificates.length === 0)
    refuse(`the metadata has no signing certificate with an RSA key of ${MIN_RSA_BITS} bits or more`);
  if (certificates.length > MAX_CERTIFICATES) refuse('the metadata has too many signing certificates');
  return certificates;
}

/** undefined for a key that is of no use here. Dates are not judged: in metadata a certificate is but the wrapping of its key. */
function pemOf(text: string): string | undefined {
  const [, inside = text] = ARMOUR.exec(text) ?? [];
  const packed = inside.replaceAll(/\s/g, '');
  if (!BASE64.test(packed)) refuse('a certificate of the metadata is not base64');
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(Buffer.from(packed, 'base64'));
  } catch (error) {
    return refuse('a certificate of the metadata cannot be read', error);
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
  return type === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS ? certificate.toString() : undefined;
}
