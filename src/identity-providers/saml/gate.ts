/**
 * The gate before XML: what may be parsed at all, and what a document then is to us.
 *
 * The text is measured in one pass before any tree is built: no DOCTYPE, no processing instructions, no
 * entities of anybody's own, nothing deeper, wider or larger than a message of an identity provider ever
 * is. CDATA stands only inside an AttributeValue, where some providers put it: nothing is decided there.
 * Metadata, which people pass on as files, may begin with a byte order mark, space or a stylesheet. What
 * is left is read by the house's only XML parser, whose every complaint is a refusal, into plain elements.
 * Comments are refused where a signature is to be judged: canonicalization drops them, and readers have disagreed about the text around them.
 * Source: OWASP XML Security; CVE-2017-11427 (comments), CVE-2026-41673 (depth).
 */
import { DOMParser } from '@xmldom/xmldom';
import { Failure } from '../../base/failure.ts';
import type { IdentityProviderFailure, RefusalCause } from '../../domain/ports/identity-provider.ts';

export interface XmlElement {
  readonly namespace: string;
  /** Without a prefix. */
  readonly name: string;
  /** By qualified name; declarations of namespaces are left out. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All text directly inside, joined. */
  readonly text: string;
}

export interface Limits {
  readonly bytes: number;
  readonly elements: number;
  readonly comments: 'refused' | 'skipped';
  /** `lenient`: it may begin with a byte order mark, space and stylesheets, and name its encoding. */
  readonly prolog?: 'lenient';
}

const MAX_DEPTH = 64;
const MAX_ATTRIBUTES = 64;
/**
 * Attributes, CDATA sections, comments and stylesheets of a document, for each element that it may
 * have: the parser takes as long over one as over an element.
 */
