/**
 * Time-based one-time passwords: what an authenticator application shows, six digits for thirty seconds.
 *
 * The arithmetic is otplib's. The code of the step before and of the step after count too, because clocks differ; a code counts once, so that one which was seen over a shoulder is worth nothing: a spent step is marked in the directory, where of many at once one wins.
 * Source: RFC 6238, 5.2.
 */
import { generateSecret, verifySync } from 'otplib';
import { Failure } from '../../base/failure.ts';
import type { SignInFailure } from './challenges/challenge.ts';
import type { ClaimOnce } from '../ports/replay-cache.ts';

const STEP_SECONDS = 30;
const SECRET_BYTES = 32;
const CODE = /^\d{6}$/;

/** A new secret in base 32, 52 characters: what Cognito's clients show as a QR code. */
export const newTotpSecret = (): string => generateSecret({ length: SECRET_BYTES });

/**
 * The step that `code` is of, when that is the present one, the one before or the one after.
 * @param secret base 32
 * @returns undefined when the code is wrong or too old
 */
export function totpStep(secret: string, code: string, now: Date): number | undefined {
  if (!CODE.test(code)) return undefined;
  const epoch = Math.floor(now.getTime() / 1000);
  const judged = verifySync({ secret, token: code, epoch, epochTolerance: STEP_SECONDS });
  return judged.valid ? Math.floor(epoch / STEP_SECONDS) + judged.delta : undefined;
}

/**
 * Judges a code of a person's application, and marks it as used.
 * @throws Failure `wrong-totp`, `code-ran-out` when it was used before
 */
export async function spendTotp(
  { poolId, sub, secret, code }: { poolId: string; sub: string; secret: string; code: string },
  { claimOnce, now }: { claimOnce: ClaimOnce; now: Date },
): Promise<void> {
  const step = totpStep(secret, code, now);
  if (step === undefined) throw new Failure<SignInFailure>('wrong-totp');
  // Until the code of the step counts no more, by a clock that is as far off as it may be.
  const until = new Date((step + 3) * STEP_SECONDS * 1000);
  // The secret is part of the id, which is kept only as its hash: a new application begins anew.
  const isFirst = await claimOnce({ issuedBy: ['totp', poolId, sub], id: `${secret}/${step}`, until });
  if (!isFirst) throw new Failure<SignInFailure>('code-ran-out');
}
