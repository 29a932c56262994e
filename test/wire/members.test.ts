/** Inputs: what each kind of member takes, and the words for what it refuses. */
import assert from 'node:assert/strict';
import { z } from 'zod';
import { faultOf, wordIssues } from '../../src/wire/issues.ts';
import {
  flag,
  integer,
  list,
  mapOf,
  moment,
  oneOf,
  queryFlag,
  queryInteger,
  queryMoment,
  structure,
  text,
} from '../../src/wire/members.ts';

const input = structure({
  UserPoolId: text({ min: 1, max: 55, pattern: /[\w-]+_[0-9a-zA-Z]+/ }),
  Limit: integer({ min: 0, max: 60 }).optional(),
  IsOn: flag().optional(),
  At: moment().optional(),
  Status: oneOf(['ON', 'OFF']).optional(),
  Names: list(text({ min: 1, max: 3 }), { min: 1, max: 2 }).optional(),
  UserAttributes: list(structure({ Name: text({ min: 1 }), Value: text().optional() }), {
    max: 60,
  }).optional(),
  Logins: mapOf(text({ min: 1, max: 3 }), text({ min: 2 }), { max: 2 }).optional(),
  Mappings: mapOf(text(), structure({ Type: oneOf(['Token', 'Rules']) }), { max: 60 }).optional(),
});
const POOL = 'us-east-1_a1b2c3d4e';
const one = (path: string, constraint: string) =>
  `1 validation error detected: Value at '${path}' failed to satisfy constraint: ${constraint}`;

/** What is said of an input; undefined when it is taken. */
function fault(raw: unknown, schema: z.ZodType = input) {
  const read = schema.safeParse(raw);
  return read.success ? undefined : faultOf(read.error);
}
const said = (members: object) => fault({ UserPoolId: POOL, ...members })?.message;

