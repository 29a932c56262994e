/**
 * The keyring: AES-256 keys with ids and dates, in a JSON file that only its owner may read.
 *
 * The newest key seals, every key opens. Sealed text is `2.<key id>.<series>.<base64url of nonce, ciphertext and tag>`, AES-256-GCM (NIST SP
 * 800-38D) with the context as associated data, under a key derived by HKDF-SHA-256 (RFC 5869) for the series alone: random nonces are safe for
 * 2^32 messages a key, and a busy installation seals more than that in weeks. So every process begins a series of its own, and another before that many.
 * Text that begins with `1.` has no series: its key was its context's own. A file that is broken, empty or readable by others is refused, never
 * replaced: what it sealed would be lost.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createBoundedMap, type BoundedMap } from '../base/bounded-map.ts';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import { randomText } from '../base/ids.ts';
import { hmacSha256, sha256 } from '../base/secret.ts';
import type { Sealer, SealerFailure } from '../domain/ports/sealer.ts';

/**
 * `keyring-missing`: there is no file, and none may be made. `keyring-readable-by-others`: its mode is wider than 0600.
 * `keyring-broken`: it is empty, cannot be read or is no keyring.
 */
export type KeyringFailure = 'keyring-missing' | 'keyring-readable-by-others' | 'keyring-broken';

export interface Keyring extends Sealer {
  /** Newest first; never the keys themselves. */
  readonly keys: readonly { readonly id: string; readonly createdAt: string }[];
}
interface KeyringKey {
  readonly id: string;
  /** ISO text in UTC. */
  readonly createdAt: string;
  /** The key after HKDF's first step (RFC 5869, 2.2), without a salt. */
  readonly extracted: KeyObject;
  /** Keys of series, by their names; the last ones that were asked for. */
  readonly series: BoundedMap<string, KeyObject>;
}

const SEALED = /^2\.([\w-]{1,64})\.([\w-]{16})\.([\w-]+)$/;
/** Without a series. */
const SEALED_BEFORE = /^1\.([\w-]{1,64})()\.([\w-]+)$/;
const SERIES_BYTES = 12;
const SEALS_OF_SERIES = 2 ** 31;
/** A few years of processes that are started anew every day. */
const MOST_SERIES = 4096;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HASH_BYTES = 32;
const MOST_DERIVED_BYTES = 255 * 32;
const MOST_KEYS = 1000;
const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;
const ISO_MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/**
 * The keyring in `file`.
 *
 * @param mayCreate when the file is absent, one with a new key is made, mode 0600
 * @returns `isNew` when it was just made by this call
 * @throws Failure `keyring-missing`, `keyring-readable-by-others`, `keyring-broken` (facts: file, reason)
 */
export async function openKeyring(
  file: string,
  { mayCreate, clock }: { mayCreate: boolean; clock: Clock },
): Promise<Keyring & { readonly isNew: boolean }> {
  const isNew = mayCreate && !(await exists(file)) && (await create(file, newKeyringText(clock)));
  return { ...keyringFrom(await readPrivate(file), file), isNew };
}

/**
 * The keyring that `text` spells.
 *
 * @param file where it is from, for the failure's facts
 * @param sealsOfSeries after how many a new series begins
 * @throws Failure `keyring-broken` (facts: file, reason)
 */
export function keyringFrom(
  text: string,
  file = 'keyring',
  { sealsOfSeries = SEALS_OF_SERIES }: { readonly sealsOfSeries?: number } = {},
): Keyring {
  const keys = readKeys(text, file).toSorted(
    (one, other) => Date.parse(other.createdAt) - Date.parse(one.createdAt),
  );
  const byId = new Map(keys.map((each) => [each.id, each]));
  // `readKeys` gives at least one.
  const newest = keys[0]!;

  let own = { name: '', left: 0 };

  /** The name of the series that seals now. */
  function ownSeries(): string {
    if (own.left === 0) own = { name: randomBytes(SERIES_BYTES).toString('base64url'), left: sealsOfSeries };
    own.left -= 1;
    return own.name;
  }

  return {
    keys: keys.map(({ id, createdAt }) => ({ id, createdAt })),
    seal(plain, context) {
      const series = ownSeries();
      const sealed = encrypt(seriesKey(newest, series), plain, context);
      return `2.${newest.id}.${series}.${sealed.toString('base64url')}`;
    },
    open(sealed, context) {
      const [, id = '', series, body = ''] = SEALED.exec(sealed) ?? SEALED_BEFORE.exec(sealed) ?? [];
      const key = byId.get(id);
      const bytes = Buffer.from(body, 'base64url');
      // One text for one value: no stray bits in the last character.
      if (!key || series === undefined || bytes.toString('base64url') !== body) throw cannotOpen();
      return decrypt(
        series === '' ? expanded(key, `seal/${context}`) : seriesKey(key, series),
        bytes,
        context,
      );
    },
    derive(purpose, bytes, keyId = newest.id) {
      const key = byId.get(keyId);
      if (!key) throw cannotOpen();
      if (!Number.isInteger(bytes) || bytes < 1 || bytes > MOST_DERIVED_BYTES)
        throw new RangeError(`${bytes} derived bytes`);
      return { keyId, secret: hkdf(key, `derive/${purpose}`, bytes) };
    },
  };
}

