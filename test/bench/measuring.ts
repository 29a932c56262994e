/**
 * Measuring: how often something can be done a second. Machines differ and are never quiet, so that only ratios within one run say something.
 */
export type Figures = Readonly<Record<string, number>>;

const WARM_UP_MS = 200;
const MEASURED_MS = 1000;

/** How often `work`, which does not wait, can be done a second. */
export function perSecond(work: () => unknown): number {
  const timesIn = (milliseconds: number): number => {
    const start = performance.now();
    let times = 0;
    while (performance.now() - start < milliseconds) {
      work();
      times += 1;
    }
    return (times * 1000) / (performance.now() - start);
  };
  timesIn(WARM_UP_MS);
  return timesIn(MEASURED_MS);
}

/** With two decimals. */
export const ratio = (one: number, other: number): number => Math.round((one / other) * 100) / 100;

export const printed = (figures: object): void => {
  process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
};
