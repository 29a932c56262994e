/** Operations of cognito-idp by which a signed-in person sees to his passkeys. */
import type { Invitation, Passkey } from '../../../domain/users/passkeys.ts';
import { document, integer, structure } from '../../../wire/members.ts';
import { assertUsable } from '../users/account-states.ts';
import { accessToken, anyText, pageToken } from '../members.ts';
import { operation } from '../nouns.ts';

const PAGE = 20;

/** What a document may hold. */
type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

export const StartWebAuthnRegistration = operation({
  caller: 'user',
  input: structure({ AccessToken: accessToken }),
  async handle(_input, { passkeys }, { bearer: { pool, user, clientId } }) {
    assertUsable(user);
    const invitation = await passkeys.invite(pool, user, clientId);
    return { CredentialCreationOptions: creationOptions(invitation, user.username) };
  },
});

export const CompleteWebAuthnRegistration = operation({
  caller: 'user',
  input: structure({ AccessToken: accessToken, Credential: document() }),
  async handle({ Credential }, { passkeys }, { bearer: { pool, user, clientId } }) {
    assertUsable(user);
    await passkeys.register(pool, user, clientId, Credential);
    return {};
  },
});

export const ListWebAuthnCredentials = operation({
  caller: 'user',
  input: structure({
    AccessToken: accessToken,
    NextToken: pageToken.optional(),
    MaxResults: integer({ min: 0, max: PAGE }).optional(),
  }),
  async handle({ NextToken, MaxResults }, { passkeys }, { bearer: { pool, user } }) {
    assertUsable(user);
    const page = { limit: MaxResults || PAGE, after: NextToken };
    const { records, next } = await passkeys.page(pool.id, user.sub, page);
    return { Credentials: records.map(credentialDescription), NextToken: next };
  },
});

export const DeleteWebAuthnCredential = operation({
  caller: 'user',
  input: structure({ AccessToken: accessToken, CredentialId: anyText }),
  async handle({ CredentialId }, { passkeys }, { bearer: { pool, user } }) {
    assertUsable(user);
    await passkeys.remove(pool.id, user.sub, CredentialId);
    return {};
  },
});

/** What `navigator.credentials.create` is called with, as JSON (PublicKeyCredentialCreationOptionsJSON). */
function creationOptions(
  { challenge, relyingParty, userHandle, verification, present, seconds, algorithms }: Invitation,
  name: string,
): Readonly<Record<string, Json>> {
  return {
    rp: { ...relyingParty },
    user: { id: userHandle, name, displayName: name },
    challenge,
    pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
    timeout: seconds * 1000,
    excludeCredentials: present.map(({ credentialId, transports }) => ({
      type: 'public-key',
      id: credentialId,
      transports: [...transports],
    })),
    // Found by the authenticator without being named, so that it can be offered before a name is typed.
    authenticatorSelection: {
      requireResidentKey: true,
      residentKey: 'required',
      userVerification: verification,
    },
    attestation: 'none',
  };
}

const credentialDescription = ({
  credentialId,
  name,
  relyingPartyId,
  attachment,
  transports,
  createdAt,
}: Passkey) => ({
  CredentialId: credentialId,
  FriendlyCredentialName: name,
  RelyingPartyId: relyingPartyId,
  AuthenticatorAttachment: attachment,
  AuthenticatorTransports: [...transports],
  CreatedAt: new Date(createdAt),
});
