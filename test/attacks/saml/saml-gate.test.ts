/**
 * The limits of responses and of metadata: a document at a limit is taken, one with one more is refused.
 *
 * Responses are signed, and metadata is whole, so that nothing but the limit decides.
 * Source: OWASP, "XML Security".
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../../src/base/failure.ts';
import { passGate, readXml } from '../../../src/identity-providers/saml/gate.ts';
import { readMetadata } from '../../../src/identity-providers/saml/metadata.ts';
import { ENTITY_ID, metadataOf, replaced, type Edit } from '../../support/saml/saml-idp.ts';
import { clock, journey } from '../../support/saml/saml-journey.ts';

const tags = (xml: string): number => xml.match(/<\w/g)?.length ?? 0;
const quoted = (xml: string): number => xml.match(/="/g)?.length ?? 0;
const entities = (xml: string): number => xml.match(/&/g)?.length ?? 0;
const refusedFor = (reason: RegExp) => (error: unknown) =>
  isFailure(error, 'provider-refused') && reason.test(String(error.facts['reason']));

interface Cap {
  readonly most: number;
  /** How much of it the document has. */
  readonly measured: (xml: string) => number;
  /** What adds so much of it. */
  readonly padding: (count: number) => string;
  readonly reason: RegExp;
}

describe('a signed SAML response', () => {
  const value = (inside: string): string =>
    `<saml:Attribute Name="padding"><saml:AttributeValue>${inside}</saml:AttributeValue></saml:Attribute>`;
  const nested = (count: number): string => '<a>'.repeat(count) + '</a>'.repeat(count);
  /** Elements that are open at once; the response has no tag that closes itself on the way down. */
  const depth = (xml: string): number => {
    let [open, deepest] = [0, 0];
    for (const [tag] of xml.matchAll(/<[^>]+>/g)) {
      deepest = Math.max(deepest, open + (tag.startsWith('</') ? 0 : 1));
      if (!tag.endsWith('/>')) open += tag.startsWith('</') ? -1 : 1;
    }
    return deepest;
  };
  const caps: Readonly<Record<string, Cap>> = {
    elements: {
      most: 2000,
      measured: tags,
      padding: (count) => value('<a/>'.repeat(count)),
      reason: /too many elements/,
    },
    'attributes in all': {
      most: 4000,
      measured: quoted,
      // On few elements, so that the limit of elements is not met.
      padding: (count) =>
        value(
          Array.from({ length: Math.ceil(count / 40) }, (_, at) => {
            const own = Array.from({ length: Math.min(40, count - at * 40) }, (_each, n) => `a${n}="1"`);
            return `<a ${own.join(' ')}/>`;
          }).join(''),
        ),
      reason: /too many attributes/,
    },
    'attributes of one element': {
      most: 64,
      measured: (xml) => Math.max(...Array.from(xml.matchAll(/<\w[^>]*>/g), ([tag]) => quoted(tag))),
      padding: (count) => value(`<a ${Array.from({ length: count }, (_, at) => `a${at}="1"`).join(' ')}/>`),
      reason: /too many attributes/,
    },
    entities: {
      most: 4000,
      measured: entities,
      padding: (count) => value('&amp;'.repeat(count)),
      reason: /too many entities/,
    },
    levels: { most: 64, measured: depth, padding: (count) => value(nested(count)), reason: /too deep/ },
  };

  it('is taken with 256 KiB, and refused with one byte more', async () => {
    const most = 256 * 1024;
    const filledTo =
      (bytes: number): Edit =>
      (xml) =>
        xml + ' '.repeat(bytes - Buffer.byteLength(xml));

    assert.equal((await journey({ tampered: filledTo(most) })).subject, 'ada');
    await assert.rejects(journey({ tampered: filledTo(most + 1) }), refusedFor(/too large/));
  });
  for (const [title, { most, measured, padding, reason }] of Object.entries(caps)) {
    it(`is taken with ${most} ${title}, and refused with one more`, async () => {
      let seen = 0;
      const withPadding = (count: number) =>
        journey({
          attributes: padding(count),
          tampered: (xml) => {
            seen = measured(xml);
            return xml;
          },
        });
      // With as much as makes the padding the deepest and widest part, whatever stands beside it.
      await withPadding(40);
      const least = seen - 40;

      assert.equal((await withPadding(most - least)).subject, 'ada');
      assert.equal(seen, most);
      await assert.rejects(withPadding(most - least + 1), refusedFor(reason));
      assert.equal(seen, most + 1);
    });
  }
});