const PARTS_OF_ONE = 2;
/** Comments and stylesheets before and after the root: the parser's time grows by their square. */
const MOST_AROUND_ROOT = 64;
const MAX_NAME = 128;
/** Names as all formats that come here write them. */
const NAME = /^\/?[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?(?=[\s/>])/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DECLARATION =
  /^<\?xml[ \t\n]+version=(?:"1\.0"|'1\.0')(?:[ \t\n]+encoding=(?:"([a-z][\w.-]{0,39})"|'([a-z][\w.-]{0,39})'))?(?:[ \t\n]+standalone=["'](?:yes|no)["'])?[ \t\n]*\?>/i;
/** How much of a document its declaration is looked for in. */
const DECLARATION_BYTES = 256;
/** Encodings that may be declared besides UTF-8 where the prolog is lenient. */
const OTHER_ENCODINGS: ReadonlySet<string> = new Set(['iso-8859-1', 'us-ascii']);
const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const LEADING = /^\ufeff?[ \t\n]*/;
const STYLESHEET = /^<\?xml-stylesheet[ \t\n]/;
const CDATA = '<![CDATA[';
/** What XML 1.0 cannot hold. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const ENTITY = /&(?:(?:amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));|&/g;
const ELEMENT_NODE = 1;
const TEXT_NODE = 3;
const CDATA_NODE = 4;
const COMMENT_NODE = 8;
const NODES = [ELEMENT_NODE, TEXT_NODE, CDATA_NODE, COMMENT_NODE];
const XMLNS = 'http://www.w3.org/2000/xmlns/';

/** Says no. @param reason few words, for the log and for the one who configures the provider */
export function refuse(reason: string, cause?: unknown): never {
  throw new Failure<IdentityProviderFailure>('provider-refused', { reason }, { cause });
}

/** Says no for a cause that callers tell apart. */
export function refuseBecause(because: RefusalCause, reason: string): never {
  throw new Failure<IdentityProviderFailure>('provider-refused', { reason, because });
}

/**
 * The text that `base64` stands for.
 * @throws Failure `provider-refused` when it is not base64, too large, or no UTF-8
 */
export function textOfBase64(base64: string, maxBytes: number): string {
  if (base64.length > Math.ceil((maxBytes * 4) / 3) * 1.1) refuse('it is too large');
  // Some providers wrap the lines.
  const packed = base64.replaceAll(/[\r\n]/g, '');
  if (packed === '' || !BASE64.test(packed)) refuse('it is not base64');
  return textOfBytes(Buffer.from(packed, 'base64'), maxBytes);
}

/** @throws Failure `provider-refused` when it is too large, or no UTF-8 */
function textOfBytes(bytes: Uint8Array, maxBytes: number): string {
  if (bytes.length > maxBytes) refuse('it is too large');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('it is not UTF-8');
  }
}

/**
 * The text of a document that may declare its encoding: UTF-8, ISO-8859-1 or US-ASCII.
 * @throws Failure `provider-refused` when it is too large, or not in the encoding that it declares
 */
export function textOfDocument(bytes: Uint8Array, maxBytes: number): string {
  const hasMark = UTF8_MARK.equals(bytes.subarray(0, UTF8_MARK.length));
  const head = Buffer.from(bytes.subarray(0, DECLARATION_BYTES)).toString('latin1').trimStart();
  const encoding = hasMark ? 'utf-8' : encodingOf(DECLARATION.exec(head));
  if (encoding !== 'iso-8859-1') {
    const text = textOfBytes(bytes, maxBytes);
    return encoding === 'us-ascii' && text.length !== bytes.length ? refuse('it is not US-ASCII') : text;
  }
  if (bytes.length > maxBytes) refuse('it is too large');
  return Buffer.from(bytes).toString('latin1');
}

/**
 * The text as it may be parsed: lines end by a line feed, as any XML processor has them end.
 * @throws Failure `provider-refused`
 */
export function passGate(given: string, limits: Limits): string {
  if (Buffer.byteLength(given) > limits.bytes) refuse('it is too large');
  const lines = given.replaceAll(/\r\n?/g, '\n');
  const text = limits.prolog === 'lenient' ? lines.replace(LEADING, '') : lines;
  if (FORBIDDEN.test(text) || !text.isWellFormed()) refuse('it has characters that XML cannot hold');
  // What looks like an entity inside CDATA or a comment is text.
  assertEntities(measure(text, limits), limits.elements * PARTS_OF_ONE);
  return text;
}

/**
 * The document's root, its text having passed the gate.
 * @throws Failure `provider-refused` when it is not well-formed
 */
export function readXml(text: string): XmlElement {
  const complain = (words: string) => {
    throw new Error(words);
  };
  const parser = new DOMParser({
    locator: {},
    errorHandler: { warning: complain, error: complain, fatalError: complain },
  });
  let root: DomNode | undefined;
  try {
    const document: DomNode = parser.parseFromString(text, 'text/xml');
    root = childrenOf(document).find(({ nodeType }) => nodeType === ELEMENT_NODE);
  } catch (error) {
    refuse('it is not well-formed', error);
  }
  return root ? elementOf(root) : refuse('it has no single root');
}

/** The element and all below it, in the order of the document. */
export function* everyElement(element: XmlElement): Generator<XmlElement> {
  yield element;
  for (const child of element.children) yield* everyElement(child);
}

export const childrenNamed = (
  { children }: XmlElement,
  namespace: string,
  name: string,
): readonly XmlElement[] => children.filter((each) => each.namespace === namespace && each.name === name);

function assertEntities(text: string, most: number): void {
  let count = 0;
  for (const [whole, decimal, hexadecimal] of text.matchAll(ENTITY)) {
    count += 1;
    if (count > most) refuse('it has too many entities');
    if (whole === '&') refuse('it names an entity of its own');
    if (decimal === undefined && hexadecimal === undefined) continue;
    const code = decimal === undefined ? Number.parseInt(hexadecimal!, 16) : Number.parseInt(decimal, 10);
    const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    if (!isCharacter || FORBIDDEN.test(String.fromCodePoint(code)))
      refuse('it names a character that XML cannot hold');
  }
}

/** In small letters; `utf-8` where none is declared. */
const encodingOf = (declaration: RegExpExecArray | null): string =>
  (declaration?.[1] ?? declaration?.[2] ?? 'utf-8').toLowerCase();

/** Where the XML declaration ends, if there is one. @throws Failure `provider-refused` for an encoding that is not read here */
function endOfDeclaration(text: string, { prolog }: Limits): number {
  const declaration = DECLARATION.exec(text);
  const encoding = encodingOf(declaration);
  if (encoding !== 'utf-8' && !(prolog === 'lenient' && OTHER_ENCODINGS.has(encoding)))
    refuse(`it declares the encoding ${encoding}`);
  return declaration?.[0].length ?? 0;
}

/**
 * Walks over the tags once. The parser forgives tags that cross and text around the root, and two
 * readers could forgive differently; so they are refused here.
 * @returns the text without its CDATA sections, comments and stylesheets, a line feed in place of each
 * @throws Failure `provider-refused` for what is too deep, too wide, or not for us
 */
function measure(text: string, limits: Limits): string {
  const { elements } = limits;
  const open: string[] = [];
  const outside: string[] = [];
  let outsideFrom = 0;
  let count = 0;
  let roots = 0;
  let parts = 0;
  let aroundRoot = 0;
  let from = endOfDeclaration(text, limits);
  for (let at = text.indexOf('<', from); at !== -1; at = text.indexOf('<', from)) {
    if (open.length === 0 && !isSpace(text.slice(from, at))) refuse('it has text around its root');
    const next = text[at + 1];
    if (next === '?' || next === '!') {
      from = endOfNoTag(text, at, { limits, inside: open.at(-1), isBeforeRoot: roots === 0 });
      parts += 1;
      if (open.length === 0) aroundRoot += 1;
      if (parts > elements * PARTS_OF_ONE || aroundRoot > MOST_AROUND_ROOT) refuse('it has too many parts');
      outside.push(text.slice(outsideFrom, at));
      outsideFrom = from;
      continue;
    }
    const tag = tagAt(text, at + 1);
    from = tag.end;
    if (next === '/') {
      if (open.pop() !== tag.name.slice(1)) refuse('it is not well-formed: its tags cross');
      continue;
    }
    if (open.length === 0) roots += 1;
    count += 1;
    if (roots > 1) refuse('it has no single root');
    if (count > elements) refuse('it has too many elements');
    if (open.length >= MAX_DEPTH) refuse('it is too deep');
    parts += tag.attributes;
    if (tag.attributes > MAX_ATTRIBUTES || parts > elements * PARTS_OF_ONE)
      refuse('it has too many attributes');
    if (!tag.isEmpty) open.push(tag.name);
  }
  if (open.length > 0 || roots !== 1 || !isSpace(text.slice(from))) refuse('it ends too early, or too late');
  outside.push(text.slice(outsideFrom));
  // Without the line feed, the halves of an entity around a section would make one that no parser sees.
  return outside.join('\n');
}

/**
 * Where what is no tag ends: a stylesheet, a CDATA section, a comment.
 * @param where `inside`: the tag around it
 * @throws Failure `provider-refused` where it does not belong
 */
function endOfNoTag(
  text: string,
  at: number,
  where: { readonly limits: Limits; readonly inside: string | undefined; readonly isBeforeRoot: boolean },
): number {
  const { limits, inside, isBeforeRoot } = where;
  if (text[at + 1] === '?') {
    const isStylesheet =
      limits.prolog === 'lenient' && isBeforeRoot && STYLESHEET.test(text.slice(at, at + 17));
    return isStylesheet ? endOf(text, '?>', at + 2) : refuse('it has a processing instruction');
  }
  if (text.startsWith(CDATA, at) && isAttributeValue(inside)) return endOf(text, ']]>', at + CDATA.length);
  if (!text.startsWith('<!--', at)) refuse('it has a DOCTYPE, or CDATA outside an AttributeValue');
  if (limits.comments === 'refused') refuse('it has a comment');
  return endOf(text, '-->', at + 4);
}

/** By its name alone: what namespace it is of is not known yet, and matters only to whoever reads it. */
const isAttributeValue = (tag: string | undefined): boolean => tag?.split(':').at(-1) === 'AttributeValue';

const isSpace = (text: string): boolean => /^[ \t\n]*$/.test(text);

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at === -1 ? refuse('it ends too early') : at + mark.length;
}

interface Tag {
  /** With a slash before it when it closes. */
  readonly name: string;
  readonly attributes: number;
  readonly isEmpty: boolean;
  readonly end: number;
}

/** The tag whose inside begins at `from`; what stands in quotes may hold any bracket but an opening one. */
function tagAt(text: string, from: number): Tag {
  const name =
    NAME.exec(text.slice(from, from + MAX_NAME))?.[0] ?? refuse('it is not well-formed: a tag has no name');
  let attributes = 0;
  for (let at = from + name.length; at < text.length; at += 1) {
    const character = text[at];
    if (character === '<') break;
    if (character === '>') return { name, attributes, isEmpty: text[at - 1] === '/', end: at + 1 };
    if (character !== '"' && character !== "'") continue;
    const close = text.indexOf(character, at + 1);
    if (close === -1 || text.slice(at, close).includes('<')) break;
    attributes += 1;
    at = close;
  }
  return refuse('it is not well-formed: a tag does not end');
}

/** As much of the parser's tree as is read here; its own types would bring a browser's globals into every file. */
interface DomNode {
  readonly nodeType: number;
  readonly nodeName: string;
  readonly nodeValue: string | null;
  readonly childNodes: ArrayLike<DomNode>;
  readonly attributes?: ArrayLike<DomNode>;
  readonly namespaceURI?: string | null;
  readonly localName?: string | null;
}

const childrenOf = ({ childNodes }: DomNode): readonly DomNode[] => Array.from(childNodes);

function elementOf(node: DomNode): XmlElement {
  const inside = childrenOf(node);
  if (inside.some(({ nodeType }) => !NODES.includes(nodeType)))
    refuse('it has parts that are neither element nor text');
  const attributes = Array.from(node.attributes ?? []).filter((each) => each.namespaceURI !== XMLNS);
  return {
    namespace: node.namespaceURI ?? '',
    name: node.localName ?? node.nodeName,
    attributes: new Map(attributes.map((each) => [each.nodeName, each.nodeValue ?? ''])),
    children: inside.filter(({ nodeType }) => nodeType === ELEMENT_NODE).map(elementOf),
    text: inside
      .filter(({ nodeType }) => nodeType === TEXT_NODE || nodeType === CDATA_NODE)
      .map(({ nodeValue }) => nodeValue ?? '')
      .join(''),
  };
}
