/**
 * Cut-offs: what was issued to somebody before a moment is void.
 *
 * Tokens are not kept, so that they cannot be deleted; a cut-off says from when on they count. All live ones are held in memory, loaded before the program is ready and followed by the bus. Moments are
 * milliseconds, taken from a token's `jti`, because seconds would void what is issued right after a sign-out.
 * Each cut takes the next change number before it is written, and tells it afterwards, written or not: a process that asks for the newest number knows whether it has heard of them all.
 * One that has not reads until it has, or until whoever took the number can write no more; one that cannot ask believes nothing, rather than what may be void.
 * What is removed is cut off in the very commit that removes it (`ending`), and once more after it, because something may have been given meanwhile.
 * A cut-off may spare one sign-in: that of the user who cut off the others.
 */
import { plusSeconds, type Clock } from '../../base/clock.ts';
import { Failure, isFailure, isUnavailable } from '../../base/failure.ts';
import { newUuidV7 } from '../../base/ids.ts';
import type { Bus } from '../ports/bus.ts';
import { asEndings, type Removal } from '../ports/endings.ts';
import type { Expiring } from '../ports/expiring.ts';
import { insert, update, type Collection, type Records } from '../ports/records.ts';
import { createHeard } from './heard.ts';

/** What is cut off: a subject as the functions below make it. */
export interface Cut {
  readonly subject: string;
  /** `family/<id>` of the sign-in that goes on; whoever gives it has made sure that nothing has ended it. None does when absent. */
  readonly spares?: string;
}
interface CutOff extends Cut {
  /** Of the commit of a removal; absent in the one record that a subject has besides. */
  readonly id?: string;
  /** Milliseconds since 1970. */
  readonly before: number;
  readonly until: string;
}
/** What is void is not known for sure just now. */
type CutOffFailure = 'revocations-unconfirmed';

export const cutOffCollection: Collection<CutOff> = {
  name: 'cut-offs',
  // Of a removal each is a record of its own: no two removals meet in one.
  key: ({ subject, id }) => (id === undefined ? [subject] : [subject, id]),
  until: ({ until }) => until,
};

const TOPIC = 'cut-off';
/** The longest life of what a cut-off can void, and some more. */
const SECONDS = 90_000;
const PAGE = 1000;
/** So many are held before those that are over are looked for. */
const LEAST_SWEPT = 10_000;
/** The counter of changes; a new beginning is a change too. */
const CHANGES = ['cut-offs', 'changes', 10 * 365 * 86_400] as const;

export const poolSubject = (poolId: string): string => `pool/${poolId}`;
export const userSubject = (poolId: string, sub: string): string => `user/${poolId}/${sub}`;
export const familySubject = (familyId: string): string => `family/${familyId}`;
export const clientSubject = (poolId: string, clientId: string): string => `client/${poolId}/${clientId}`;
export const providerSubject = (poolId: string, name: string): string => `provider/${poolId}/${name}`;
/** What came through a provider to a client that takes its word no more. */
export const waySubject = (poolId: string, clientId: string, provider: string): string =>
  `way/${poolId}/${clientId}/${provider}`;
/** What a group gave to all of its members. */
export const groupSubject = (poolId: string, name: string): string => `group/${poolId}/${name}`;
/** What a group gave to one of its members. */
export const memberSubject = (poolId: string, sub: string, name: string): string =>
  `member/${poolId}/${sub}/${name}`;
/** What any group gave to a person; to all of a pool without a `sub`. */
export const anyGroupSubject = (poolId: string, sub?: string): string =>
  sub === undefined ? `groups/${poolId}` : `groups/${poolId}/${sub}`;

interface CutOffParts {
  readonly records: Records;
  readonly expiring: Expiring;
  readonly bus: Bus;
  readonly clock: Clock;
}

