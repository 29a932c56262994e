/**
 * What holds of every decision, whatever the policies and the request.
 *
 * Policies and requests are made at random from a small world, so that they meet often. An oracle that follows the documents word by word, slowly, must come to the same verdict.
 * Source: IAM user guide, "Policy evaluation logic", "IAM JSON policy elements reference".
 */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { isFailure } from '../../../src/base/failure.ts';
import { evaluate, type AccessRequest, type Context } from '../../../src/domain/access/evaluate.ts';
import { compile, matches } from '../../../src/domain/access/conditions/matching.ts';
import { parsePolicy } from '../../../src/domain/access/policy.ts';

const RUNS = 3000;

type Conditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
interface PlainStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  readonly Resource?: readonly string[];
  readonly NotResource?: readonly string[];
  readonly Condition?: Conditions;
}
interface PlainPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PlainStatement[];
}

const some = <T>(values: readonly T[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const anAction = fc.constantFrom('s3:GetObject', 's3:PutObject', 'sts:AssumeRole', 's3:GetBucket');
const aResource = fc.constantFrom('arn:aws:s3:::home/ada/1', 'arn:aws:s3:::home/bob/1', 'arn:aws:s3:::logs');
const actions = some(['s3:GetObject', 's3:Get*', 'S3:PUTOBJECT', '*', 'sts:*', 's3:?etObject']);
const resources = some([
  'arn:aws:s3:::home/ada/*',
  'arn:aws:s3:::home/${aws:username}/*',
  '*',
  'arn:aws:s3:::*o*',
  'arn:*:s3:::logs',
]);
const condition: fc.Arbitrary<Conditions> = fc.constantFrom<Conditions[]>(
  { StringEquals: { 'aws:username': ['ada', 'eve'] } },
  { StringLike: { 'aws:username': ['a*'] } },
  { StringNotEquals: { 'aws:username': ['ada'] } },
  { StringEqualsIfExists: { 'aws:username': ['bob'] } },
  { Null: { 'aws:username': ['true'] } },
);
const statement: fc.Arbitrary<PlainStatement> = fc
  .record({
    Effect: fc.constantFrom('Allow' as const, 'Allow' as const, 'Deny' as const),
    what: fc.oneof(
      actions.map((Action) => ({ Action })),
      actions.map((NotAction) => ({ NotAction })),
    ),
    on: fc.oneof(
      resources.map((Resource) => ({ Resource })),
      resources.map((NotResource) => ({ NotResource })),
    ),
    when: fc.oneof(
      fc.constant({}),
      condition.map((Condition) => ({ Condition })),
    ),
  })
  .map(({ Effect, what, on, when }) => ({ Effect, ...what, ...on, ...when }));
const policy: fc.Arbitrary<PlainPolicy> = fc
  .array(statement, { minLength: 1, maxLength: 3 })
  .map((Statement) => ({ Version: '2012-10-17', Statement }));
const policies = fc.array(policy, { maxLength: 2 });
const request: fc.Arbitrary<AccessRequest> = fc.record({
  action: anAction,
  resource: aResource,
  context: fc.constantFrom<Context[]>({}, { 'aws:username': 'ada' }, { 'aws:username': 'bob' }),
});

interface PlainSet {
  readonly identity: readonly PlainPolicy[];
  readonly session?: readonly PlainPolicy[];
  readonly boundary?: readonly PlainPolicy[];
}
const read = (plain: readonly PlainPolicy[]) =>
  plain.map((each) => ({ name: 'p', policy: parsePolicy(JSON.stringify(each), 'identity') }));
function verdictOf(asked: AccessRequest, { identity, session, boundary }: PlainSet) {
  return evaluate(asked, {
    identity: read(identity),
    session: session && read(session),
    boundary: boundary && read(boundary),
  }).verdict;
}
const isAllowed = (asked: AccessRequest, set: PlainSet): boolean => verdictOf(asked, set) === 'allow';

/** Recursive, exponential and obviously right. */
function fits(pattern: string, text: string): boolean {
  const [head, rest] = [pattern[0], pattern.slice(1)];
  if (head === undefined) return text === '';
  if (head === '*') return fits(rest, text) || (text !== '' && fits(pattern, text.slice(1)));
  return text !== '' && (head === '?' || head === text[0]) && fits(rest, text.slice(1));
}

describe('every decision', () => {
  const check = <T>(property: fc.IProperty<T>): void => fc.assert(property, { numRuns: RUNS });

  it('is the one that the documents come to, word by word', () => {
    let allowed = 0;
    check(
      fc.property(request, policies, fc.option(policies, { nil: undefined }), (asked, identity, session) => {
        const verdict = oracle(asked, { identity, session });
        allowed += verdict === 'allow' ? 1 : 0;
        assert.equal(verdictOf(asked, { identity, session }), verdict);
      }),
    );
    assert.ok(allowed > RUNS / 50, 'the world is too small to say anything');
  });

  it('is never turned to yes by one more Deny', () => {
    check(
      fc.property(request, policies, statement, (asked, identity, more) => {
        const denying: PlainPolicy = { Version: '2012-10-17', Statement: [{ ...more, Effect: 'Deny' }] };
        if (!isAllowed(asked, { identity }))
          assert.ok(!isAllowed(asked, { identity: [...identity, denying] }));
      }),
    );
  });

  it('is never turned to no by one more Allow', () => {
    check(
      fc.property(request, policies, statement, (asked, identity, more) => {
        const allowing: PlainPolicy = { Version: '2012-10-17', Statement: [{ ...more, Effect: 'Allow' }] };
        if (isAllowed(asked, { identity }))
          assert.ok(isAllowed(asked, { identity: [...identity, allowing] }));
      }),
    );
  });

  it('does not depend on the order of policies and statements', () => {
    check(
      fc.property(request, policies, (asked, identity) => {
        const turned = identity
          .map((each) => ({ ...each, Statement: each.Statement.toReversed() }))
          .toReversed();
        assert.equal(verdictOf(asked, { identity: turned }), verdictOf(asked, { identity }));
      }),
    );
  });

  it('does not depend on the case of the action', () => {
    check(
      fc.property(request, policies, (asked, identity) => {
        const loud = { ...asked, action: asked.action.toUpperCase() };
        assert.equal(verdictOf(loud, { identity }), verdictOf(asked, { identity }));
      }),
    );
  });

  it('is only narrowed by a session policy and by a boundary', () => {
    check(
      fc.property(request, policies, policies, (asked, identity, narrower) => {
        for (const set of [
          { identity, session: narrower },
          { identity, boundary: narrower },
        ])
          if (isAllowed(asked, set)) assert.ok(isAllowed(asked, { identity }));
      }),
    );
  });
});

describe('a pattern', () => {
  it('matches what the plainest matcher matches', () => {
    const letters = (alphabet: string, maxLength: number) =>
      fc.array(fc.constantFrom(...alphabet), { maxLength }).map((all) => all.join(''));
    fc.assert(
      fc.property(letters('ab*?', 8), letters('ab', 10), (pattern, text) => {
        const compiled = compile(pattern, { hasVariables: true });
        assert.equal(
          matches(compiled, text, () => undefined),
          fits(pattern, text),
        );
      }),
      { numRuns: RUNS * 5 },
    );
  });

  it('never looks at the text more often than the product of the lengths', () => {
    const pattern = `${'a*'.repeat(60)}${'a'.repeat(500)}b`;
    const text = 'a'.repeat(2000);
    let looks = 0;
    // A string that counts how often one of its characters is read.
    const counted = new Proxy(Object(text), {
      get: (_target, name) => {
        if (name === 'length') return text.length;
        assert.equal(name, 'charCodeAt');
        return (at: number) => {
          looks += 1;
          return text.charCodeAt(at);
        };
      },
    }) as string;

    const isMatch = matches(compile(pattern, { hasVariables: true }), counted, () => undefined);

    assert.equal(isMatch, false);
    assert.ok(looks > 0 && looks <= pattern.length * text.length, `${looks} looks`);
  });

  it('takes what a variable stands for to the letter', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (value, text) => {
        const compiled = compile('home/${aws:username}', { hasVariables: true });
        assert.equal(
          matches(compiled, `home/${text}`, () => value),
          text === value,
        );
      }),
    );
  });
});

