/**
 * Verification: the one place where a token of ours is believed.
 *
 * Nothing is defaulted: whoever asks says which pool, which use, and for whom. The key is found by pool and kid and names the algorithm; then issuer, use, audience, and times are compared.
 * Source: RFC 8725; Cognito developer guide, "Verifying JSON web tokens".
 */
import { epochSeconds, type Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { momentOf } from '../../base/ids.ts';
import type { JwtClaims, Signer } from '../ports/signer.ts';
import type { KeyUse, SigningKeys } from './signing-keys.ts';

interface Expectation {
  /** Whose key signed; `IDENTITY_ISSUER` for tokens of identities. */
  readonly poolId: string;
  readonly issuer: string;
  readonly use: KeyUse;
  /** App clients, or identity pools, that the token may have been issued to; `any` where all are as good. */
  readonly clientIds: readonly string[] | 'any';
  /** `accepted` where a token only tells whose a session was (OpenID Connect Core, 3.1.2.1, `id_token_hint`). */
  readonly expired: 'refused' | 'accepted';
}
export interface Believed {
  readonly sub: string;
  readonly clientId: string;
  /** From the token's id, to the millisecond. */
  readonly issuedAt: Date;
  readonly familyId?: string;
  readonly claims: JwtClaims;
}
export type VerifyFailure = 'token-invalid' | 'token-expired';

export interface VerifyParts {
  readonly signer: Signer;
  readonly signingKeys: SigningKeys;
  readonly clock: Clock;
}

/** Clocks of two nodes may differ by that much. */
const SKEW_SECONDS = 60;

const isMoment = (value: unknown): value is number => Number.isSafeInteger(value);

/** @throws Failure `token-invalid`, `token-expired` */
export async function verifyToken(
  token: string,
  expected: Expectation,
  { signer, signingKeys, clock }: VerifyParts,
): Promise<Believed> {
  const invalid = () => new Failure<VerifyFailure>('token-invalid');
  const kid = signer.peek(token)?.kid;
  const publicJwk =
    kid === undefined ? undefined : await signingKeys.byId(expected.poolId, expected.use, kid);
  if (!publicJwk) throw invalid();
  const claims = await signer.verify(token, publicJwk);
  if (!claims) throw invalid();

  const { iss, sub, exp, iat, nbf, jti, origin_jti: familyId } = claims;
  const clientId = expected.use === 'access' ? claims.client_id : claims.aud;
  // A token of an identity names no use, as AWS's does not; it has a key and an issuer of its own.
  const use = expected.use === 'identity' ? undefined : expected.use;
  if (iss !== expected.issuer || claims.token_use !== use) throw invalid();
  const now = epochSeconds(clock.now());
  if (typeof sub !== 'string' || sub === '' || typeof clientId !== 'string') throw invalid();
  if (!isMoment(exp) || !isMoment(iat) || iat > now + SKEW_SECONDS) throw invalid();
  if (nbf !== undefined && (!isMoment(nbf) || nbf > now + SKEW_SECONDS)) throw invalid();
  if (expected.clientIds !== 'any' && !expected.clientIds.includes(clientId)) throw invalid();
  const issuedAt = typeof jti === 'string' ? momentOf(jti) : undefined;
  if (!issuedAt) throw invalid();
  if (exp <= now && expected.expired === 'refused') throw new Failure<VerifyFailure>('token-expired');
  return { sub, clientId, issuedAt, claims, familyId: typeof familyId === 'string' ? familyId : undefined };
}
