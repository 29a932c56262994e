/**
 * The keyring: the contract of the Sealer port, and the file that it is read from.
 */
import assert from 'node:assert/strict';
import { createHash, hkdfSync } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFailure } from '../../src/base/failure.ts';
import {
  keyringFrom,
  newKeyringText,
  openKeyring,
  type KeyringFailure,
} from '../../src/token-keys/keyring.ts';
import { sealerContract } from '../contracts/sealer.contract.ts';
import { stillClock } from '../contracts/still-clock.ts';

const clock = stillClock();
const keyOf = (id: string, createdAt: string, fill: number) => ({
  id,
  createdAt,
  key: Buffer.alloc(32, fill).toString('base64'),
});
const textOf = (...keys: unknown[]) => JSON.stringify({ keys });
const OLD = keyOf('old', '2025-01-01T00:00:00Z', 1);
const NEW = keyOf('new', '2026-01-01T00:00:00Z', 2);

/** HKDF of RFC 5869, written out in Python: key 32 bytes 0x01, no salt, info SHA-256 of `derive/purpose`, 32 bytes. */
const DERIVED = '42de37bb8dcf8ed3b95b673f144b85c6e85e63a33098d4ac7d9eaadbe8e22bfa';

/** The text `text`, sealed under the old key for the context `c` when contexts' keys were still Node's own HKDF. */
const SEALED = '1.old.5p5QdF3YWZbIQ4-h2u2RuIwJ8fZ_sctOQnuxa-0cLeI';

sealerContract('the keyring', () => keyringFrom(newKeyringText(clock)));

describe('the keyring', () => {
  it('opens what was ever sealed', () => {
    assert.equal(keyringFrom(textOf(OLD)).open(SEALED, 'c').toString(), 'text');
  });

  it('seals with its newest key, wherever it stands, and opens with every one', () => {
    const before = keyringFrom(textOf(OLD)).seal('text', 'c');

    for (const keyring of [keyringFrom(textOf(OLD, NEW)), keyringFrom(textOf(NEW, OLD))]) {
      assert.match(keyring.seal('text', 'c'), /^2\.new\./);
      assert.equal(keyring.open(before, 'c').toString(), 'text');
      assert.deepEqual(
        keyring.keys.map(({ id }) => id),
        ['new', 'old'],
      );
    }
  });

  it('does not open what a key sealed that it no longer holds', () => {
    const sealed = keyringFrom(textOf(OLD)).seal('text', 'c');

    assert.throws(
      () => keyringFrom(textOf(NEW)).open(sealed, 'c'),
      (error) => isFailure(error, 'cannot-open'),
    );
  });

  it('does not open text whose key id was changed', () => {
    const keyring = keyringFrom(textOf(OLD, NEW));

    assert.throws(
      () => keyring.open(keyring.seal('text', 'c').replace('2.new.', '2.old.'), 'c'),
      (error) => isFailure(error, 'cannot-open'),
    );
  });

  it('seals under a key of its own each time it is read, and under another after so many', () => {
    const seriesOf = (sealed: string) => sealed.split('.')[2];
    const [one, other] = [0, 1].map(() => keyringFrom(textOf(OLD), 'keyring', { sealsOfSeries: 3 }));
    const sealed = Array.from({ length: 7 }, () => one!.seal('text', 'c'));

    assert.equal(new Set([...sealed, other!.seal('text', 'c')].map(seriesOf)).size, 4);
    assert.equal(new Set(sealed.slice(0, 3).map(seriesOf)).size, 1);
    for (const each of sealed) assert.equal(other!.open(each, 'c').toString(), 'text');
  });

  it('does not open text whose series was changed, or is none', () => {
    const keyring = keyringFrom(textOf(OLD));
    const [form, id, series = '', body] = keyring.seal('text', 'c').split('.');
    const [, , others] = keyringFrom(textOf(OLD)).seal('text', 'c').split('.');

    for (const odd of [others, '', series.slice(1), `${series}A`, series.replace(/.$/, '\u0000')])
      assert.throws(
        () => keyring.open([form, id, odd, body].join('.'), 'c'),
        (error) => isFailure(error, 'cannot-open'),
      );
    assert.throws(
      () => keyring.open(['1', id, body].join('.'), 'c'),
      (error) => isFailure(error, 'cannot-open'),
    );
  });

  it('derives by HKDF-SHA-256, the same for ever', () => {
    const derived = keyringFrom(textOf(OLD)).derive('purpose', 32);

    assert.equal(derived.secret.toString('hex'), DERIVED);
  });

  it('derives as many bytes as are asked for, as Node does', () => {
    const info = createHash('sha256').update('derive/purpose').digest();

    for (const bytes of [1, 31, 32, 33, 400, 8160]) {
      const derived = keyringFrom(textOf(OLD)).derive('purpose', bytes).secret;
      assert.deepEqual(derived, Buffer.from(hkdfSync('sha256', Buffer.alloc(32, 1), '', info, bytes)));
    }
  });

  it('derives from an older key when that is asked for', () => {
    const keyring = keyringFrom(textOf(OLD, NEW));

    assert.equal(keyring.derive('purpose', 32).keyId, 'new');
    assert.equal(keyring.derive('purpose', 32, 'old').secret.toString('hex'), DERIVED);
  });

  it('shows no key', () => {
    const keyring = keyringFrom(textOf(OLD));

    assert.ok(!JSON.stringify(keyring).includes(OLD.key));
  });
});