/** The text of a keyring with one new key. */
export function newKeyringText(clock: Clock): string {
  const createdAt = clock.now().toISOString();
  const id = `k${createdAt.slice(0, 10).replaceAll('-', '')}-${randomText(6)}`;
  const key = randomBytes(KEY_BYTES).toString('base64');
  return `${JSON.stringify({ keys: [{ id, createdAt, key }] }, undefined, 2)}\n`;
}

function encrypt(key: KeyObject, plain: string | Uint8Array, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context, 'utf8'));
  const body = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
  return Buffer.concat([nonce, body, cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: KeyObject, bytes: Buffer, context: string): Buffer {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw cannotOpen();
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(context, 'utf8'));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch (error) {
    throw cannotOpen(error);
  }
}

/** The key of a series. Kept: almost all that is opened is of a few. */
const seriesKey = (key: KeyringKey, name: string): KeyObject =>
  key.series.getOrMake(name, () => expanded(key, `series/${name}`));

/** `bytes` of HKDF, whose 32 are one round (RFC 5869, 2.3). Its first step is the same for all and was done when the keyring was read. */
function hkdf({ extracted }: KeyringKey, info: string, bytes: number): Buffer {
  // Keys that are objects, and rounds of our own: Node's HKDF takes ten times as long for a few bytes.
  const hashed = sha256(info);
  const rounds: Buffer[] = [];
  for (let round = 1; rounds.length * HASH_BYTES < bytes; round += 1) {
    const hmac = createHmac('sha256', extracted)
      .update(rounds.at(-1) ?? '')
      .update(hashed);
    rounds.push(hmac.update(Buffer.from([round])).digest());
  }
  return Buffer.concat(rounds, bytes);
}

const expanded = (key: KeyringKey, info: string): KeyObject => createSecretKey(hkdf(key, info, KEY_BYTES));

function readKeys(text: string, file: string): readonly KeyringKey[] {
  if (text.trim() === '') throw broken(file, 'it is empty');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own words quote the text, and the text holds keys.
    throw broken(file, 'it is not JSON');
  }
  const listed = isMembers(value) && Array.isArray(value.keys) ? value.keys : [];
  if (listed.length < 1 || listed.length > MOST_KEYS)
    throw broken(file, 'it needs `keys`, a list of at least one');
  const keys = listed.map((each: unknown, place) => readKey(each, file, place));
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw broken(file, 'two keys have one id');
  return keys;
}

function readKey(value: unknown, file: string, place: number): KeyringKey {
  const { id, createdAt, key } = isMembers(value) ? value : {};
  const fault = (what: string) => broken(file, `keys[${place}]: ${what}`);
  if (typeof id !== 'string' || !KEY_ID.test(id))
    throw fault('`id` must be 1 to 64 of A-Z, a-z, 0-9, - and _');
  const isMoment =
    typeof createdAt === 'string' && ISO_MOMENT.test(createdAt) && !Number.isNaN(Date.parse(createdAt));
  if (!isMoment) throw fault('`createdAt` must be a time such as 2026-01-31T00:00:00Z');
  const bytes = typeof key === 'string' ? Buffer.from(key, 'base64') : Buffer.alloc(0);
  if (bytes.length !== KEY_BYTES || bytes.toString('base64') !== key)
    throw fault('`key` must be 32 bytes in base64');
  const extracted = hmacSha256(Buffer.alloc(KEY_BYTES), bytes);
  return {
    id,
    createdAt,
    extracted: createSecretKey(extracted),
    series: createBoundedMap(MOST_SERIES),
  };
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: unknown) => {
      if (isSystemError(error, 'ENOENT')) return false;
      throw broken(file, 'it cannot be read', error);
    },
  );
}

/** Written beside and then linked, so that a kill in between leaves no half file, and of two processes at once one makes it. */
/** @returns false when another process made the file first */
async function create(file: string, text: string): Promise<boolean> {
  const draft = `${file}.${randomText(8)}.new`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeDurably(draft, text);
    const isMade = await link(draft, file).then(
      () => true,
      (error: unknown) => {
        if (!isSystemError(error, 'EEXIST')) throw error;
        return false;
      },
    );
    await syncDirectory(dirname(file));
    return isMade;
  } catch (error) {
    throw broken(file, 'it cannot be written', error);
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readPrivate(file: string): Promise<string> {
  let mode: number;
  let text: string;
  try {
    mode = (await stat(file)).mode;
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw broken(file, 'it cannot be read', error);
    const reason = 'there is no such file; give the keyring that this installation has used';
    throw new Failure<KeyringFailure>('keyring-missing', { file, reason }, { cause: error });
  }
  if (mode & 0o077) {
    // Whoever reads the keyring can open all that is sealed.
    throw new Failure<KeyringFailure>('keyring-readable-by-others', { file, reason: 'set its mode to 0600' });
  }
  return text;
}

const broken = (file: string, reason: string, cause?: unknown) =>
  new Failure<KeyringFailure>('keyring-broken', { file, reason }, { cause });

/** One answer for all reasons: a difference would tell an attacker which of them holds. */
const cannotOpen = (cause?: unknown) => new Failure<SealerFailure>('cannot-open', {}, { cause });

const isMembers = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const isSystemError = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
