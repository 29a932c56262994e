/**
 * Taking back while the store fails: each row of the matrix of revocation, with each of its commits failing in turn.
 *
 * Then the process dies. Whoever asks again afterwards, and is perhaps told that there is nothing left to take back, finds all closed.
 */
import assert from 'node:assert/strict';
import { Failure } from '../../../src/base/failure.ts';
import type { Records } from '../../../src/domain/ports/records.ts';
import { memoryExpiring, memoryRecords } from '../../../src/stores/memory.ts';
import { keyringFrom, newKeyringText } from '../../../src/token-keys/keyring.ts';
import { createHands, type InHand, type Person } from './in-hand.ts';
import { isRefusal, ROWS, type Row } from './losses.ts';
import { startServer, stillClock } from '../servers/server.ts';
import { COLUMNS } from './ways-in.ts';

/** Whether the commit that fails was carried out all the same. */
export type Outcome = 'refused' | 'carried out';
/** More than any row needs. */
const MOST_COMMITS = 12;

/** Rows whose first step is made again by a second one are the same to the store. */
const isOfOneStep = (what: string): boolean => !/made again|enabled again|met with nothing/.test(what);

/** The tests. */
export function brokenCommits(outcome: Outcome): void {
  for (const [what, row] of Object.entries(ROWS).filter(([each]) => isOfOneStep(each)))
    it(`leaves nothing open of somebody who ${what}`, async () => {
      let failures = 0;
      while (await isStopped(row, { at: failures + 1, outcome })) {
        failures += 1;
        assert.ok(failures < MOST_COMMITS, `${failures} commits`);
      }
      assert.ok(failures > 0, 'no commit failed');
    }).timeout(60_000); // Each commit that fails is tried on a server, and with a user, of its own.
}

/** @returns false when what happens needs no such commit; what is asserted holds of it then too */
async function isStopped(
  { happens, open = {}, to: [person = 'own'] = ['own'] }: Row,
  { at, outcome }: { readonly at: number; readonly outcome: Outcome },
): Promise<boolean> {
  const clock = stillClock();
  const failing = failingRecords(memoryRecords(clock));
  const parts = {
    clock,
    sealer: keyringFrom(newKeyringText(clock)),
    store: { records: failing.records, expiring: memoryExpiring(clock) },
  };
  const before = await startServer(parts);
  const hand = await (await createHands(before)).fill(person);
  clock.pass(0.001);
  failing.arm(at, outcome);
  const isDone = await happens(hand).then(
    () => true,
    () => false,
  );
  failing.disarm();
  await before.close();

  const after = await startServer({ ...parts, port: before.port });
  const later = { ...hand, server: after };
  // The connections of before are found out to be gone.
  await fetch(after.url).catch(() => undefined);
  // It may be told that there is nothing left to take back.
  await happens(later).catch(isRefusal);
  await assertClosed(later, person, open);
  await after.close();
  return !isDone;
}

async function assertClosed(hand: InHand, person: Person, open: Readonly<Record<string, string>>) {
  for (const [way, enter] of Object.entries(COLUMNS[person]))
    if (!(way in open)) await assert.rejects(enter(hand), isRefusal, way);
}

/** Records of which one commit can be made to fail. */
function failingRecords(records: Records) {
  let left = 0;
  let outcome: Outcome = 'refused';
  return {
    records: {
      ...records,
      async commit(...changes) {
        left -= 1;
        const fails = left === 0;
        if (!fails || outcome === 'carried out') await records.commit(...changes);
        if (fails) throw new Failure('store-unavailable', { store: 'memory' });
      },
    } satisfies Records,
    arm(at: number, how: Outcome): void {
      left = at;
      outcome = how;
    },
    disarm(): void {
      left = 0;
    },
  };
}
