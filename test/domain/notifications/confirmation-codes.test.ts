/** Codes: how often one may be tried, and by how many at once. */
import assert from 'node:assert/strict';
import { newUuid } from '../../../src/base/ids.ts';
import { createCodes } from '../../../src/domain/notifications/confirmation-codes.ts';
import { isFailure } from '../../../src/base/failure.ts';
import { memoryExpiring } from '../../../src/stores/memory.ts';
import { stillClock } from '../../support/servers/server.ts';

const ADA = { poolId: 'us-east-1_a', sub: '5d7e8a36-0000-4000-8000-000000000001' };
const TO = { attribute: 'email', value: 'ada@example.com' } as const;

describe('codes', () => {
  const make = () => {
    const clock = stillClock();
    return { clock, codes: createCodes({ expiring: memoryExpiring(clock) }) };
  };
  /** How often each outcome came of many tries at once. */
  async function outcomes(tries: readonly Promise<unknown>[]): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {};
    for (const each of await Promise.allSettled(tries)) {
      const reason: unknown = each.status === 'rejected' ? each.reason : undefined;
      const outcome = each.status === 'fulfilled' ? 'right' : isFailure(reason) ? reason.kind : 'bug';
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
    return counts;
  }
  const wrong = (code: string) => (code === '000000' ? '111111' : '000000');

  it('judge exactly five of a thousand wrong answers at once', async () => {
    const { codes } = make();
    const code = await codes.issue('forgot-password', ADA, TO);

    const counts = await outcomes(
      Array.from({ length: 1000 }, () => codes.judge('forgot-password', ADA, wrong(code))),
    );

    assert.deepEqual(counts, { 'code-mismatch': 5, 'too-many-attempts': 995 });
    assert.deepEqual(await outcomes([codes.judge('forgot-password', ADA, code)]), { 'too-many-attempts': 1 });
  });

  it('are spent once, of a hundred right answers at once', async () => {
    const { codes } = make();
    const code = await codes.issue('forgot-password', ADA, TO);

    const counts = await outcomes(
      Array.from({ length: 100 }, () => codes.redeem('forgot-password', ADA, code)),
    );

    assert.equal(counts['right'], 1);
    assert.deepEqual(await outcomes([codes.redeem('forgot-password', ADA, code)]), { 'code-expired': 1 });
  });

  it('are good for their pool, person and purpose alone', async () => {
    const { codes } = make();
    const code = await codes.issue('forgot-password', ADA, TO);

    for (const [purpose, owner] of [
      ['sign-up', ADA],
      ['verify-email', ADA],
      ['forgot-password', { ...ADA, poolId: 'us-east-1_b' }],
      ['forgot-password', { ...ADA, sub: '5d7e8a36-0000-4000-8000-000000000002' }],
      ['forgot-password', { ...ADA, sub: newUuid() }],
    ] as const)
      assert.deepEqual(await outcomes([codes.judge(purpose, owner, code)]), { 'code-expired': 1 });

    assert.deepEqual(await codes.redeem('forgot-password', ADA, code), TO);
  });

  it('begin their tries anew with each code', async () => {
    const { codes } = make();
    const first = await codes.issue('sign-up', ADA, TO);
    await outcomes(Array.from({ length: 9 }, () => codes.judge('sign-up', ADA, wrong(first))));

    const second = await codes.issue('sign-up', ADA, TO);

    assert.deepEqual(await codes.redeem('sign-up', ADA, second), TO);
  });

  for (const [purpose, seconds] of [
    ['sign-up', 86_400],
    ['forgot-password', 3600],
    ['verify-email', 86_400],
    ['verify-phone_number', 86_400],
  ] as const)
    it(`for ${purpose} are good for ${seconds} seconds`, async () => {
      const { codes, clock } = make();
      const code = await codes.issue(purpose, ADA, TO);
      clock.pass(seconds - 1);
      await codes.judge(purpose, ADA, code);
      clock.pass(1);

      assert.deepEqual(await outcomes([codes.judge(purpose, ADA, code)]), { 'code-expired': 1 });
    });

  it('that are void fit no answer, and count as others do', async () => {
    const { codes } = make();
    const code = await codes.issue('forgot-password', ADA, TO, { isVoid: true });

    const counts = await outcomes(Array.from({ length: 8 }, () => codes.judge('forgot-password', ADA, code)));

    assert.deepEqual(counts, { 'code-mismatch': 5, 'too-many-attempts': 3 });
  });
});
