/** The log: what a line holds, and what never stands in one. */
import assert from 'node:assert/strict';
import { Failure } from '../../src/base/failure.ts';
import { createLog } from '../../src/base/log.ts';

describe('the log', () => {
  /** The lines that `write` causes. */
  function written(write: (log: ReturnType<typeof createLog>) => void, level = 'info') {
    const lines: Record<string, unknown>[] = [];
    write(createLog(level, { write: (line: string) => void lines.push(JSON.parse(line)) }));
    return lines;
  }

  it('says what happened, in one line of JSON', () => {
    const [line] = written((log) => log.info({ event: 'api-call', status: 200, ms: 3, nothing: undefined }));

    assert.deepEqual(
      { ...line, time: undefined },
      { level: 30, time: undefined, event: 'api-call', status: 200, ms: 3 },
    );
  });

  it('hides secrets by their names, in an entry and in what it holds', () => {
    const entry = {
      event: 'e',
      password: 'p',
      user: { name: 'ada', refreshToken: 'r', devices: [{ secret: 's' }] },
    };
    const [line] = written((log) => log.info(entry));

    assert.equal(line?.password, '[redacted]');
    assert.deepEqual(line?.user, {
      name: 'ada',
      refreshToken: '[redacted]',
      devices: [{ secret: '[redacted]' }],
    });
    // The caller's own is as it was.
    assert.equal(entry.user.refreshToken, 'r');
  });

  it('hides them in what an error tells, and keeps its words', () => {
    const error = new Failure('went-wrong', { code: '123456', user: 'ada' });
    const [line] = written((log) => log.error({ event: 'request-failed', err: error }));
    const told = line?.err as { message: string; stack: string; facts: object };

    assert.deepEqual(told.facts, { code: '[redacted]', user: 'ada' });
    assert.ok(told.stack.includes('log.test.ts'));
    assert.ok(!JSON.stringify(line).includes('123456'));
  });

  it('tells an error under whatever name it comes', () => {
    const [line] = written((log) => log.error({ event: 'failed', error: new Error('no disk') }));

    const told = line?.error as { message: string; stack: string };

    assert.equal(told.message, 'no disk');
    assert.ok(told.stack.includes('log.test.ts'));
  });

  it('is silent below its level', () => {
    assert.deepEqual(
      written((log) => log.info({ event: 'e' }), 'warn'),
      [],
    );
  });
});
