/**
 * The outbox: one line a message, in order, for its owner's eyes.
 */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFailure } from '../../src/base/failure.ts';
import type { Message } from '../../src/domain/ports/messages.ts';
import { fileOutbox, refusingMessages } from '../../src/messages/outbox.ts';
import { stillClock } from '../contracts/still-clock.ts';

const message = (over: Partial<Message> = {}): Message => ({
  channel: 'email', to: 'zoe@example.com', kind: 'sign-up', poolId: 'us-east-1_a', username: 'zoe', code: '012345', text: 'Your code is 012345.\n', ...over,
}); // prettier-ignore

describe('the outbox', () => {
  let directory: string;
  let file: string;
  const lines = () =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'cognate-outbox-'));
    file = join(directory, 'outbox.jsonl');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('holds a line of JSON a message', async () => {
    const outbox = fileOutbox(file, stillClock('2026-03-01T12:00:00.000Z'));

    await outbox.send(message());
    await outbox.send(message({ channel: 'sms', to: '+15550100' }));

    assert.deepEqual(lines()[0], {
      at: '2026-03-01T12:00:00.000Z', channel: 'email', to: 'zoe@example.com', kind: 'sign-up', code: '012345', text: 'Your code is 012345.\n',
    }); // prettier-ignore
    assert.equal(lines()[1].to, '+15550100');
  });

  it('keeps every line whole when many are sent at once', async () => {
    const outbox = fileOutbox(file, stillClock());

    await Promise.all(
      Array.from({ length: 50 }, (_, place) =>
        outbox.send(message({ code: `${place}`, text: 'x'.repeat(2000) })),
      ),
    );

    assert.deepEqual(new Set(lines().map(({ code }) => code)).size, 50);
  });

  it('is readable by its owner alone, even where it was there before', async () => {
    await fileOutbox(file, stillClock()).send(message());
    assert.equal(statSync(file).mode & 0o777, 0o600);

    writeFileSync(file, '');
    chmodSync(file, 0o644);
    await fileOutbox(file, stillClock()).send(message());

    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('says so when it cannot be written, without telling the code', async () => {
    // A folder stands where the file should be.
    mkdirSync(join(directory, 'taken.jsonl'));
    const outbox = fileOutbox(join(directory, 'taken.jsonl'), stillClock());

    await assert.rejects(
      outbox.send(message()),
      (error) => isFailure(error, 'delivery-failed') && !JSON.stringify(error).includes('012345'),
    );
  });

  it('is not pretended where no delivery is configured', async () => {
    await assert.rejects(refusingMessages().send(message()), (error) => isFailure(error, 'delivery-failed'));
  });
});