describe('the words for a broken constraint', () => {
  const rows: readonly (readonly [title: string, members: object, words: string])[] = [
    ['an absent member', { UserPoolId: undefined }, one('userPoolId', 'Member must not be null')],
    ['a null member', { UserPoolId: null }, one('userPoolId', 'Member must not be null')],
    [
      'text against its pattern',
      { UserPoolId: 'pool' },
      one('userPoolId', String.raw`Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+`),
    ],
    [
      'text beyond its length',
      { UserPoolId: `a_${'b'.repeat(60)}` },
      one('userPoolId', 'Member must have length less than or equal to 55'),
    ],
    ['a number below', { Limit: -1 }, one('limit', 'Member must have value greater than or equal to 0')],
    ['a number above', { Limit: 61 }, one('limit', 'Member must have value less than or equal to 60')],
    [
      'a text outside its set',
      { Status: 'MAYBE' },
      one('status', 'Member must satisfy enum value set: [ON, OFF]'),
    ],
    ['a list too short', { Names: [] }, one('names', 'Member must have length greater than or equal to 1')],
    [
      'a list too long',
      { Names: ['a', 'b', 'c'] },
      one('names', 'Member must have length less than or equal to 2'),
    ],
    [
      'an item of a list',
      { Names: ['a', 'long'] },
      one('names', 'Member must satisfy constraint: [Member must have length less than or equal to 3]'),
    ],
    [
      'a member of an item',
      { UserAttributes: [{ Name: 'a' }, {}] },
      one('userAttributes.2.member.name', 'Member must not be null'),
    ],
    [
      'a map too long',
      { Logins: { a: 'xx', b: 'xx', c: 'xx' } },
      one('logins', 'Member must have length less than or equal to 2'),
    ],
    [
      'a key of a map',
      { Logins: { long: 'xx' } },
      one('logins', 'Map keys must satisfy constraint: [Member must have length less than or equal to 3]'),
    ],
    [
      'a value of a map',
      { Logins: { a: 'x' } },
      one(
        'logins',
        'Map value must satisfy constraint: [Member must have length greater than or equal to 2]',
      ),
    ],
    [
      'a member of a map’s value',
      { Mappings: { a: {} } },
      one('mappings.member.type', 'Member must not be null'),
    ],
  ];
  for (const [title, members, words] of rows) {
    it(`says what is wrong with ${title}`, () => assert.equal(said(members), words));
  }

  it('joins several faults and counts them', () => {
    assert.equal(
      said({ UserPoolId: '', Limit: 99 }),
      "3 validation errors detected: Value at 'userPoolId' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
        String.raw`Value at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+; ` +
        "Value at 'limit' failed to satisfy constraint: Member must have value less than or equal to 60",
    );
  });
  it('never repeats a value, nor a key of a map', () => {
    const words = JSON.stringify([
      said({ UserPoolId: 'hunter2' }),
      said({ Status: 'hunter2', Names: ['hunter2'], Logins: { hunter2: 'h' }, Mappings: { hunter2: {} } }),
      said({ UserAttributes: 'hunter2' }),
    ]);

    assert.ok(!words.includes('hunter2'), words);
  });
  it('stops at the twentieth fault of a list and of a map, and looks at nothing behind it', () => {
    let looked = 0;
    const watched = text({ min: 1 }).check(() => {
      looked += 1;
    });
    const bad = Array(50).fill('');
    for (const [raw, schema] of [
      [bad, list(watched, { max: 60 })],
      [{ ...bad }, mapOf(text(), watched, { max: 60 })],
    ] as const) {
      looked = 0;

      assert.ok(fault({ All: raw }, structure({ All: schema })));
      assert.equal(looked, 20);
    }
  });
  it('looks at no item of a list or a map that has too many', () => {
    const untouchable = text().check(() => assert.fail('an item was looked at'));
    const raw = Array(3).fill('a');

    assert.match(
      fault({ All: raw }, structure({ All: list(untouchable, { max: 2 }) }))?.message ?? '',
      /Member must have length less than or equal to 2$/,
    );
    assert.match(
      fault({ All: { ...raw } }, structure({ All: mapOf(text(), untouchable, { max: 2 }) }))?.message ?? '',
      /Member must have length less than or equal to 2$/,
    );
  });
  it('words the issues of schemas that are not made of these members', () => {
    const foreign = z.object({ Name: z.string().min(2), Rest: z.string() });

    assert.equal(
      wordIssues(foreign.safeParse({ Name: 'a' }).error!),
      "2 validation errors detected: Value at 'name' failed to satisfy constraint: Member must have length greater than or equal to 2; " +
        "Value at 'rest' failed to satisfy constraint: Member must not be null",
    );
  });
});

describe('the words for a value of the wrong type', () => {
  const rows: readonly (readonly [members: object, words: string])[] = [
    [{ UserPoolId: 12345 }, 'NUMBER_VALUE can not be converted to a String'],
    [{ UserPoolId: true }, 'TRUE_VALUE can not be converted to a String'],
    [{ UserPoolId: {} }, 'Start of structure or map found where not expected.'],
    [{ UserPoolId: [] }, 'Start of list found where not expected.'],
    [{ Limit: '5' }, 'STRING_VALUE can not be converted to an Integer'],
    [{ Limit: 1.5 }, 'NUMBER_VALUE can not be converted to an Integer'],
    [{ Limit: Infinity }, 'NUMBER_VALUE can not be converted to an Integer'],
    [{ Limit: 2 ** 60 }, 'NUMBER_VALUE can not be converted to an Integer'],
    [{ IsOn: 'true' }, 'STRING_VALUE can not be converted to a Boolean'],
    [{ At: 'noon' }, 'STRING_VALUE can not be converted to milliseconds since epoch'],
    [{ At: 1e300 }, 'NUMBER_VALUE can not be converted to milliseconds since epoch'],
    [{ Status: 1 }, 'NUMBER_VALUE can not be converted to a String'],
    [{ Names: 'not-a-list' }, 'Expected list or null'],
    [{ Names: [1] }, 'NUMBER_VALUE can not be converted to a String'],
    [{ UserAttributes: ['x'] }, 'Expected map or null'],
    [{ Logins: 'not-a-map' }, 'Expected map or null'],
    [{ Logins: [] }, 'Expected map or null'],
    [{ Logins: { a: 1 } }, 'NUMBER_VALUE can not be converted to a String'],
    [{ Mappings: { a: { Type: 1 } } }, 'NUMBER_VALUE can not be converted to a String'],
  ];
  for (const [members, words] of rows) {
    it(`${JSON.stringify(members)}: ${words}`, () => {
      assert.deepEqual(fault({ UserPoolId: POOL, ...members }), { kind: 'type', message: words });
    });
  }

  it('comes before what is said of broken constraints', () => {
    assert.equal(fault({ UserPoolId: '', Limit: 'x' })?.kind, 'type');
    assert.equal(fault({ UserPoolId: '' })?.kind, 'constraint');
  });
});

