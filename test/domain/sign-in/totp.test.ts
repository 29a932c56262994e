/**
 * One-time passwords by time, against the values that RFC 6238 prints.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../../src/base/failure.ts';
import { createClaimOnce } from '../../../src/domain/federation/replay.ts';
import { newTotpSecret, spendTotp, totpStep } from '../../../src/domain/sign-in/totp.ts';
import { memoryRecords } from '../../../src/stores/memory.ts';

/** `12345678901234567890` in base 32: the key of RFC 6238, appendix B (SHA-1). */
const KEY = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
/** Seconds since 1970, and the last six of the eight digits there. */
const PRINTED: readonly [number, string][] = [
  [59, '287082'],
  [1111111109, '081804'],
  [1111111111, '050471'],
  [1234567890, '005924'],
  [2000000000, '279037'],
  [20000000000, '353130'],
];
const at = (seconds: number) => new Date(seconds * 1000);

describe('a time-based one-time password', () => {
  for (const [seconds, code] of PRINTED)
    it(`of ${seconds} is ${code}`, () => {
      assert.equal(totpStep(KEY, code, at(seconds)), Math.floor(seconds / 30));
    });

  it('is good a step before and a step after its own, and no more', () => {
    const good = [-31, -30, 0, 30, 59].map((off) => totpStep(KEY, '005924', at(1234567890 + off)));
    const bad = [-60, -31 - 30, 60, 90].map((off) => totpStep(KEY, '005924', at(1234567890 + off)));

    assert.ok(good.slice(1).every((step) => step === 41152263));
    assert.ok(bad.every((step) => step === undefined));
  });

  it('is good once, of a hundred who show it at once', async () => {
    const claimOnce = createClaimOnce({ records: memoryRecords({ now: () => at(1234567890) }) });
    const shown = { poolId: 'us-east-1_a', sub: 'ada', secret: KEY, code: '005924' };

    const answers = await Promise.allSettled(
      Array.from({ length: 100 }, () => spendTotp(shown, { claimOnce, now: at(1234567890) })),
    );
    const later = spendTotp(shown, { claimOnce, now: at(1234567890 + 59) });

    const refused = answers.filter(({ status }) => status === 'rejected');
    assert.equal(refused.length, 99);
    assert.ok(refused.every((each) => 'reason' in each && isFailure(each.reason, 'code-ran-out')));
    await assert.rejects(later, { kind: 'code-ran-out' });
  });

  it('of somebody else, or of another secret, is another one', async () => {
    const claimOnce = createClaimOnce({ records: memoryRecords({ now: () => at(1234567890) }) });
    const shown = { poolId: 'us-east-1_a', sub: 'ada', secret: KEY, code: '005924' };
    const parts = { claimOnce, now: at(1234567890) };

    await spendTotp(shown, parts);

    await spendTotp({ ...shown, sub: 'bob' }, parts);
    await spendTotp({ ...shown, poolId: 'us-east-1_b' }, parts);
    await assert.rejects(spendTotp({ ...shown, secret: newTotpSecret() }, parts), { kind: 'wrong-totp' });
  });

  for (const code of ['', '00592', '0059240', '00592a', ' 05924', '٠٠٥٩٢٤', '000000'])
    it(`is not ${JSON.stringify(code)}`, () => {
      assert.equal(totpStep(KEY, code, at(1234567890)), undefined);
    });

  it('has secrets of 256 bits that no two people share', () => {
    const secrets = Array.from({ length: 100 }, newTotpSecret);

    assert.equal(new Set(secrets).size, 100);
    assert.ok(secrets.every((each) => /^[A-Z2-7]{52}$/.test(each)));
  });
});