describe('SAML metadata', () => {
  const read = (text: string): string => readMetadata(text, clock.now()).entityId;
  const inside = (xml: string): string => replaced(' <md:IDPSSO', `${xml}<md:IDPSSO`)(metadataOf());
  const declaration = '<?xml version="1.0"?>\n';
  const before = (xml: string): string => replaced(declaration, declaration + xml)(metadataOf());
  const comments = (xml: string): number => xml.match(/<!--/g)?.length ?? 0;
  const around = (xml: string): number => comments(xml) + (xml.match(/<\?xml-stylesheet/g)?.length ?? 0);
  const caps: Readonly<Record<string, Cap>> = {
    bytes: {
      most: 1024 * 1024,
      measured: (xml) => Buffer.byteLength(xml),
      padding: (count) => inside('\n'.repeat(count)),
      reason: /too large/,
    },
    elements: {
      most: 10_000,
      measured: tags,
      padding: (count) => inside('<a/>'.repeat(count)),
      reason: /too many elements/,
    },
    'comments and attributes': {
      most: 20_000,
      // The declaration's version is no attribute.
      measured: (xml) => comments(xml) + quoted(xml) - 1,
      padding: (count) => inside('<!-- x -->'.repeat(count)),
      // Which of them is one too many depends on which comes last.
      reason: /too many (?:parts|attributes)/,
    },
    'comments before its root': {
      most: 64,
      measured: around,
      padding: (count) => before('<!-- x -->'.repeat(count)),
      reason: /too many parts/,
    },
    'comments after its root': {
      most: 64,
      measured: around,
      padding: (count) => metadataOf() + '\n<!-- x -->'.repeat(count),
      reason: /too many parts/,
    },
    'stylesheets and comments': {
      most: 64,
      measured: around,
      padding: (count) => before('<?xml-stylesheet href="x"?>\n'.repeat(count)),
      reason: /too many parts/,
    },
  };

  for (const [title, { most, measured, padding, reason }] of Object.entries(caps)) {
    it(`is taken with ${most} ${title}, and refused with one more`, () => {
      const count = most - measured(padding(1)) + 1;

      assert.equal(measured(padding(count)), most);
      assert.equal(read(padding(count)), ENTITY_ID);
      assert.throws(() => read(padding(count + 1)), refusedFor(reason));
    });
  }

  it('may have in a comment what looks like an entity', () => {
    assert.equal(read(inside('<!-- R&D, &our; own -->')), ENTITY_ID);
  });
});

describe('text around CDATA', () => {
  const limits = { bytes: 1000, elements: 100, comments: 'refused' } as const;
  const around = (inside: string): string => `<r><AttributeValue>${inside}</AttributeValue></r>`;
  const CDATA = '<![CDATA[x]]>';

  for (const halves of [
    ['&a', 'mp;'],
    ['&', 'amp;'],
    ['&amp', ';'],
    ['&#6', '5;'],
    ['&#x4', '1;'],
  ])
    it(`is not joined to an entity that no parser sees: ${halves.join(' ')}`, () => {
      assert.throws(() => passGate(around(halves.join(CDATA)), limits), refusedFor(/an entity of its own/));
    });

  it('is read with its own entities, and CDATA as it stands', () => {
    const [value] = readXml(passGate(around('&amp;a<![CDATA[&amp;]]>b&#65;'), limits)).children;

    assert.equal(value?.text, '&a&amp;bA');
  });

  it('has at most so many sections', () => {
    const many = { ...limits, bytes: 100_000 };
    const most = limits.elements * 2;

    assert.equal(readXml(passGate(around(CDATA.repeat(most)), many)).children[0]?.text.length, most);
    assert.throws(() => passGate(around(CDATA.repeat(most + 1)), many), refusedFor(/too many parts/));
  });
});

it('a tag of a SAML document has a name of at most 127 characters', () => {
  const limits = { bytes: 1000, elements: 100, comments: 'refused' } as const;
  const named = (characters: number): string => `<${'e'.repeat(characters)}/>`;

  assert.equal(readXml(passGate(named(127), limits)).name.length, 127);
  assert.throws(() => passGate(named(128), limits), refusedFor(/a tag has no name/));
});
