/**
 * The text of a letter: a template with its blanks filled in, as HTML and as plain text.
 *
 * `{####}` is the code or temporary password, `{username}` the name, `{##words##}` a link. E-mail templates are HTML of the pool's owner; what is filled in is not, and cannot become any. Nothing here is matched by an expression that could run away
 * on a template of twenty thousand characters.
 * Source: Cognito developer guide, "Message templates".
 */

/** What a template's blanks stand for. */
export interface Filling {
  readonly code: string;
  /** `{username}` stays as it is where a letter does not tell the name. */
  readonly username?: string;
  /** Where `{##words##}` leads; without one the words stay as they are. */
  readonly link?: string;
}

export const CODE = '{####}';
export const USERNAME = '{username}';
const LINK_BEGINS = '{##';
const LINK_ENDS = '##}';
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ',
}; // prettier-ignore
const LONGEST_ENTITY = 10;
/** Elements that begin a line of their own. */
const BLOCKS = new Set([
  'br',
  'p',
  'div',
  'li',
  'tr',
  'table',
  'ul',
  'ol',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'hr',
]);
/** Elements whose content nobody reads. */
const UNREAD = new Set(['style', 'script', 'head', 'title']);

export const hasCode = (template: string): boolean => template.includes(CODE);
export const hasUsername = (template: string): boolean => template.includes(USERNAME);
/** True for a template in which words stand for a link. */
export const hasLink = (template: string): boolean => piecesOf(template).some(({ kind }) => kind === 'link');

/** The letter in HTML. */
export const asHtml = (template: string, { code, username, link }: Filling): string =>
  filled(template, {
    code: escaped(code),
    username: username === undefined ? USERNAME : escaped(visible(username)),
    link: (words) => (link === undefined ? words : `<a href="${escaped(link)}">${words}</a>`),
  });

/** The letter for who reads no HTML: the same words, without what only HTML can show. */
export const asPlain = (template: string, filling: Filling): string => asWritten(plainOf(template), filling);

/** A template that is plain text itself, filled in. */
export const asWritten = (template: string, { code, username, link }: Filling): string =>
  filled(template, {
    code,
    username: username === undefined ? USERNAME : visible(username),
    link: (words) => (link === undefined ? words : `${words}: ${link}`),
  });

/** One line, whatever it was: a subject. */
export const asLine = (text: string): string => text.replace(/[\s\p{C}]+/gu, ' ').trim();

/** Without characters that show nothing, and could end a line or turn its direction. */
const visible = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '');

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

type Piece = { readonly kind: 'text' | 'code' | 'username' | 'link'; readonly text: string };

/** The template in pieces, so that nothing that was filled in is read again. */
function piecesOf(template: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let begun = 0;
  const push = (piece: Piece, next: number) => {
    if (begun < at) pieces.push({ kind: 'text', text: template.slice(begun, at) });
    pieces.push(piece);
    at = begun = next;
  };
  for (at = template.indexOf('{'); at !== -1; at = template.indexOf('{', at)) {
    if (template.startsWith(CODE, at)) push({ kind: 'code', text: CODE }, at + CODE.length);
    else if (template.startsWith(USERNAME, at))
      push({ kind: 'username', text: USERNAME }, at + USERNAME.length);
    else {
      const words = template.startsWith(LINK_BEGINS, at) ? wordsAt(template, at) : undefined;
      if (words === undefined) at += 1;
      else push({ kind: 'link', text: words }, at + LINK_BEGINS.length + words.length + LINK_ENDS.length);
    }
  }
  if (begun < template.length) pieces.push({ kind: 'text', text: template.slice(begun) });
  return pieces;
}

/** The words of a link that begins at `at`; undefined when it does not end, or another begins first. */
function wordsAt(template: string, at: number): string | undefined {
  const from = at + LINK_BEGINS.length;
  const end = template.indexOf('}', from);
  const words = template.slice(from, end - 2);
  const isLink =
    end !== -1 && words !== '' && template.startsWith(LINK_ENDS, end - 2) && !words.includes('{');
  return isLink ? words : undefined;
}

function filled(
  template: string,
  { code, username, link }: { code: string; username: string; link: (words: string) => string },
): string {
  const write: Readonly<Record<Piece['kind'], (text: string) => string>> = {
    text: (text) => text,
    code: () => code,
    username: () => username,
    link,
  };
  return piecesOf(template)
    .map(({ kind, text }) => write[kind](text))
    .join('');
}

/** The words of a piece of HTML. */
function plainOf(html: string): string {
  let plain = '';
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open === -1) break;
    plain += html.slice(at, open);
    const isComment = html.startsWith('<!--', open);
    const close = isComment ? endOf(html, open, '-->') : endOf(html, open, '>');
    const [, name = ''] = /^<\/?([A-Za-z][A-Za-z0-9]{0,20})/.exec(html.slice(open, open + 24)) ?? [];
    if (close === -1 || (name === '' && !html.startsWith('<!', open))) {
      plain += '<';
      at = open + 1;
      continue;
    }
    const element = name.toLowerCase();
    if (BLOCKS.has(element)) plain += '\n';
    at = close + 1;
    if (!UNREAD.has(element) || html.startsWith('</', open)) continue;
    at = endOfElement(html, element, at) ?? html.length;
  }
  return tidied(withoutEntities(plain + html.slice(at)));
}

/** Where the last character of the first `mark` stands; -1 when there is none. */
function endOf(html: string, from: number, mark: string): number {
  const at = html.indexOf(mark, from);
  return at === -1 ? -1 : at + mark.length - 1;
}

/** Where the end of one of UNREAD begins, in whatever letters it is written. */
function endOfElement(html: string, element: string, from: number): number | undefined {
  const end = new RegExp(`</${element}`, 'gi');
  end.lastIndex = from;
  return end.exec(html)?.index;
}

function withoutEntities(text: string): string {
  return text.replace(/&(#?[A-Za-z0-9]{1,10});/g, (written, name: string) => {
    if (name.length > LONGEST_ENTITY) return written;
    if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? written;
    const isHex = /^#x/i.test(name);
    const point = Number.parseInt(name.slice(isHex ? 2 : 1), isHex ? 16 : 10);
    return point >= 32 && point <= 0x10_ff_ff && !(point >= 0xd8_00 && point <= 0xdf_ff)
      ? String.fromCodePoint(point)
      : written;
  });
}

/** Lines without blanks around them, and no more than one empty line in a row. */
function tidied(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line, place) => line !== '' || (place > 0 && lines[place - 1] !== ''))
    .join('\n')
    .trim();
}
