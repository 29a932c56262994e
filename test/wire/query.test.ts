/** The query protocol: forms read strictly, XML written so that a reader gets every text back. */
import assert from 'node:assert/strict';
import { awsQuery } from '../../src/wire/aws-query.ts';
import { Unreadable } from '../../src/wire/protocol.ts';
import { requestOf } from '../support/signing.ts';

const protocol = awsQuery('2011-06-15', 'https://sts.amazonaws.com/doc/2011-06-15/');
const HEADERS = [['content-type', 'application/x-www-form-urlencoded; charset=utf-8']] as const;
const read = (body: string) => protocol.readInput(requestOf({ headers: HEADERS, body }));
const refuses = (body: string) =>
  assert.throws(
    () => read(body),
    (error) => error instanceof Unreadable && error.code === 'MalformedInput',
  );

describe('a form', () => {
  const rows: readonly (readonly [body: string, members: object])[] = [
    ['A=1&B=', { A: '1', B: '' }],
    ['A=a+b%20c%2B', { A: 'a b c+' }],
    ['A=%C3%A9', { A: 'é' }],
    ['A=b=c', { A: 'b=c' }],
    ['A', { A: '' }],
    ['A.member.1=a&A.member.2=b', { A: ['a', 'b'] }],
    ['A.member.10=j&A.member.2=b&A.member.1=a', { A: ['a', 'b', 'j'] }],
    ['Tags.member.1.Key=k&Tags.member.1.Value=v', { Tags: [{ Key: 'k', Value: 'v' }] }],
    ['A.member.1.member.1=x', { A: [['x']] }],
    [
      'M.entry.1.key=a&M.entry.1.value=1&M.entry.2.key=constructor&M.entry.2.value.X=2',
      { M: { a: '1', constructor: { X: '2' } } },
    ],
    ['S.A.B=c', { S: { A: { B: 'c' } } }],
    ['A.member.9999=z', { A: ['z'] }],
  ];
  for (const [body, members] of rows) {
    it(`${body} is ${JSON.stringify(members)}`, () => assert.deepEqual(read(body), members));
  }
  for (const body of [
    'A=1&A=2',
    'A=1&%41=2',
    'A=1&A.B=2',
    'A.B=1&A=2',
    'A.B.C=1&A.B=2',
    'A=%',
    'A=%zz',
    'A=%c0%af',
    'A=%ff',
    '%=1',
    'A..B=1',
    '.A=1',
    'A.=1',
    '=1',
    '__proto__=1',
    'A.__proto__.isAdmin=1',
    'M.entry.1.key=__proto__&M.entry.1.value=1',
    'M.entry.1.key=a&M.entry.1.value=1&M.entry.2.key=a&M.entry.2.value=2',
    'M.entry.1.key=a',
    'M.entry.1=a',
    'A.member.0=a',
    'A.member.01=a',
    'A.member.999999999=a',
    'A.member.99999999999999999999999=a',
    `${'A.'.repeat(32)}A=1`,
    `${'a'.repeat(2000)}=1`,
    Array.from({ length: 5001 }, (_, index) => `A${index}=`).join('&'),
  ]) {
    it(`${body.slice(0, 60)} is refused`, () => refuses(body));
  }
  it('never quotes what it refuses', () => {
    assert.throws(
      () => read('Password=hunter2%'),
      (error: Error) => !error.message.includes('hunter2'),
    );
  });
});

describe('an answer in XML', () => {
  const write = (output: object) => protocol.writeOutput('Op', output, 'id').body;
  const around = (inner: string) =>
    `<OpResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><OpResult>${inner}</OpResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></OpResponse>`;
  const rows: readonly (readonly [output: object, xml: string])[] = [
    [{}, ''],
    [{ A: 'a', B: undefined, C: '' }, '<A>a</A><C></C>'],
    [{ N: 0, T: true, F: false }, '<N>0</N><T>true</T><F>false</F>'],
    [{ At: new Date('2026-01-02T12:00:00.789Z') }, '<At>2026-01-02T12:00:00Z</At>'],
    [{ L: [] }, '<L></L>'],
    [{ L: ['a', { B: 'b' }] }, '<L><member>a</member><member><B>b</B></member></L>'],
    [{ M: new Map([['k', 'v']]) }, '<M><entry><key>k</key><value>v</value></entry></M>'],
    [{ A: `<b a="'">&amp;]]>` }, '<A>&lt;b a=&quot;&apos;&quot;&gt;&amp;amp;]]&gt;</A>'],
    [{ A: 'a\u0000\u0008\u001f\uffff\ud800b' }, '<A>a\ufffd\ufffd\ufffd\ufffd\ufffdb</A>'],
    [{ A: 'a\r\n\tb' }, '<A>a&#xD;\n\tb</A>'],
  ];
  for (const [output, xml] of rows) {
    it(`${JSON.stringify(output)} is ${JSON.stringify(xml)}`, () => assert.equal(write(output), around(xml)));
  }
  it('that refuses says who is to blame', () => {
    const say = (status: number) => protocol.writeFailure({ status, code: 'C', message: '<m>' }, 'id');

    assert.equal(
      say(404).body,
      '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>C</Code><Message>&lt;m&gt;</Message></Error><RequestId>id</RequestId></ErrorResponse>',
    );
    assert.match(say(500).body, /<Type>Receiver<\/Type>/);
    assert.equal(say(404).status, 404);
  });
});

describe('the query string of a POST', () => {
  const sent = (target: string, body = '', headers: readonly (readonly [string, string])[] = HEADERS) =>
    ({ ...requestOf({ headers, body }), method: 'POST', target }) as const;
  const refuses = (request: ReturnType<typeof sent>) =>
    assert.throws(
      () => protocol.readInput(request),
      (error) => error instanceof Unreadable && error.code === 'MalformedInput',
    );

  it('names parameters as the form does', () => {
    const request = sent('/?Action=AssumeRole&A.member.1=a', 'Version=2011-06-15&A.member.2=b');

    assert.equal(protocol.operationName(request), 'AssumeRole');
    assert.deepEqual(protocol.readInput(request), {
      Action: 'AssumeRole',
      Version: '2011-06-15',
      A: ['a', 'b'],
    });
  });

  it('may name them all, without a body and its type', () => {
    const request = sent('/?Action=GetCallerIdentity&Version=2011-06-15', '', []);

    assert.equal(protocol.operationName(request), 'GetCallerIdentity');
  });

  it('and the form may not both name one', () => {
    refuses(sent('/?Action=GetCallerIdentity&Version=2011-06-15', 'Action=AssumeRole'));
    refuses(sent('/?A=1', 'A=1'));
    refuses(sent('/?A.B=1', 'A=1'));
  });

  it('takes no body of another type beside it', () => {
    const json = [['content-type', 'application/json']] as const;
    refuses(sent('/?Action=GetCallerIdentity&Version=2011-06-15', '{}', json));
  });

  it('counts towards the number of parameters', () => {
    const half = (letter: string) =>
      Array.from({ length: 3000 }, (_, index) => `${letter}${index}=`).join('&');

    refuses(sent(`/?${half('a')}`, half('b')));
  });
});
