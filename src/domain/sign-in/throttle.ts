/**
 * Throttling of wrong passwords, by person and by address.
 *
 * Every try is counted before it is judged. From the sixth on a try needs the waiting time's only ticket, and the waiting time doubles with every try, refused ones included; a right
 * password clears the person's count. An address (of IPv6 its /64) may be wrong a hundred times in a quarter of an hour.
 * Source: Cognito developer guide, "Lockout behavior for failed sign-in attempts"; NIST SP 800-63B, 5.2.2.
 */
import { Failure } from '../../base/failure.ts';
import { readAddress } from '../../base/ip.ts';
import type { Expiring } from '../ports/expiring.ts';
import type { SignInFailure } from './step.ts';

const FREE_TRIES = 5;
const LONGEST_WAIT_SECONDS = 900;
const WINDOW_SECONDS = 900;
const MOST_OF_ADDRESS = 100;

export function createThrottle({ expiring }: { expiring: Expiring }) {
  const exceeded = () => new Failure<SignInFailure>('password-attempts-exceeded');

  return {
    /** Counts a try. @throws Failure `password-attempts-exceeded` when it may not be made now */
    async assertMayTry(person: string, sourceIp: string | undefined): Promise<void> {
      if (
        sourceIp !== undefined &&
        (await expiring.counted('wrong-by-address', networkOf(sourceIp))) >= MOST_OF_ADDRESS
      )
        throw exceeded();
      const tries = await expiring.count('tries-by-person', person, WINDOW_SECONDS);
      if (tries <= FREE_TRIES) return;
      const wait = Math.min(2 ** Math.min(tries - FREE_TRIES - 1, 20), LONGEST_WAIT_SECONDS);
      if (!(await expiring.claim('waiting-person', person, true, wait))) throw exceeded();
    },

    async wrong(sourceIp: string | undefined): Promise<void> {
      if (sourceIp !== undefined)
        await expiring.count('wrong-by-address', networkOf(sourceIp), WINDOW_SECONDS);
    },

    async right(person: string): Promise<void> {
      await expiring.forget('tries-by-person', person);
      await expiring.forget('waiting-person', person);
    },
  };
}
export type Throttle = ReturnType<typeof createThrottle>;

/** Whoever has an IPv6 address has the 2^64 beside it too. */
function networkOf(sourceIp: string): string {
  const address = readAddress(sourceIp);
  if (!address || address.kind() === 'ipv4') return sourceIp;
  return address.toByteArray().slice(0, 8).join('.');
}
