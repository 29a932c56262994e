/**
 * The limits of what is parsed as SAML: a document at each limit passes, one beyond it is refused unread.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../src/base/failure.ts';
import { passGate } from '../../src/identity-providers/saml-gate.ts';

const LIMITS = { bytes: 100_000, elements: 100, comments: 'refused' } as const;
const root = (inside: string, attributes = ''): string => `<r${attributes}>${inside}</r>`;
const value = (text: string): string => root(`<AttributeValue>${text}</AttributeValue>`);
const attributes = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, at) => ` a${from + at}=""`).join('');

/** By what is counted: a document that holds so many, and the most that there may be. */
const COUNTED: Readonly<Record<string, { most: number; make: (count: number) => string }>> = {
  bytes: { most: 100_000, make: (count) => root('a'.repeat(count - 7)) },
  elements: { most: 100, make: (count) => root('<e/>'.repeat(count - 1)) },
  depth: { most: 64, make: (count) => '<e>'.repeat(count) + '</e>'.repeat(count) },
  'attributes of an element': { most: 64, make: (count) => root('', attributes(count)) },
  'attributes in all': {
    most: 200,
    make: (count) => root(`<e${attributes(50)}/>`.repeat(3) + `<e${attributes(count - 150)}/>`),
  },
  'CDATA sections': { most: 200, make: (count) => value('<![CDATA[a]]>'.repeat(count)) },
  'attributes and CDATA sections': {
    most: 200,
    make: (count) =>
      value(`<e${attributes(50)}/>${'<![CDATA[a]]>'.repeat(count - 50)}`).replace(
        /<e([^/]*)\/>(.*)<\/AttributeValue>/s,
        '$2</AttributeValue><e$1/>',
      ),
  },
  entities: { most: 200, make: (count) => value('&amp;'.repeat(count)) },
  'characters of a name': { most: 127, make: (count) => `<${'e'.repeat(count)}/>` },
};
const isRefused = (error: unknown): boolean => isFailure(error, 'provider-refused');

describe('the limits of SAML documents', () => {
  for (const [title, { most, make }] of Object.entries(COUNTED))
    it(`${title}: up to ${most}, and not one more`, () => {
      assert.equal(passGate(make(most), LIMITS), make(most));
      assert.throws(() => passGate(make(most + 1), LIMITS), isRefused);
    });
  it('measure what stands around CDATA apart: it is no entity together', () => {
    assert.throws(() => passGate(value('&am<![CDATA[x]]>p;'), LIMITS), isRefused);
  });
});
