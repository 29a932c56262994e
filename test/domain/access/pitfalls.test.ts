/**
 * The pitfalls of policy evaluation, row by row: what AWS documents, and what is refused where it documents nothing.
 */
import assert from 'node:assert/strict';
import { Failure, isFailure } from '../../../src/base/failure.ts';
import { evaluate, type Context, type Decision } from '../../../src/domain/access/evaluate.ts';
import { parsePolicy } from '../../../src/domain/access/policy.ts';
import { corpusJson, withCorpus } from '../../support/corpora.ts';

interface Row {
  readonly name: string;
  readonly request: { readonly action: string; readonly resource: string; readonly context: Context };
  readonly identityPolicies: readonly object[];
  readonly sessionPolicies?: readonly object[];
  readonly permissionBoundary?: object;
  readonly expected: 'Allow' | 'Deny' | 'ImplicitDeny' | 'Malformed';
}
const WORDS: Readonly<Record<Decision['verdict'], Row['expected']>> = {
  allow: 'Allow',
  deny: 'Deny',
  'implicit-deny': 'ImplicitDeny',
};

const named = (policies: readonly object[]) =>
  policies.map((policy, index) => ({
    name: `policy ${index}`,
    policy: parsePolicy(JSON.stringify(policy), 'identity'),
  }));

function verdictOf(row: Row): Row['expected'] {
  try {
    const decision = evaluate(row.request, {
      identity: named(row.identityPolicies),
      session: row.sessionPolicies && named(row.sessionPolicies),
      boundary: row.permissionBoundary && named([row.permissionBoundary]),
    });
    return WORDS[decision.verdict];
  } catch (error) {
    if (isFailure(error, 'malformed-policy')) return 'Malformed';
    throw error instanceof Failure ? new Error(error.kind) : error;
  }
}

withCorpus(
  'the pitfalls of policies',
  () => corpusJson<readonly Row[]>('own/iam-pitfalls.json'),
  (rows) => {
    it('are all here', () => assert.equal(rows.length, 77));

    for (const row of rows)
      it(`${row.name}: ${row.expected}`, () => assert.equal(verdictOf(row), row.expected));
  },
);
