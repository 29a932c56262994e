/** Keys of passkeys: of the kind that they say they are, and large enough. Else one would be kept that can never sign, or that others can sign with. */
import { cose, decodeCredentialPublicKey } from '@simplewebauthn/server/helpers';

const LEAST_RSA_BYTES = 256;
/** 65,537, as authenticators make them. */
const RSA_EXPONENT = '010001';

type Key = Parameters<typeof decodeCredentialPublicKey>[0];

/** @throws TypeError */
export function assertUsableKey(publicKey: Key): void {
  const key = decodeCredentialPublicKey(publicKey);
  if (!isUsable(key)) throw new TypeError('not a key of its kind');
}

function isUsable(key: ReturnType<typeof decodeCredentialPublicKey>): boolean {
  const { alg } = cose.COSEKEYS;
  if (cose.isCOSEPublicKeyEC2(key))
    return key.get(alg) === cose.COSEALG.ES256 && key.get(cose.COSEKEYS.crv) === cose.COSECRV.P256;
  if (cose.isCOSEPublicKeyOKP(key))
    return key.get(alg) === cose.COSEALG.EdDSA && key.get(cose.COSEKEYS.crv) === cose.COSECRV.ED25519;
  if (!cose.isCOSEPublicKeyRSA(key)) return false;
  const { length = 0 } = key.get(cose.COSEKEYS.n) ?? {};
  const exponent = Buffer.from(key.get(cose.COSEKEYS.e) ?? []).toString('hex');
  return key.get(alg) === cose.COSEALG.RS256 && length >= LEAST_RSA_BYTES && exponent === RSA_EXPONENT;
}
