/**
 * What a session was last used with, in the words that people know: `Chrome 125 / macOS 10.15`.
 *
 * Read from the user agent, which anybody may write as he likes: it helps a person to tell his sessions apart, and decides nothing.
 * Source: Cognito API reference, SessionDescriptionType.
 */

const UNKNOWN = 'unknown';
const MOST_READ = 1024;
const MOST_SHOWN = 128;
/** In this order: most browsers name their forebears too. */
const BROWSERS: readonly (readonly [name: string, mark: string])[] = [
  ['Edge', 'Edg/'],
  ['Edge', 'EdgA/'],
  ['Edge', 'EdgiOS/'],
  ['Opera', 'OPR/'],
  ['Samsung Internet', 'SamsungBrowser/'],
  ['Firefox', 'Firefox/'],
  ['Firefox', 'FxiOS/'],
  ['Chrome', 'CriOS/'],
  ['Chrome', 'Chrome/'],
  ['Safari', 'Version/'],
];
/** A phone says that it is like a Mac, or like Linux. */
const SYSTEMS: readonly (readonly [name: string, mark: string])[] = [
  ['iOS', 'iPhone OS '],
  ['iPadOS', 'CPU OS '],
  ['Android', 'Android '],
  ['ChromeOS', 'CrOS '],
  ['macOS', 'Mac OS X '],
  ['Windows', 'Windows NT '],
  ['Linux', 'Linux'],
];
/** Windows counts its kernels. */
const WINDOWS: Readonly<Record<string, string>> = { '10.0': '10', '6.3': '8.1', '6.1': '7' };

/** @returns `unknown` for what says nothing */
export function deviceTypeOf(userAgent: string | undefined): string {
  const text = (userAgent ?? '').slice(0, MOST_READ);
  const browser = namedIn(text, BROWSERS);
  const system = namedIn(text, SYSTEMS);
  if (browser === undefined && system === undefined) return productIn(text) ?? UNKNOWN;
  return [browser ?? productIn(text), system].filter((part) => part !== undefined).join(' / ');
}

function namedIn(text: string, marks: readonly (readonly [string, string])[]): string | undefined {
  const found = marks.find(([, mark]) => text.includes(mark));
  if (!found) return undefined;
  const [name, mark] = found;
  const written = versionAt(text, text.indexOf(mark) + mark.length);
  const version = name === 'Windows' ? (WINDOWS[written] ?? written) : written;
  return version === '' ? name : `${name} ${version}`;
}

/** The number that begins there, two of its parts at most. */
function versionAt(text: string, at: number): string {
  const [written = ''] = /^\d{1,5}(?:[._]\d{1,5}){0,3}/.exec(text.slice(at, at + 32)) ?? [];
  const [major = '', minor = '0'] = written.replaceAll('_', '.').split('.');
  return minor === '0' && major !== '10' ? major : written === '' ? '' : `${major}.${minor}`;
}

/** What a program that is no browser calls itself: `aws-sdk-js/3.1169.0`. */
function productIn(text: string): string | undefined {
  const [product = ''] = /^[\w.+-]+(?:\/[\w.+-]+)?/.exec(text) ?? [];
  return product === '' ? undefined : product.slice(0, MOST_SHOWN);
}
