/**
 * Bench of decisions: what keeping policies parsed is worth, and what the worst pattern costs. `node test/bench/access.ts`
 */
import { evaluate, type AccessRequest } from '../../src/domain/access/evaluate.ts';
import { compile, matches } from '../../src/domain/access/conditions/matching.ts';
import { parsePolicy } from '../../src/domain/access/policy.ts';
import { perSecond, printed, ratio, type Figures } from './measuring.ts';

const POLICIES = 10;
const POLICY_CHARACTERS = 6144;

/** A policy of six kilobytes, of which the last statement alone applies. */
function largePolicy(): string {
  const statements: object[] = [];
  const text = () => JSON.stringify({ Version: '2012-10-17', Statement: statements });
  while (text().length < POLICY_CHARACTERS - 200)
    statements.push({
      Effect: 'Allow',
      Action: ['s3:Get*', 's3:List*'],
      Resource: `arn:aws:s3:::bucket-${statements.length}/*`,
    });
  statements.push({ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: 'arn:aws:execute-api:*:*:a/*' });
  return text();
}

export function benchAccess(): Figures {
  const texts = Array.from({ length: POLICIES }, largePolicy);
  const read = () =>
    texts.map((text, index) => ({ name: `policy ${index}`, policy: parsePolicy(text, 'identity') }));
  const identity = read();
  const request: AccessRequest = {
    action: 'execute-api:Invoke',
    resource: 'arn:aws:execute-api:us-east-1:123456789012:a/b/GET/things/1',
    context: { 'aws:username': 'ada' },
  };
  const worst = compile(`*${'a'.repeat(999)}b`, { hasVariables: false });
  const text = 'a'.repeat(2000);

  const kept = perSecond(() => evaluate(request, { identity }));
  const parsed = perSecond(() => evaluate(request, { identity: read() }));
  return {
    'decisions over 60 KiB of policies a second': Math.round(kept),
    'kept parsed to parsed each time': ratio(kept, parsed),
    'worst patterns, 1,001 × 2,000 characters, a second': Math.round(
      perSecond(() => matches(worst, text, () => undefined)),
    ),
  };
}

if (import.meta.main) printed(benchAccess());
