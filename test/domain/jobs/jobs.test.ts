/**
 * Jobs: done once by many, gone on with after a kill, tried again after a failure.
 */
import assert from 'node:assert/strict';
import { createJobs } from '../../../src/domain/jobs/jobs.ts';
import type { Work } from '../../../src/domain/ports/jobs.ts';
import { memoryRecords } from '../../../src/stores/memory.ts';
import { stillClock } from '../../support/servers/server.ts';

describe('jobs', () => {
  function world() {
    const clock = stillClock();
    const records = memoryRecords(clock);
    const failures: string[] = [];
    const process = (work: Work) =>
      createJobs({
        records,
        clock,
        works: { count: work },
        onFailure: ({ kind, subject }) => failures.push(`${kind} ${subject}`),
      });
    return { clock, records, failures, process };
  }

  it('are each done once, of five processes at once', async () => {
    const { records, process } = world();
    const done: string[] = [];
    const processes = Array.from({ length: 5 }, () =>
      process(async (subject) => {
        await Promise.resolve();
        done.push(subject);
      }),
    );
    const subjects = Array.from({ length: 50 }, (_, at) => `pool ${at}`);
    for (const subject of subjects) await records.commit(processes[0]!.add('count', subject));

    await Promise.all(processes.map((each) => each.run()));

    assert.deepEqual(done.toSorted(), subjects.toSorted());
  });

  it('go on from their cursor in another process when theirs was killed', async () => {
    const { clock, records, process } = world();
    const seen: (string | undefined)[] = [];
    const killed = process(async (_, { keep }) => {
      await keep('half way');
      await new Promise(() => undefined);
    });
    const other = process(async (_, { cursor }) => {
      seen.push(cursor);
    });
    await records.commit(killed.add('count', 'a'));
    killed.wake();
    await new Promise((resolve) => setImmediate(resolve));

    await other.run();
    clock.pass(31);
    await other.run();

    assert.deepEqual(seen, ['half way']);
  });

  it('are left to whoever took them over meanwhile', async () => {
    const { clock, records, process } = world();
    let goOn = () => {};
    const slow = process(async (_, { keep }) => {
      await new Promise<void>((resolve) => (goOn = resolve));
      await keep('too late');
    });
    const cursors: (string | undefined)[] = [];
    const other = process(async (_, { cursor }) => {
      cursors.push(cursor);
    });
    await records.commit(slow.add('count', 'a'));
    const running = slow.run();
    await new Promise((resolve) => setImmediate(resolve));
    clock.pass(31);
    await other.run();

    goOn();
    await running;
    clock.pass(1000);
    await other.run();

    assert.deepEqual(cursors, [undefined]);
  });

  it('are tried again after a failure, later and later, and told of each time', async () => {
    const { clock, records, failures, process } = world();
    let tries = 0;
    const jobs = process(async () => {
      tries += 1;
      if (tries < 3) throw new Error('not yet');
    });
    await records.commit(jobs.add('count', 'a'));

    await jobs.run();
    clock.pass(1);
    await jobs.run();
    assert.equal(tries, 1, 'not before two seconds');
    clock.pass(1);
    await jobs.run();
    clock.pass(4);
    await jobs.run();
    clock.pass(1000);
    await jobs.run();

    assert.equal(tries, 3);
    assert.deepEqual(failures, ['count a', 'count a']);
  });

  it('of a kind that this version does not know are kept for one that does', async () => {
    const { clock, records, failures, process } = world();
    const older = createJobs({
      records,
      clock,
      works: {},
      onFailure: ({ kind }) => failures.push(kind),
    });
    const done: string[] = [];
    const newer = process(async (subject) => {
      done.push(subject);
    });
    await records.commit(newer.add('count', 'a'));

    await older.run();
    clock.pass(1000);
    await newer.run();

    assert.deepEqual([failures, done], [['count'], ['a']]);
  });
});
