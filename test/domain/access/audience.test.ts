/**
 * Whether a trust policy names whose application or pool a proof must be for: only where it spells it out.
 *
 * Source: Cognito developer guide, "Role trust and permissions"; CVE-2024-28056.
 */
import assert from 'node:assert/strict';
import { parsePolicy } from '../../../src/domain/access/policy.ts';
import { demandsAudience } from '../../../src/domain/access/trust/trust.ts';

const POOLS = 'cognito-identity.amazonaws.com';
const AUD = `${POOLS}:aud`;
const POOL = 'us-east-1:11111111-2222-3333-4444-555555555555';

const demands = (...conditions: readonly (object | undefined)[]): boolean => {
  const Statement = conditions.map((Condition) => ({
    Effect: 'Allow',
    Principal: { Federated: POOLS },
    Action: 'sts:AssumeRoleWithWebIdentity',
    ...(Condition && { Condition }),
  }));
  const policy = parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement }), 'trust');
  return demandsAudience(policy, { federated: POOLS, key: AUD });
};

describe('a trust policy names the audience', () => {
  const naming: readonly object[] = [
    { StringEquals: { [AUD]: POOL } },
    { StringEquals: { [AUD.toUpperCase()]: [POOL, 'us-east-1:another'] } },
    { StringEqualsIgnoreCase: { [AUD]: POOL } },
    { StringLike: { [AUD]: POOL } },
    { 'ForAnyValue:StringEquals': { [AUD]: POOL } },
  ];
  for (const condition of naming)
    it(`by ${JSON.stringify(condition)}`, () => assert.equal(demands(condition), true));

  const open: readonly (object | undefined)[] = [
    undefined,
    { StringLike: { [AUD]: '*' } },
    { StringLike: { [AUD]: 'us-east-1:*' } },
    { StringLike: { [AUD]: `${POOL.slice(0, -1)}?` } },
    { StringLike: { [AUD]: '?'.repeat(POOL.length) } },
    { StringLike: { [AUD]: [POOL, '*'] } },
    { 'ForAnyValue:StringLike': { [AUD]: '*' } },
    { 'ForAllValues:StringEquals': { [AUD]: POOL } },
    { StringEqualsIfExists: { [AUD]: POOL } },
    { StringLikeIfExists: { [AUD]: '*' } },
    { StringNotEquals: { [AUD]: 'us-east-1:another' } },
    { StringNotLike: { [AUD]: 'us-east-1:another' } },
    { StringEquals: { [AUD]: `\${${AUD}}` } },
    { StringLike: { [AUD]: '${aws:PrincipalTag/pool}' } },
    { Null: { [AUD]: 'false' } },
    { StringEquals: { [`${POOLS}:sub`]: POOL } },
    { NumericGreaterThan: { [AUD]: '0' } },
  ];
  for (const condition of open)
    it(`not by ${JSON.stringify(condition)}`, () => assert.equal(demands(condition), false));

  it('in every statement that lets in', () => {
    const named = { StringEquals: { [AUD]: POOL } };
    assert.equal(demands(named, named), true);
    assert.equal(demands(named, { StringLike: { [AUD]: '*' } }), false);
  });
});
