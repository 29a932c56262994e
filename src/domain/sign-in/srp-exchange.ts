/**
 * The server's side of Secure Remote Password, as Cognito's clients speak it: for passwords of people, and for secrets of devices.
 *
 * A challenge has a secret of its own and is bound to the session, whose name its block is. An answer carries the client's time, which must be near ours.
 * Source: RFC 5054; amazon-cognito-identity-js, AuthenticationHelper.
 */
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { equal, hmacSha256 } from '../../base/secret.ts';
import type { PasswordHash } from '../ports/password-hash.ts';
import type { Answer, Asked, Notes, SignInFailure } from './challenges/challenge.ts';

/** Who has to prove something. */
interface SrpParty {
  /** The pool's name, or the group key of a device. */
  readonly group: string;
  /** The user's name, or the key of a device. */
  readonly name: string;
  /** Hexadecimal, as the verifier. */
  readonly salt: string;
  readonly verifier: string;
}

const MAX_SKEW_MS = 300_000;
const HEX = /^[0-9a-fA-F]{1,780}$/;
const TIMESTAMP = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d{2}:\d{2}:\d{2}) UTC (\d{4})$/;

const malformed = (reason: string) => new Failure<SignInFailure>('answer-malformed', { reason });

export function createSrpExchange({ hash, clock }: { hash: PasswordHash; clock: Clock }) {
  return {
    /** What the client is told, and what to keep until it answers. @throws Failure `answer-malformed`, `too-busy` */
    async challenge(
      { salt, verifier }: Pick<SrpParty, 'salt' | 'verifier'>,
      { session, srpA = '' }: { session: string; srpA: string | undefined },
    ): Promise<Asked> {
      if (!HEX.test(srpA)) throw malformed('SRP_A must be a hexadecimal number.');
      const challenge = await hash.srpChallenge({ verifier, publicA: srpA });
      // A ≡ 0 (mod N) would make the shared secret 0, whatever the password.
      if (!challenge) throw malformed('SRP_A is not acceptable.');
      return {
        asks: { SALT: salt, SRP_B: challenge.publicB, SECRET_BLOCK: session },
        notes: { a: srpA, b: challenge.secret, B: challenge.publicB, block: session },
      };
    },

    /** True when the answer proves that its sender knows the secret. @throws Failure `answer-malformed`, `too-busy` */
    async isProven(
      { group, name, verifier }: Omit<SrpParty, 'salt'>,
      { a = '', b = '', B = '', block = '' }: Notes,
      { signature = '', secretBlock = '', timestamp = '' }: Answer,
    ): Promise<boolean> {
      const moment = readTimestamp(timestamp);
      if (moment === undefined)
        throw malformed('TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.');
      const key = await hash.srpKey({ verifier, publicA: a, secret: b, publicB: B });
      if (key === undefined) return false;
      const message = Buffer.concat([
        Buffer.from(group + name),
        Buffer.from(secretBlock, 'base64'),
        Buffer.from(timestamp),
      ]);
      const isRight = equal(hmacSha256(Buffer.from(key, 'hex'), message).toString('base64'), signature);
      return isRight && equal(secretBlock, block) && Math.abs(clock.now().getTime() - moment) <= MAX_SKEW_MS;
    },
  };
}
export type SrpExchange = ReturnType<typeof createSrpExchange>;

/** `Mon Nov 3 02:51:00 UTC 2026` as milliseconds since 1970. */
function readTimestamp(text: string): number | undefined {
  const [, month, day, time, year] = TIMESTAMP.exec(text) ?? [];
  const moment = Date.parse(`${day} ${month} ${year} ${time} UTC`);
  return Number.isNaN(moment) ? undefined : moment;
}