describe('a variable', () => {
  for (const key of [
    'aws:username',
    'cognito-identity.amazonaws.com:sub',
    'graph.facebook.com:id',
    'www.amazon.com:user_id',
    'accounts.google.com:sub',
    'op.example/tenant_1:sub',
    '127.0.0.1:4080/us-east-1_a:sub',
    'aws:PrincipalTag/team',
  ])
    it(`may be called ${key}`, () => {
      const compiled = compile(`home/\${${key}}/*`, { hasVariables: true });
      const lookup = (asked: string) => (asked === key ? 'ada:1' : undefined);

      assert.ok(matches(compiled, 'home/ada:1/file', lookup));
      assert.ok(!matches(compiled, 'home/ada:2/file', lookup));
      assert.ok(!matches(compiled, 'home/ada:1/file', () => undefined));
    });
});

describe('a policy that is written', () => {
  it('is read or refused as malformed, whatever it is', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json({ maxDepth: 6 }),
      policy.map((each) => JSON.stringify(each)),
      // A good policy with one wound.
      fc.tuple(policy, fc.nat(), fc.string({ maxLength: 2 })).map(([each, at, wound]) => {
        const text = JSON.stringify(each);
        const place = at % text.length;
        return text.slice(0, place) + wound + text.slice(place + 1);
      }),
    );
    fc.assert(
      fc.property(anything, fc.constantFrom('identity' as const, 'trust' as const), (text, kind) => {
        try {
          assert.ok(parsePolicy(text, kind).statements.length > 0);
        } catch (error) {
          assert.ok(isFailure(error, 'malformed-policy'), String(error));
        }
      }),
      { numRuns: RUNS * 3 },
    );
  });
});

