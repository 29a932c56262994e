/** A certificate as makers of authenticators give them (WebAuthn, section 8.2.1), in DER, and its key: for attestations that a verifier which follows certificates would believe. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export function attestationCertificate(): { readonly certificate: Buffer; readonly key: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
  const name = sequence(
    attribute('550406', 'US'),
    attribute('55040a', 'A maker'),
    attribute('55040b', 'Authenticator Attestation'),
    attribute('550403', 'A key'),
  );
  const notAnAuthority = sequence(oid('551d13'), der(0x04, sequence()));
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    sequence(der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231235959Z'))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(notAnAuthority)),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', signed, privateKey)]);
  return { certificate: sequence(signed, ecdsaWithSha256, der(0x03, signature)), key: privateKey };
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const attribute = (type: string, value: string): Buffer =>
  der(0x31, sequence(oid(type), der(0x13, Buffer.from(value))));