describe('members', () => {
  it('count the length of text in code points', () => {
    const two = text({ max: 2 });

    assert.equal(fault('😀😀', two), undefined);
    assert.equal(fault('😀😀😀', two)?.kind, 'constraint');
  });
  it('hold a pattern against the whole text, line breaks included', () => {
    const word = text({ pattern: /^[\w/]+$|[a]/ });

    assert.equal(fault('abc/', word), undefined);
    assert.ok(fault('abc!', word));
    assert.ok(fault('abc\n', word));
    assert.match(fault('!', word)?.message ?? '', /pattern: \^\[\\w\/\]\+\$\|\[a\]$/);
  });
  it('do not match text that is too long anyway, so that no request causes unbounded work', () => {
    assert.match(
      fault('!'.repeat(9), text({ max: 8, pattern: /\w+/ }))?.message ?? '',
      /^1 validation error .* equal to 8$/,
    );
  });
  it('take a moment as seconds since 1970', () => {
    assert.deepEqual(moment().parse(1.5), new Date(1500));
  });
  it('drop unknown members', () => {
    assert.deepEqual(input.parse({ UserPoolId: POOL, IsAdmin: true }), { UserPoolId: POOL });
  });
  it('keep a map’s entries as its own, whatever their names', () => {
    const map = mapOf(text(), text(), { max: 2 }).parse(JSON.parse('{"constructor":"a","__proto__":"b"}'));

    assert.deepEqual(Object.entries(map), [
      ['constructor', 'a'],
      ['__proto__', 'b'],
    ]);
    assert.equal(Object.getPrototypeOf(map), Object.prototype);
  });
  it('demand a map that is not optional', () => {
    assert.match(
      fault({}, structure({ Roles: mapOf(text(), text(), { max: 2 }) }))?.message ?? '',
      /'roles' .* Member must not be null$/,
    );
  });
  it('read the query protocol’s text as what it stands for', () => {
    const query = structure({ Seconds: queryInteger({ min: 900 }), IsOn: queryFlag(), At: queryMoment() });

    assert.deepEqual(query.parse({ Seconds: '900', IsOn: 'false', At: '2026-01-02T12:00:00Z' }), {
      Seconds: 900,
      IsOn: false,
      At: new Date('2026-01-02T12:00:00Z'),
    });
    assert.match(
      fault({ Seconds: '1', IsOn: 'true', At: '2026-01-02T12:00:00Z' }, query)?.message ?? '',
      /equal to 900$/,
    );
  });
  for (const [schema, wrong] of [
    [queryInteger(), ['', 'x', '1.5', '0x10', '1e3', ' 1', '9'.repeat(30)]],
    [queryFlag(), ['', 'yes', 'TRUE', '1']],
    [queryMoment(), ['', 'not-a-timestamp', '2026', '2026-13-01T00:00:00Z', '2026-01-02']],
  ] as const) {
    for (const each of wrong) {
      it(`refuse ${JSON.stringify(each)} as text of another type`, () =>
        assert.equal(fault(each, schema)?.kind, 'type'));
    }
  }
});

/** The inferred type is the plain one. */
type Plain = z.output<typeof input>;
const plain: Plain = {
  UserPoolId: POOL,
  Limit: undefined,
  Status: 'ON',
  Logins: { a: 'b' },
  Mappings: { a: { Type: 'Token' } },
};
const fromPlain: {
  UserPoolId: string;
  Limit?: number | undefined;
  At?: Date | undefined;
  UserAttributes?: { Name: string; Value?: string | undefined }[] | undefined;
} = plain;
void fromPlain;