/** The verdict of the documents: explicit Deny, then every kind of policy must allow. */
function oracle(asked: AccessRequest, { identity, session }: PlainSet) {
  const { 'aws:username': username } = asked.context as { 'aws:username'?: string };
  const applies = (each: PlainStatement): boolean => {
    const acts = (list: readonly string[]) =>
      list.some((pattern) => fits(pattern.toLowerCase(), asked.action.toLowerCase()));
    const lies = (list: readonly string[]) =>
      list.some((pattern) => {
        if (pattern.includes('${') && username === undefined) return false;
        const filled = pattern.replace('${aws:username}', username ?? '');
        const [parts, pieces] = [filled.split(':'), asked.resource.split(':')];
        return filled === '*' || parts.every((part, index) => fits(part, pieces[index] ?? ''));
      });
    return (
      (each.Action ? acts(each.Action) : !acts(each.NotAction!)) &&
      (each.Resource ? lies(each.Resource) : !lies(each.NotResource!)) &&
      Object.entries(each.Condition ?? {}).every(([operator, keys]) =>
        holds(operator, keys['aws:username']!, username),
      )
    );
  };
  const all = [...identity, ...(session ?? [])].flatMap(({ Statement }) => Statement);
  const allows = (policiesOf: readonly PlainPolicy[]): boolean =>
    policiesOf.some(({ Statement }) => Statement.some((each) => each.Effect === 'Allow' && applies(each)));
  if (all.some((each) => each.Effect === 'Deny' && applies(each))) return 'deny';
  return allows(identity) && (!session?.length || allows(session)) ? 'allow' : 'implicit-deny';
}

function holds(operator: string, values: readonly string[], present: string | undefined): boolean {
  if (operator === 'Null') return (present === undefined) === (values[0] === 'true');
  if (operator === 'StringNotEquals') return present === undefined || !values.includes(present);
  if (operator === 'StringEqualsIfExists') return present === undefined || values.includes(present);
  if (present === undefined) return false;
  return operator === 'StringLike' ? values.some((each) => fits(each, present)) : values.includes(present);
}
