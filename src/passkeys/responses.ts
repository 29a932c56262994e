/** What an authenticator's response claims: its form and limits, and the facts that decide whether it is looked at further. Believes nothing. */
import {
  decodeAttestationObject,
  isoBase64URL,
  parseAuthenticatorData,
} from '@simplewebauthn/server/helpers';
import { z } from 'zod';
import { parseStrictJson } from '../base/strict-json.ts';
import type { ClaimedPasskey, PasskeyVerifier } from '../domain/ports/passkey-verifier.ts';

/** Longest credential id that WebAuthn allows is 1,023 bytes. */
const MOST_OF_ID = 1364;
/** Far above what a response without a chain of certificates has, in characters. */
const MOST_OF_VALUE = 16_384;
const MOST_TRANSPORTS = 16;

const BASE64URL = /^[A-Za-z0-9_-]+$/;
const value = z.string().min(1).max(MOST_OF_VALUE).regex(BASE64URL);
const id = z.string().min(1).max(MOST_OF_ID).regex(BASE64URL);
const credential = { id, rawId: id, type: z.literal('public-key') };
const attachment = z.enum(['platform', 'cross-platform']).nullish();

const registration = z.object({
  ...credential,
  authenticatorAttachment: attachment,
  response: z.object({
    clientDataJSON: value,
    attestationObject: value,
    transports: z.array(z.string().max(64)).max(MOST_TRANSPORTS).optional(),
  }),
});
const assertion = z.object({
  ...credential,
  authenticatorAttachment: attachment,
  response: z.object({
    clientDataJSON: value,
    authenticatorData: value,
    signature: value,
    userHandle: z.string().max(MOST_OF_ID).nullish(),
  }),
});
const clientData = z.object({
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
  topOrigin: z.string().optional(),
});

export const readResponse: PasskeyVerifier['read'] = (kind, response) => {
  try {
    return kind === 'registration' ? readRegistration(response) : readAssertion(response);
  } catch {
    // Every reader here throws at what it does not understand, and there is nothing to tell of that.
    return undefined;
  }
};

function readRegistration(given: unknown): ClaimedPasskey {
  const { response, ...rest } = registration.parse(given);
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(response.attestationObject));
  return claimed(rest, response.clientDataJSON, attestation.get('authData'));
}

function readAssertion(given: unknown): ClaimedPasskey {
  const { response, ...rest } = assertion.parse(given);
  const read = claimed(rest, response.clientDataJSON, isoBase64URL.toBuffer(response.authenticatorData));
  return { ...read, userHandle: response.userHandle ?? undefined };
}

function claimed(
  outer: { id: string; rawId: string; authenticatorAttachment?: string | null },
  clientDataJson: string,
  authenticatorData: Parameters<typeof parseAuthenticatorData>[0],
): ClaimedPasskey {
  const said = clientData.parse(parseStrictJson(isoBase64URL.toBuffer(clientDataJson)));
  const { rpIdHash, flags, counter } = parseAuthenticatorData(authenticatorData);
  if (outer.id !== outer.rawId) throw new TypeError('two ids');
  return {
    credentialId: outer.id,
    challenge: said.challenge,
    origin: said.origin,
    isCrossOrigin: said.crossOrigin === true || said.topOrigin !== undefined,
    relyingPartyHash: Buffer.from(rpIdHash).toString('hex'),
    counter,
    wasVerified: flags.uv,
    attachment: outer.authenticatorAttachment ?? undefined,
  };
}