describe('a keyring file', () => {
  let directory: string;
  let file: string;
  const refusal = async (mayCreate = false) => {
    try {
      await openKeyring(file, { mayCreate, clock });
    } catch (error) {
      if (isFailure<KeyringFailure>(error)) return `${error.kind}: ${error.facts.reason}`;
      throw error;
    }
    return 'none';
  };
  const write = (text: string, mode = 0o600) => {
    writeFileSync(file, text);
    chmodSync(file, mode);
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'cognate-keyring-'));
    file = join(directory, 'keys', 'keyring.json');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is made where it may be, for its owner alone, and read the next time', async () => {
    const sealed = (await openKeyring(file, { mayCreate: true, clock })).seal('text', 'c');

    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(join(directory, 'keys')), ['keyring.json']);
    assert.equal((await openKeyring(file, { mayCreate: false, clock })).open(sealed, 'c').toString(), 'text');
    assert.equal((await openKeyring(file, { mayCreate: true, clock })).open(sealed, 'c').toString(), 'text');
  });

  it('is made once when many start at one moment', async () => {
    const keyrings = await Promise.all(
      Array.from({ length: 10 }, () => openKeyring(file, { mayCreate: true, clock })),
    );

    assert.equal(new Set(keyrings.map(({ keys }) => keys[0]?.id)).size, 1);
    assert.deepEqual(readdirSync(join(directory, 'keys')), ['keyring.json']);
  });

  it('is not made where it may not be', async () => {
    assert.match(await refusal(), /^keyring-missing: there is no such file/);
    assert.deepEqual(readdirSync(directory), []);
  });

  it('is refused, and kept, when it is broken', async () => {
    file = join(directory, 'keyring.json');
    const twice = textOf(OLD, { ...NEW, id: 'old' });
    const cases: [string, RegExp][] = [
      ['', /^keyring-broken: it is empty/],
      [' \n', /^keyring-broken: it is empty/],
      ['{', /^keyring-broken: it is not JSON/],
      ['null', /`keys`, a list/],
      ['[]', /`keys`, a list/],
      ['{"keys":[]}', /`keys`, a list/],
      [textOf(null), /keys\[0\]: `id`/],
      [textOf({ ...OLD, id: 'a.b' }), /keys\[0\]: `id`/],
      [textOf(OLD, { ...NEW, createdAt: 'yesterday' }), /keys\[1\]: `createdAt`/],
      [textOf({ ...OLD, createdAt: '2026-99-01T00:00:00Z' }), /keys\[0\]: `createdAt`/],
      [textOf({ ...OLD, key: OLD.key.slice(4) }), /keys\[0\]: `key`/],
      [textOf({ ...OLD, key: `${OLD.key}AAAA` }), /keys\[0\]: `key`/],
      [textOf({ ...OLD, key: 7 }), /keys\[0\]: `key`/],
      [twice, /two keys have one id/],
    ];
    for (const [text, words] of cases) {
      write(text);
      assert.match(await refusal(true), words);
      assert.equal(readFileSync(file, 'utf8'), text);
    }
  });

  it('tells nothing of its keys when it is broken', async () => {
    file = join(directory, 'keyring.json');
    write(textOf(OLD).slice(0, -1));

    assert.ok(!(await refusal()).includes(OLD.key.slice(0, 8)));
  });

  it('is refused when others may read it', async () => {
    file = join(directory, 'keyring.json');
    for (const mode of [0o644, 0o640, 0o604, 0o660]) {
      write(textOf(OLD), mode);
      assert.match(await refusal(true), /^keyring-readable-by-others: set its mode to 0600/);
    }
    write(textOf(OLD), 0o400);
    assert.equal(await refusal(), 'none');
  });

  it('is refused when it is a directory', async () => {
    file = directory;

    assert.match(await refusal(), /^keyring-(broken|readable-by-others)/);
  });
});
