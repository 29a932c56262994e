/**
 * The password proven without being sent: Secure Remote Password, as Cognito's clients speak it.
 *
 * The server's secret b is fresh for every challenge and 256 bits. Who is not known gets a salt that stays the same from one try to the next and a challenge that nobody can answer, at the same cost.
 * Source: RFC 5054; amazon-cognito-identity-js, AuthenticationHelper.
 */
import type { Clock } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import { equal, hmacSha256 } from '../../../base/secret.ts';
import { poolNameOf, type SrpVerifier } from '../../directory/passwords.ts';
import type { PasswordHash } from '../../ports/password-hash.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { Attempt, SignInFailure, Step } from '../step.ts';

const MAX_SKEW_MS = 300_000;
const HEX = /^[0-9a-fA-F]{1,780}$/;
const SALT_BYTES = 16;
const VERIFIER_BYTES = 384;
const TIMESTAMP = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d{2}:\d{2}:\d{2}) UTC (\d{4})$/;

export interface SrpParts {
  readonly sealer: Sealer;
  readonly hash: PasswordHash;
  readonly clock: Clock;
}

export function srpStep({ sealer, hash, clock }: SrpParts): Step {
  const malformed = (reason: string) => new Failure<SignInFailure>('answer-malformed', { reason });

  /** Salt and verifier; made-up ones, always the same, for who has none. */
  function verifierFor({ pool, user, login }: Attempt): SrpVerifier & { readonly isOwn: boolean } {
    const kept = user?.password;
    if (kept && 'verifier' in kept) return { ...kept, isOwn: true };
    const { secret } = sealer.derive(`nobody/${pool.id}/${login}`, SALT_BYTES + VERIFIER_BYTES);
    return {
      salt: secret.subarray(0, SALT_BYTES).toString('hex'),
      verifier: secret.subarray(SALT_BYTES).toString('hex'),
      isOwn: false,
    };
  }

  return {
    name: 'srp',
    guesses: 'password',
    owedBy: () => false,

    async ask(attempt, { srpA = '' }) {
      if (!HEX.test(srpA)) throw malformed('SRP_A must be a hexadecimal number.');
      const { salt, verifier } = verifierFor(attempt);
      const challenge = await hash.srpChallenge({ verifier, publicA: srpA });
      // A ≡ 0 (mod N) would make the shared secret 0, whatever the password.
      if (!challenge) throw malformed('SRP_A is not acceptable.');
      const username = attempt.user?.username ?? attempt.login;
      return {
        asks: {
          SALT: salt,
          SRP_B: challenge.publicB,
          SECRET_BLOCK: attempt.session,
          USER_ID_FOR_SRP: username,
          USERNAME: username,
        },
        notes: { a: srpA, b: challenge.secret, B: challenge.publicB, username },
      };
    },

    async check(attempt, { signature = '', secretBlock = '', timestamp = '' }) {
      const moment = readTimestamp(timestamp);
      if (moment === undefined)
        throw malformed('TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.');
      const { a = '', b = '', B = '', username = '' } = attempt.notes;
      const { verifier, isOwn } = verifierFor(attempt);
      const key = await hash.srpKey({ verifier, publicA: a, secret: b, publicB: B });
      const message = Buffer.concat([
        Buffer.from(poolNameOf(attempt.pool.id) + username),
        Buffer.from(secretBlock, 'base64'),
        Buffer.from(timestamp),
      ]);
      const isRight =
        key !== undefined &&
        equal(hmacSha256(Buffer.from(key, 'hex'), message).toString('base64'), signature) &&
        isOwn;
      const isRecent = Math.abs(clock.now().getTime() - moment) <= MAX_SKEW_MS;
      if (!isRight || !isRecent) throw new Failure<SignInFailure>('wrong-username-or-password');
    },
  };
}

/** `Mon Nov 3 02:51:00 UTC 2026` as milliseconds since 1970. */
function readTimestamp(text: string): number | undefined {
  const [, month, day, time, year] = TIMESTAMP.exec(text) ?? [];
  const moment = Date.parse(`${day} ${month} ${year} ${time} UTC`);
  return Number.isNaN(moment) ? undefined : moment;
}
