/**
 * Trust policies of before there were unique ids: they mean those who were there when they were written.
 *
 * Source: IAM user guide, "AWS JSON policy elements: Principal".
 */
import assert from 'node:assert/strict';
import { parsePolicy } from '../../../src/domain/access/policy.ts';
import { createTrustPrincipals } from '../../../src/domain/access/trust/trust-principals.ts';

const USER = 'arn:aws:iam::123456789012:user/team/ada';
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: USER }, Action: 'sts:AssumeRole' }],
});
const policy = parsePolicy(trust, 'trust');
const principalsWith = (createdAt: string, arn = USER) =>
  createTrustPrincipals({
    account: '123456789012',
    findRole: async () => undefined,
    findUser: async () => ({ id: 'AIDA1', arn, createdAt }),
  });
const bound = { trust, createdAt: '2026-01-02T00:00:00.000Z' };

describe('a trust policy without unique ids', () => {
  it('means who was there when it was written', async () => {
    const principals = principalsWith('2026-01-01T00:00:00.000Z');

    assert.deepEqual(await principals.idsOf(bound, policy), { [USER]: 'AIDA1' });
    assert.equal(await principals.shown(bound, policy), trust);
  });

  it('means nobody who came later', async () => {
    assert.deepEqual(await principalsWith('2026-01-03T00:00:00.000Z').idsOf(bound, policy), {});
  });

  it('means nobody of that name under another path', async () => {
    const other = principalsWith('2026-01-01T00:00:00.000Z', 'arn:aws:iam::123456789012:user/ada');

    assert.deepEqual(await other.idsOf(bound, policy), {});
  });
});
