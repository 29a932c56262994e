/**
 * A passkey: an authenticator signs a challenge on a page of the relying party (WEB_AUTHN).
 *
 * A challenge is of one attempt and ends with it. Who has no passkey is asked for one that does not exist, the same from one try to the next. A passkey that verified its owner counts as two factors where the pool says so.
 * Source: Cognito developer guide, "Passkey sign-in"; W3C Web Authentication, section 7.2.
 */
import { Failure, isFailure } from '../../../base/failure.ts';
import { newBearer } from '../../../base/ids.ts';
import { parseStrictJson } from '../../../base/strict-json.ts';
import { standInFor } from '../../users/resolve-account.ts';
import type { Decoys } from '../../users/decoys.ts';
import { userHandleOf, type Passkey, type Passkeys } from '../../users/passkeys.ts';
import type { ClaimedPasskey, PasskeyVerifier } from '../../ports/passkey-verifier.ts';
import { passkeyCountsTwice, TWO_FACTORS } from '../second-factors.ts';
import type { Attempt, SignInFailure, Step } from './challenge.ts';

const MOST_CHARACTERS = 32_768;

interface PasskeyStepParts {
  readonly passkeys: Passkeys;
  readonly passkeyVerifier: PasskeyVerifier;
  readonly decoys: Decoys;
}

export function passkeyStep({ passkeys, passkeyVerifier, decoys }: PasskeyStepParts): Step {
  const wrong = () => new Failure<SignInFailure>('wrong-username-or-password');

  /** Those that can be used here; one that nobody has, for who has none. */
  async function allowedFor({ pool, user }: Attempt) {
    const { passkey } = standInFor(decoys, pool, user);
    const usable = await passkeys.usableBy(pool, user);
    return usable.length > 0 ? usable : [passkey];
  }

  /** The passkey that an assertion names, if it is this person's and made for this relying party. */
  async function passkeyOf(attempt: Attempt, claimed: ClaimedPasskey): Promise<Passkey> {
    const { pool, user, notes } = attempt;
    const present = await passkeys.usableBy(pool, user);
    const passkey = present.find(({ credentialId }) => credentialId === claimed.credentialId);
    if (!passkey || passkey.relyingPartyId !== notes.relyingPartyId) throw wrong();
    if (claimed.userHandle !== undefined && claimed.userHandle !== userHandleOf(user)) throw wrong();
    return passkey;
  }

  return {
    name: 'passkey',
    owedBy: () => false,

    async ask(attempt) {
      const { pool } = attempt;
      const relyingPartyId = await passkeys.relyingPartyOf(pool);
      const challenge = newBearer();
      const verification = pool.passkeys?.userVerification ?? 'preferred';
      const allowed = await allowedFor(attempt);
      const options = {
        challenge,
        timeout: attempt.client.authSessionMinutes * 60_000,
        rpId: relyingPartyId,
        allowCredentials: allowed.map(({ credentialId, transports }) => ({
          id: credentialId,
          type: 'public-key',
          transports,
        })),
        userVerification: verification,
      };
      return {
        asks: { CREDENTIAL_REQUEST_OPTIONS: JSON.stringify(options) },
        notes: { challenge, relyingPartyId, verification },
      };
    },

    async check(attempt, { credential = '' }) {
      const response = parsed(credential);
      const claimed = passkeyVerifier.read('assertion', response);
      if (!claimed)
        throw new Failure<SignInFailure>('answer-malformed', {
          reason: 'CREDENTIAL is not a passkey response.',
        });
      const { challenge = '', relyingPartyId = '', verification } = attempt.notes;
      const passkey = await passkeyOf(attempt, claimed);
      try {
        passkeys.assertPlace(claimed, relyingPartyId);
        const needsVerification = verification === 'required';
        const expected = { challenge, relyingPartyId, origin: claimed.origin, needsVerification };
        await passkeyVerifier.assertSigned(response, expected, passkey);
      } catch (error) {
        throw isFailure(error, 'passkey-origin-not-allowed', 'relying-party-mismatch', 'passkey-refused')
          ? wrong()
          : error;
      }
    },

    async pass(attempt, { credential = '' }) {
      // The same text that was found true just now.
      const claimed = passkeyVerifier.read('assertion', parsed(credential));
      if (!claimed) throw wrong();
      await passkeys.used(await passkeyOf(attempt, claimed), claimed.counter).catch((error: unknown) => {
        throw isFailure(error, 'passkey-not-found') ? wrong() : error;
      });
      const isTwo = claimed.wasVerified && passkeyCountsTwice(attempt.pool, attempt.user);
      return isTwo ? { memory: { [TWO_FACTORS]: 'true' } } : {};
    },
  };
}

function parsed(credential: string): unknown {
  try {
    return credential.length > MOST_CHARACTERS ? undefined : parseStrictJson(credential);
  } catch {
    // Not JSON is not a response either.
    return undefined;
  }
}
