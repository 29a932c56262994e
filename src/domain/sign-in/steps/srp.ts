/**
 * The password proven without being sent: Secure Remote Password, as Cognito's clients speak it.
 *
 * The server's secret b is fresh for every challenge and 256 bits. Who is not known gets a salt that stays the same from one try to the next and a challenge that nobody can answer, at the same cost.
 * Source: RFC 5054; amazon-cognito-identity-js, AuthenticationHelper.
 */
import { hkdfSync, randomBytes } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import { equal, hmacSha256 } from '../../../base/secret.ts';
import { G, hashHex, K, N, padHex, poolNameOf, power } from '../../directory/srp-group.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { Attempt, SignInFailure, Step } from '../step.ts';

const MAX_SKEW_MS = 300_000;
const INFO = 'Caldera Derived Key';
const KEY_BYTES = 16;
const HEX = /^[0-9a-fA-F]{1,780}$/;
const TIMESTAMP = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d{2}:\d{2}:\d{2}) UTC (\d{4})$/;

export function srpStep({ sealer, clock }: { sealer: Sealer; clock: Clock }): Step {
  const malformed = (reason: string) => new Failure<SignInFailure>('answer-malformed', { reason });
  const wrong = () => new Failure<SignInFailure>('wrong-username-or-password');

  /** Salt and verifier; made-up ones, always the same, for who has none. */
  function verifierFor({ pool, user, login }: Attempt): { salt: string; verifier: bigint } {
    const kept = user?.password;
    if (kept) return { salt: kept.salt, verifier: BigInt(`0x${kept.verifier}`) };
    const purpose = `nobody/${pool.id}/${login}`;
    const { secret } = sealer.derive(purpose, 16 + 384);
    return {
      salt: secret.subarray(0, 16).toString('hex'),
      verifier: (BigInt(`0x${secret.subarray(16).toString('hex')}`) % (N - 4n)) + 2n,
    };
  }

  return {
    name: 'srp',
    guesses: 'password',
    owedBy: () => false,

    ask(attempt, { srpA = '' }) {
      if (!HEX.test(srpA)) throw malformed('SRP_A must be a hexadecimal number.');
      const publicA = BigInt(`0x${srpA}`);
      // A ≡ 0 (mod N) would make the shared secret 0, whatever the password.
      if (publicA % N < 2n || publicA % N === N - 1n) throw malformed('SRP_A is not acceptable.');
      const { salt, verifier } = verifierFor(attempt);
      const secret = randomBytes(32);
      secret[0] = (secret[0] ?? 0) | 0x80;
      const publicB = (K * verifier + power(G, BigInt(`0x${secret.toString('hex')}`))) % N;
      const username = attempt.user?.username ?? attempt.login;
      return {
        asks: {
          SALT: salt,
          SRP_B: publicB.toString(16),
          SECRET_BLOCK: attempt.session,
          USER_ID_FOR_SRP: username,
          USERNAME: username,
        },
        notes: { a: srpA, b: secret.toString('hex'), B: publicB.toString(16), username },
      };
    },

    check(attempt, { signature = '', secretBlock = '', timestamp = '' }) {
      const moment = readTimestamp(timestamp);
      if (moment === undefined)
        throw malformed('TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.');
      const { a = '', b = '', B = '', username = '' } = attempt.notes;
      const [publicA, publicB] = [BigInt(`0x${a}`), BigInt(`0x${B}`)];
      const scramble = hashHex(padHex(publicA) + padHex(publicB));
      const { verifier } = verifierFor(attempt);
      if (scramble === 0n) throw wrong();
      const shared = power((publicA * power(verifier, scramble)) % N, BigInt(`0x${b}`));
      const key = Buffer.from(
        hkdfSync(
          'sha256',
          Buffer.from(padHex(shared), 'hex'),
          Buffer.from(padHex(scramble), 'hex'),
          INFO,
          KEY_BYTES,
        ),
      );
      const message = Buffer.concat([
        Buffer.from(poolNameOf(attempt.pool.id) + username),
        Buffer.from(secretBlock, 'base64'),
        Buffer.from(timestamp),
      ]);
      const isRight =
        equal(hmacSha256(key, message).toString('base64'), signature) && attempt.user?.password !== undefined;
      const isRecent = Math.abs(clock.now().getTime() - moment) <= MAX_SKEW_MS;
      if (!isRight || !isRecent) throw wrong();
    },
  };
}

/** `Mon Nov 3 02:51:00 UTC 2026` as milliseconds since 1970. */
function readTimestamp(text: string): number | undefined {
  const [, month, day, time, year] = TIMESTAMP.exec(text) ?? [];
  const moment = Date.parse(`${day} ${month} ${year} ${time} UTC`);
  return Number.isNaN(moment) ? undefined : moment;
}
