/**
 * An authenticator in software: makes passkeys and signs with them, as a browser hands it on; and does it wrongly where a test says so.
 *
 * Source: W3C Web Authentication, sections 6.1, 6.5, 5.8.1.
 */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { attestationCertificate } from './attestation-certificate.ts';

/** What StartWebAuthnRegistration gives, as far as it is read here. */
export interface CreationOptions {
  readonly rp: { readonly id: string };
  readonly user: { readonly id: string; readonly name: string };
  readonly challenge: string;
  readonly excludeCredentials: readonly { readonly id: string }[];
  readonly authenticatorSelection: { readonly userVerification: string };
  readonly pubKeyCredParams: readonly { readonly alg: number }[];
  readonly attestation: string;
}
/** CREDENTIAL_REQUEST_OPTIONS. */
export interface RequestOptions {
  readonly challenge: string;
  readonly rpId: string;
  readonly allowCredentials: readonly { readonly id: string; readonly transports?: readonly string[] }[];
  readonly userVerification: string;
}
/** What is done otherwise than an honest authenticator and browser would. */
export interface Deviation {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly crossOrigin?: boolean;
  readonly topOrigin?: string;
  /** Of the owner. */
  readonly verified?: boolean;
  readonly present?: boolean;
  readonly counter?: number;
  readonly userHandle?: string;
  readonly credentialId?: string;
  readonly format?: string;
  readonly attestation?: readonly (readonly [string, unknown])[];
  readonly algorithm?: number;
  /** Of its key; ES256 when absent. */
  readonly kind?: keyof typeof KEYS;
  /** Signs what it made with the key that it made. */
  readonly selfAttested?: boolean;
  /** Has its maker vouch for what it made. */
  readonly certified?: boolean;
}
interface Made {
  readonly id: string;
  readonly key: KeyObject;
  readonly userHandle: string;
}

const KIND = Buffer.from('ea9b8d664d011d213ce4b6b48cb575d4', 'hex');
const [PRESENT, VERIFIED, ATTESTED] = [0x01, 0x04, 0x40];

export function authenticator(at: { readonly origin: string }) {
  const made: Made[] = [];
  let used = 0;

  const flagsOf = ({ verified = true, present = true }: Deviation): number =>
    (present ? PRESENT : 0) | (verified ? VERIFIED : 0);

  const clientData = (type: string, challenge: string, deviation: Deviation): string =>
    base64url(
      JSON.stringify({
        type: deviation.type ?? type,
        challenge: deviation.challenge ?? challenge,
        origin: deviation.origin ?? at.origin,
        crossOrigin: deviation.crossOrigin ?? false,
        topOrigin: deviation.topOrigin,
      }),
    );

  const head = (rpId: string, flags: number, counter: number): Buffer => {
    const counted = Buffer.alloc(4);
    counted.writeUInt32BE(counter);
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), counted]);
  };

  return {
    made,

    /** What `navigator.credentials.create` gives, as JSON. */
    create({ rp, user, challenge }: CreationOptions, deviation: Deviation = {}) {
      const { publicKey, privateKey } = KEYS[deviation.kind ?? 'es256']();
      const id = deviation.credentialId ?? randomBytes(32).toString('base64url');
      const rawId = Buffer.from(id, 'base64url');
      const cose = coseOf(publicKey, deviation.algorithm);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(rawId.length);
      const authData = Buffer.concat([
        head(deviation.rpId ?? rp.id, flagsOf(deviation) | ATTESTED, deviation.counter ?? 0),
        KIND,
        length,
        rawId,
        cbor(cose),
      ]);
      const said = clientData('webauthn.create', challenge, deviation);
      const signed = Buffer.concat([authData, sha256(Buffer.from(said, 'base64url'))]);
      const statement = statementOf(deviation, { privateKey, signed });
      const attestation = new Map<string, unknown>([
        ['fmt', deviation.selfAttested || deviation.certified ? 'packed' : (deviation.format ?? 'none')],
        ['attStmt', new Map(statement)],
        ['authData', authData],
      ]);
      made.push({ id, key: privateKey, userHandle: user.id });
      return credential(id, {
        clientDataJSON: said,
        attestationObject: base64url(cbor(attestation)),
        transports: ['internal', 'hybrid', 'carrier-pigeon'],
      });
    },

    /** What `navigator.credentials.get` gives, as the text that CREDENTIAL takes. */
    get({ challenge, rpId, allowCredentials }: RequestOptions, deviation: Deviation = {}): string {
      const passkey = made.find(({ id }) => allowCredentials.some((each) => each.id === id)) ?? made.at(-1)!;
      used = deviation.counter ?? used + 1;
      const authData = head(deviation.rpId ?? rpId, flagsOf(deviation), used);
      const said = clientData('webauthn.get', challenge, deviation);
      const signed = Buffer.concat([authData, sha256(Buffer.from(said, 'base64url'))]);
      return JSON.stringify(
        credential(deviation.credentialId ?? passkey.id, {
          clientDataJSON: said,
          authenticatorData: base64url(authData),
          signature: signatureOf(passkey.key, signed).toString('base64url'),
          userHandle: deviation.userHandle ?? passkey.userHandle,
        }),
      );
    },
  };
}
export type Authenticator = ReturnType<typeof authenticator>;

