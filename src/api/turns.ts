/**
 * Turns: how many large bodies are in memory at once, and who waits.
 *
 * A few at a time, one of an address; the others wait their turn, up to a number and for a while. Who has a turn and sends slowly loses it
 * after some seconds as soon as anybody waits, so that nobody can keep the others out by trickling.
 */

const AT_ONCE = 2;
const MOST_WAITING = 50;
const WAIT_MS = 5000;
/** How long a turn is safe while others wait. */
const SAFE_MS = 3000;

interface Holder {
  readonly address: string;
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
   * @returns undefined when there are too many before
   */
  take(who: { address: string; loseTurn: () => void }): Promise<{ release(): void } | undefined>;
}

/** Makes the turns of one process. @param now monotonic milliseconds */
export function createTurns(now: () => number = () => performance.now()): Turns {
  const holders = new Set<Holder>();
  let queue: Waiting[] = [];

  function next(): void {
    while (holders.size < AT_ONCE) {
      const busy = new Set([...holders].map(({ address }) => address));
      const chosen = queue.find(({ address }) => !busy.has(address));
      if (!chosen) break;
      queue = queue.filter((each) => each !== chosen);
      const { address, loseTurn } = chosen;
      const holder = { address, loseTurn, since: now() };
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
      if (queue.length >= MOST_WAITING) return undefined;
      const holder = await new Promise<Holder | undefined>((begin) => {
        const waiting: Waiting = { address, loseTurn, begin };
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
