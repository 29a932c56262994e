/**
 * Passkeys by @simplewebauthn/server, behind the port of passkey verifiers.
 *
 * Owns what a response looks like, and the decision which kinds are supported: keys of ES256, EdDSA and RS256, attested by nobody or by themselves. A chain of certificates is refused unread: we ask for none,
 * and to follow one the library would fetch addresses that stand in it. Must not know pools or people.
 */
import {
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { cose, decodeAttestationObject, isoBase64URL } from '@simplewebauthn/server/helpers';
import { Failure } from '../base/failure.ts';
import type { PasskeyVerifier, PasskeyVerifierFailure } from '../domain/ports/passkey-verifier.ts';
import { assertUsableKey } from './keys.ts';
import { readResponse } from './responses.ts';

const ALGORITHMS: readonly number[] = [cose.COSEALG.ES256, cose.COSEALG.EdDSA, cose.COSEALG.RS256];
/** Transports that a browser can name; others are not kept. */
const TRANSPORTS = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'];

const refused = (cause?: unknown) => new Failure<PasskeyVerifierFailure>('passkey-refused', {}, { cause });

export const passkeyVerifier: PasskeyVerifier = {
  algorithms: ALGORITHMS,
  read: readResponse,

  async registered(response, { challenge, origin, relyingPartyId, needsVerification }) {
    const claimed = readResponse('registration', response);
    if (!claimed) throw refused();
    // `readResponse` proved that it has this form.
    const registration = response as RegistrationResponseJSON;
    try {
      assertSelfMade(registration.response.attestationObject);
      const { registrationInfo } = await verifyRegistrationResponse({
        response: registration,
        expectedChallenge: challenge,
        expectedOrigin: origin,
        expectedRPID: relyingPartyId,
        requireUserVerification: needsVerification,
        supportedAlgorithmIDs: [...ALGORITHMS],
      });
      if (registrationInfo?.credential.id !== claimed.credentialId) throw refused();
      const { credential, aaguid } = registrationInfo;
      assertUsableKey(credential.publicKey);
      return {
        credentialId: credential.id,
        publicKey: isoBase64URL.fromBuffer(credential.publicKey),
        counter: credential.counter,
        transports: TRANSPORTS.filter((each) =>
          registration.response.transports?.some((one) => one === each),
        ),
        authenticatorKind: aaguid,
      };
    } catch (error) {
      throw refused(error);
    }
  },

  async assertSigned(response, { challenge, origin, relyingPartyId, needsVerification }, key) {
    if (!readResponse('assertion', response)) throw refused();
    const { credentialId, publicKey, counter } = key;
    const verified = await verifyAuthenticationResponse({
      // `readResponse` proved that it has this form.
      response: response as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: relyingPartyId,
      requireUserVerification: needsVerification,
      credential: { id: credentialId, publicKey: isoBase64URL.toBuffer(publicKey), counter },
    }).catch((error: unknown) => {
      throw refused(error);
    });
    if (!verified.verified) throw refused();
  },
};

/** @throws Failure `passkey-refused` for an attestation that somebody else vouches for */
function assertSelfMade(attestationObject: string): void {
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject));
  const format = attestation.get('fmt');
  const isSelfMade = format === 'packed' && attestation.get('attStmt').get('x5c') === undefined;
  if (format !== 'none' && !isSelfMade) throw refused();
}
