/**
 * What a process has heard of changes that are numbered: all up to a number, and some beyond it.
 *
 * A number is taken before its change is written. So whoever looked at what is written and found nothing of a number cannot tell
 * whether nothing will come: it looks again, until the writer can write no more.
 */

const MOST_AHEAD = 10_000;
/** Longer than a write may take. */
const SETTLED_MS = 30_000;

export function createHeard() {
  let last = 0;
  const ahead = new Set<number>();
  let hasLooked = false;
  /** Since when all up to this number was looked for. */
  let looked: { readonly change: number; readonly at: number } | undefined;

  function advance(): void {
    while (ahead.delete(last + 1)) last += 1;
  }
  function upTo(change: number): void {
    last = change;
    looked = undefined;
    for (const each of ahead) if (each <= last) ahead.delete(each);
    advance();
  }
  return {
    /** All changes up to this one were heard of. */
    last: (): number => last,
    hear(change: number): void {
      if (change > last && ahead.size < MOST_AHEAD) ahead.add(change);
      advance();
    },
    /**
     * All that was written when `change` was the newest number has been looked at.
     * @param isAnew the counter began again, below what was heard
     */
    looked(change: number, { isAnew, now }: { readonly isAnew: boolean; readonly now: Date }): void {
      if (isAnew) ahead.clear();
      // What is under way when a process begins to look tells it, as it tells all.
      if (isAnew || !hasLooked) {
        hasLooked = true;
        upTo(change);
        return;
      }
      looked ??= { change, at: now.getTime() };
      if (now.getTime() - looked.at >= SETTLED_MS && looked.change > last) upTo(looked.change);
      else if (looked.change <= last) looked = undefined;
    },
  };
}
