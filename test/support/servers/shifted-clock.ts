/**
 * Loaded into a process before its program: its clock runs ahead by the seconds that stand in a file, which may change at any moment.
 *
 * The program itself is what anybody runs; only what the machine tells of the time is another.
 */
import { openSync, readSync } from 'node:fs';

const descriptor = openSync(process.env['SHIFTED_CLOCK_FILE'] ?? '', 'r');
const buffer = Buffer.alloc(32);
const RealDate = Date;

const shifted = (): number => {
  const length = readSync(descriptor, buffer, 0, buffer.length, 0);
  return RealDate.now() + 1000 * Number(buffer.toString('utf8', 0, length));
};

globalThis.Date = class extends RealDate {
  // oxlint-disable-next-line typescript/no-explicit-any -- as many signatures as Date has
  constructor(...parts: any[]) {
    super(...((parts.length === 0 ? [shifted()] : parts) as [number]));
  }
  static override now = shifted;
} as DateConstructor;
