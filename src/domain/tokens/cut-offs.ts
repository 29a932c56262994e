/**
 * Cut-offs: what was issued to somebody before a moment is void.
 *
 * Tokens are not kept, so that they cannot be deleted; a cut-off says from when on they count. All live ones are held in memory, loaded before the program is ready and followed by the bus. Moments are
 * milliseconds, taken from a token's `jti`, because seconds would void what is issued right after a sign-out.
 */
import { plusSeconds, type Clock } from '../../base/clock.ts';
import { isFailure } from '../../base/failure.ts';
import type { Bus } from '../ports/bus.ts';
import { insert, update, type Collection, type Records } from '../ports/records.ts';

interface CutOff {
  /** `user/<pool>/<sub>`, `family/<id>` */
  readonly subject: string;
  /** Milliseconds since 1970. */
  readonly before: number;
  readonly until: string;
}
export const cutOffCollection: Collection<CutOff> = {
  name: 'cut-offs',
  key: ({ subject }) => [subject],
  until: ({ until }) => until,
};

const TOPIC = 'cut-off';
/** The longest life of what a cut-off can void, and some more. */
const SECONDS = 90_000;
const PAGE = 1000;
const SWEEP_AT = 10_000;

export const userSubject = (poolId: string, sub: string): string => `user/${poolId}/${sub}`;
export const familySubject = (familyId: string): string => `family/${familyId}`;

export function createCutOffs({ records, bus, clock }: { records: Records; bus: Bus; clock: Clock }) {
  const live = new Map<string, { readonly before: number; readonly until: number }>();

  function hold(subject: string, before: number, until: number): void {
    const present = live.get(subject);
    live.set(subject, {
      before: Math.max(before, present?.before ?? 0),
      until: Math.max(until, present?.until ?? 0),
    });
    if (live.size > SWEEP_AT)
      for (const [each, { until: end }] of live) if (end <= clock.now().getTime()) live.delete(each);
  }
  const unsubscribe = bus.subscribe(TOPIC, ({ subject, before, until }) =>
    hold(String(subject), Number(before), Number(until)),
  );

  return {
    /** Reads all live cut-offs; nothing may be believed before that. */
    async load(): Promise<void> {
      let after: string | undefined;
      do {
        const page = await records.page(cutOffCollection, { prefix: [], limit: PAGE, after });
        for (const { subject, before, until } of page.records) hold(subject, before, Date.parse(until));
        after = page.next;
      } while (after !== undefined);
    },

    /** Voids all that was issued to `subject` up to now; in force once this resolves. */
    async cut(subject: string): Promise<void> {
      const now = clock.now();
      const cutOff: CutOff = {
        subject,
        before: now.getTime(),
        until: plusSeconds(now, SECONDS).toISOString(),
      };
      try {
        await records.commit(insert(cutOffCollection, cutOff));
      } catch (error) {
        if (!isFailure(error, 'already-kept')) throw error;
        await update(records, cutOffCollection, [subject], (present) =>
          present.before >= cutOff.before ? present : cutOff,
        );
      }
      hold(subject, cutOff.before, Date.parse(cutOff.until));
      await bus.publish(TOPIC, { subject, before: cutOff.before, until: Date.parse(cutOff.until) });
    },

    /** True when what was issued to `subject` at that moment is void. */
    isCut(subject: string, issuedAt: Date): boolean {
      const cutOff = live.get(subject);
      return cutOff !== undefined && issuedAt.getTime() <= cutOff.before;
    },

    close: unsubscribe,
  };
}
export type CutOffs = ReturnType<typeof createCutOffs>;