/** What a browser hands to the page. */
const credential = <Response>(id: string, response: Response) => ({
  id,
  rawId: id,
  type: 'public-key',
  authenticatorAttachment: 'platform',
  clientExtensionResults: {},
  response,
});

const KEYS = {
  es256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ed25519: () => generateKeyPairSync('ed25519'),
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'rsa-1024': () => generateKeyPairSync('rsa', { modulusLength: 1024 }),
  'rsa-exponent-3': () => generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }),
};

/** A public key as COSE has it (RFC 9053). */
function coseOf(publicKey: KeyObject, algorithm: number | undefined): Map<number, unknown> {
  const { kty, x = '', y = '', n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64url');
  if (kty === 'RSA')
    return new Map<number, unknown>([
      [1, 3],
      [3, algorithm ?? -257],
      [-1, bytes(n)],
      [-2, bytes(e)],
    ]);
  const [type, own, curve] = kty === 'OKP' ? [1, -8, 6] : [2, -7, 1];
  return new Map<number, unknown>([
    [1, type],
    [3, algorithm ?? own],
    [-1, curve],
    [-2, bytes(x)],
    ...(y === '' ? [] : ([[-3, bytes(y)]] as const)),
  ]);
}

function statementOf(
  { selfAttested, certified, attestation = [] }: Deviation,
  { privateKey, signed }: { readonly privateKey: KeyObject; readonly signed: Buffer },
): NonNullable<Deviation['attestation']> {
  if (selfAttested)
    return [
      ['alg', -7],
      ['sig', signatureOf(privateKey, signed)],
    ];
  if (!certified) return attestation;
  const { certificate, key } = attestationCertificate();
  return [
    ['alg', -7],
    ['sig', signatureOf(key, signed)],
    ['x5c', [certificate]],
  ];
}

const signatureOf = (key: KeyObject, bytes: Buffer): Buffer =>
  sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', bytes, key);
const base64url = (value: string | Buffer): string => Buffer.from(value).toString('base64url');
const sha256 = (value: string | Buffer): Buffer => createHash('sha256').update(value).digest();

/** The few kinds of CBOR (RFC 8949) that an authenticator needs. */
export function cbor(value: unknown): Buffer {
  if (typeof value === 'number') return value < 0 ? cborHead(1, -1 - value) : cborHead(0, value);
  if (typeof value === 'string')
    return Buffer.concat([cborHead(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([cborHead(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([cborHead(4, value.length), ...value.map(cbor)]);
  if (value instanceof Map)
    return Buffer.concat([
      cborHead(5, value.size),
      ...[...value].flatMap(([name, each]) => [cbor(name), cbor(each)]),
    ]);
  throw new TypeError('no CBOR for this');
}

function cborHead(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length]);
  if (length < 256) return Buffer.from([(major << 5) | 24, length]);
  return Buffer.from([(major << 5) | 25, length >> 8, length & 0xff]);
}