export function createCutOffs({ records, expiring, bus, clock }: CutOffParts) {
  const live = new Map<string, Live>();
  const heard = createHeard();
  let sweepAt = LEAST_SWEPT;
  let isConfirmed = true;

  function hold(subject: string, cut: Live): void {
    const present = live.get(subject);
    const { before, spares } = present ? later(present, cut) : cut;
    live.set(subject, { before, spares, until: Math.max(cut.until, present?.until ?? 0) });
    if (live.size > sweepAt) sweep();
  }

  function sweep(): void {
    const now = clock.now().getTime();
    for (const [each, { until }] of live) if (until <= now) live.delete(each);
    // At twice as many: else, where most live on, each that comes would have all of them looked through.
    sweepAt = Math.max(LEAST_SWEPT, live.size * 2);
  }
  const unsubscribe = bus.subscribe(TOPIC, ({ subject, before, spares, until, change }) => {
    const spared = spares === undefined ? undefined : String(spares);
    if (subject !== undefined)
      hold(String(subject), { before: Number(before), spares: spared, until: Number(until) });
    heard.hear(Number(change));
  });

  const [kind, id, seconds] = CHANGES;

  /** The newest change number, and whether the counter began anew since it was last looked at. */
  async function newestChange() {
    const before = heard.last();
    const newest = await expiring.counted(kind, id);
    return { newest, isAnew: newest < before };
  }

  async function load(): Promise<void> {
    // The number first: what is cut while the pages are read is read with them, or else heard of.
    const { newest, isAnew } = await newestChange();
    let after: string | undefined;
    do {
      const page = await records.page(cutOffCollection, { prefix: [], limit: PAGE, after });
      for (const { subject, until, ...each } of page.records)
        hold(subject, { ...each, until: Date.parse(until) });
      after = page.next;
    } while (after !== undefined);
    heard.looked(newest, { isAnew, now: clock.now() });
  }

  /** The change numbers of cuts that are about to be written. */
  const changesTaken = (cuts: readonly Cut[]): Promise<number[]> =>
    Promise.all(cuts.map(() => expiring.count(kind, id, seconds)));

  function madeNow(cuts: readonly Cut[]): readonly CutOff[] {
    const now = clock.now();
    const until = plusSeconds(now, SECONDS).toISOString();
    return cuts.map((each) => ({ ...each, before: now.getTime(), until }));
  }

  /** Holds what is written, and tells the other processes. */
  async function tell(made: readonly CutOff[], changes: readonly number[]): Promise<void> {
    for (const { subject, until, ...each } of made) hold(subject, { ...each, until: Date.parse(until) });
    await Promise.all(
      made.map(({ subject, before, spares, until }, at) =>
        bus.publish(TOPIC, {
          subject,
          before,
          ...(spares !== undefined && { spares }),
          until: Date.parse(until),
          // As many were taken.
          change: changes[at]!,
        }),
      ),
    );
  }

  /** Tells the other processes that a number stands for nothing. */
  const tellNothing = (change: number): Promise<void> => bus.publish(TOPIC, { change });

  /** Voids all that was issued to the subjects up to now; in force once this resolves. */
  async function cut(...cuts: readonly Cut[]): Promise<void> {
    const changes = await changesTaken(cuts);
    // Of each subject one record, however often it is cut: who asks again and again fills nothing.
    const made = madeNow(cuts);
    await Promise.all(made.map((each) => keep(each)));
    await tell(made, changes);
  }

  async function keep(made: CutOff): Promise<void> {
    try {
      await records.commit(insert(cutOffCollection, made));
    } catch (error) {
      if (!isFailure(error, 'already-kept')) throw error;
      await update(records, cutOffCollection, [made.subject], (present) => later(present, made));
    }
  }

  return {
    /** Reads all live cut-offs; nothing may be believed before that. */
    load,

    /** Makes sure that every cut acknowledged by now is known here. @throws Failure `store-unavailable` */
    async confirm(): Promise<void> {
      const { newest, isAnew } = await newestChange();
      if (isAnew || newest > heard.last()) await load();
      isConfirmed = true;
    },

    /** From here on, until it is confirmed again, nothing is said to be good. */
    doubt(): void {
      isConfirmed = false;
    },

    cut,

    /**
     * Removes something by `remove`, and voids what it gave; in force once this resolves.
     * @throws what `remove` throws; when its commit was refused, nothing is void
     */
    async ending<T>(cuts: readonly Cut[], remove: Removal<T>): Promise<T> {
      const changes = await changesTaken(cuts);
      const made = madeNow(cuts).map((each) => ({ ...each, id: newUuidV7(clock.now()) }));
      let removed: T;
      try {
        removed = await remove(asEndings(made.map((each) => insert(cutOffCollection, each))));
      } catch (error) {
        // It may be written all the same. Who does not hear that it is not looks for it a while.
        if (!isUnavailable(error)) await Promise.all(changes.map((change) => tellNothing(change)));
        throw error;
      }
      await tell(made, changes);
      await cut(...cuts);
      return removed;
    },

    /**
     * True when what was issued to `subject` at that moment is void.
     *
     * @param along the other subjects that it was issued to, its sign-in among them
     * @throws Failure `revocations-unconfirmed`
     */
    isCut(subject: string, issuedAt: Date, along: readonly string[] = []): boolean {
      const cutOff = live.get(subject);
      const isSpared = cutOff?.spares !== undefined && along.includes(cutOff.spares);
      if (cutOff !== undefined && issuedAt.getTime() <= cutOff.before && !isSpared) return true;
      if (!isConfirmed) throw new Failure<CutOffFailure>('revocations-unconfirmed');
      return false;
    },

    /** True when a cut-off that was heard of so far voids what is of that moment: for what is about to be issued, which `isCut` will judge. */
    isKnownCut(subject: string, issuedAt: Date): boolean {
      const cutOff = live.get(subject);
      return cutOff !== undefined && issuedAt.getTime() <= cutOff.before;
    },

    close: unsubscribe,
  };
}
export type CutOffs = ReturnType<typeof createCutOffs>;

interface Live {
  readonly before: number;
  readonly spares?: string;
  readonly until: number;
}

/** Of two cut-offs of one subject the later; of the same moment, one that spares only what both spare. */
function later<Cut extends Pick<CutOff, 'before' | 'spares'>>(present: Cut, cut: Cut): Cut {
  if (present.before !== cut.before) return present.before > cut.before ? present : cut;
  return present.spares === undefined || present.spares === cut.spares
    ? present
    : { ...present, spares: undefined };
}
