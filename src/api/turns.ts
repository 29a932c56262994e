/**
 * Turns: how many large bodies are in memory at once, and who waits.
 *
 * A few at a time, one of a caller; the others wait their turn, up to a number and for a while. A caller is an address, or the /64 of an
 * IPv6 address, and may wait a few times only, so that the queue stays open to others. Who has a turn and sends slowly loses it after some
 * seconds as soon as anybody waits, so that nobody can keep the others out by trickling.
 */
import { networkOf } from '../base/ip.ts';

const AT_ONCE = 2;
const MOST_WAITING = 50;
const MOST_WAITING_OF_ONE = 5;
const WAIT_MS = 5000;
/** How long a turn is safe while others wait. */
const SAFE_MS = 3000;

interface Holder {
  readonly caller: string;
  readonly since: number;
  /** Ends the reading of its body. */
  readonly loseTurn: () => void;
}
interface Waiting extends Omit<Holder, 'since'> {
  readonly begin: (holder: Holder | undefined) => void;
}
export interface Turns {
  /**
   * Waits for a turn. `release` ends it.
   * @returns undefined when there are too many before, in all or of this caller
   */
  take(who: { address: string; loseTurn: () => void }): Promise<{ release(): void } | undefined>;
}

/** Makes the turns of one process. @param now monotonic milliseconds */
export function createTurns(now: () => number = () => performance.now()): Turns {
  const holders = new Set<Holder>();
  let queue: Waiting[] = [];

  function next(): void {
    while (holders.size < AT_ONCE) {
      const busy = new Set([...holders].map(({ caller }) => caller));
      const chosen = queue.find(({ caller }) => !busy.has(caller));
      if (!chosen) break;
      queue = queue.filter((each) => each !== chosen);
      const { caller, loseTurn } = chosen;
      const holder = { caller, loseTurn, since: now() };
      holders.add(holder);
      chosen.begin(holder);
    }
    hurry();
  }

  /** Ends turns that are no longer safe, while anybody waits. */
  function hurry(): void {
    if (queue.length === 0) return;
    for (const holder of holders) {
      const left = holder.since + SAFE_MS - now();
      if (left <= 0) holder.loseTurn();
      else setTimeout(() => holders.has(holder) && hurry(), left).unref();
    }
  }

  return {
    async take({ address, loseTurn }) {
      const caller = networkOf(address);
      const waitingOfOne = queue.filter((each) => each.caller === caller).length;
      if (queue.length >= MOST_WAITING || waitingOfOne >= MOST_WAITING_OF_ONE) return undefined;
      const holder = await new Promise<Holder | undefined>((begin) => {
        const waiting: Waiting = { caller, loseTurn, begin };
        queue.push(waiting);
        setTimeout(() => {
          queue = queue.filter((each) => each !== waiting);
          begin(undefined);
        }, WAIT_MS).unref();
        next();
      });
      if (!holder) return undefined;
      return {
        release() {
          if (holders.delete(holder)) next();
        },
      };
    },
  };
}
