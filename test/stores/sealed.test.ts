/**
 * Sealing: what never reaches a store in the clear, and what does not open when it was moved or changed.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '../../src/base/secret.ts';
import {
  insert,
  remove,
  replace,
  update,
  type Collection,
  type Records,
} from '../../src/domain/ports/records.ts';
import { memoryExpiring, memoryRecords } from '../../src/stores/memory.ts';
import { sealedExpiring, sealedRecords } from '../../src/stores/sealed.ts';
import { openSqlite } from '../../src/stores/sqlite/index.ts';
import { keyringFrom, newKeyringText } from '../../src/token-keys/keyring.ts';
import {
  contractCollections,
  failsWith,
  note,
  notes,
  tickets,
  type Note,
} from '../contracts/records/notes.ts';
import { stillClock } from '../contracts/still-clock.ts';

const BEARER = 'family-1.q8Zr0hV3plantedBearer';
const clock = stillClock();

describe('sealed records', () => {
  let plain: Records;
  let records: Records;

  beforeEach(() => {
    plain = memoryRecords(clock);
    records = sealedRecords(plain, keyringFrom(newKeyringText(clock)));
  });

  it('keep sealed members as text that says nothing, and all others as they are', async () => {
    await records.commit(insert(notes, note({ secret: { verifier: 'planted' }, more: 'open' })));

    const { record } = (await plain.get(notes, ['a', 't']))!;
    assert.equal(record.more, 'open');
    assert.ok(typeof record.secret === 'string' && !record.secret.includes('planted'));
    assert.deepEqual((await records.get(notes, ['a', 't']))?.record.secret, { verifier: 'planted' });
  });

  it('open in every way of reading', async () => {
    await records.commit(insert(notes, note({ secret: 'planted', stamp: 's', tags: ['x'] })));

    assert.equal((await records.find(notes, 'byStamp', ['s']))?.record.secret, 'planted');
    assert.equal((await records.page(notes, { prefix: ['a'], limit: 1 })).records[0]?.secret, 'planted');
    assert.equal(
      (await records.page(notes, { index: 'byTag', prefix: ['x'], limit: 1 })).records[0]?.secret,
      'planted',
    );
  });

  it('leave absent members absent, and keep null', async () => {
    await records.commit(insert(notes, note()), insert(notes, note({ title: 'null', secret: null })));

    assert.equal('secret' in (await records.get(notes, ['a', 't']))!.record, false);
    assert.equal((await records.get(notes, ['a', 'null']))?.record.secret, null);
  });

  it('seal anew at each write', async () => {
    const sealedNow = async () => (await plain.get(notes, ['a', 't']))!.record.secret;
    await records.commit(insert(notes, note({ secret: 'planted' })));
    const before = await sealedNow();

    await update(records, notes, ['a', 't'], (each) => ({ ...each, count: 1 }));

    assert.notEqual(await sealedNow(), before);
    assert.equal((await records.get(notes, ['a', 't']))?.record.secret, 'planted');
  });

  it('do not open in another record, another member, or another collection', async () => {
    type Pair = Note & { readonly other?: unknown };
    const pairs: Collection<Pair> = {
      name: 'pairs',
      key: ({ shelf, title }) => [shelf, title],
      sealed: ['secret', 'other'],
    };
    const elsewhere: Collection<Pair> = { ...pairs, name: 'elsewhere' };
    await records.commit(insert(pairs, { ...note(), secret: 'one', other: 'two' }));
    const { record, version } = (await plain.get(pairs, ['a', 't']))!;

    await plain.commit(insert(pairs, { ...record, title: 'moved' }));
    await plain.commit(insert(elsewhere, record));
    await plain.commit(replace(pairs, { ...record, secret: record.other }, version));

    await assert.rejects(records.get(pairs, ['a', 'moved']), failsWith('cannot-open'));
    await assert.rejects(records.get(elsewhere, ['a', 't']), failsWith('cannot-open'));
    await assert.rejects(records.get(pairs, ['a', 't']), failsWith('cannot-open'));
  });

  it('do not take for sealed what was put there in the clear', async () => {
    for (const secret of ['planted', '', { verifier: 'planted' }, null]) {
      await plain.commit(insert(notes, note({ title: JSON.stringify(secret), secret })));

      await assert.rejects(records.get(notes, ['a', JSON.stringify(secret)]), failsWith('cannot-open'));
    }
  });

  it('do not open with another keyring', async () => {
    await records.commit(insert(notes, note({ secret: 'planted' })));

    const others = sealedRecords(plain, keyringFrom(newKeyringText(clock)));

    await assert.rejects(others.get(notes, ['a', 't']), failsWith('cannot-open'));
  });
});

describe('records under a bearer value', () => {
  const ticket = { family: 'f', ticket: BEARER, label: 'l' };
  let plain: Records;
  let records: Records;

  beforeEach(async () => {
    plain = memoryRecords(clock);
    records = sealedRecords(plain, keyringFrom(newKeyringText(clock)));
    await records.commit(insert(tickets, ticket));
  });

  it('are kept under its SHA-256', async () => {
    const kept = await plain.get(tickets, ['f', sha256Hex(BEARER)]);

    assert.deepEqual(kept?.record, { ...ticket, ticket: sha256Hex(BEARER) });
    assert.equal(await plain.get(tickets, ['f', BEARER]), undefined);
  });

  it('are given back whole to who shows it', async () => {
    assert.deepEqual((await records.get(tickets, ['f', BEARER]))?.record, ticket);
  });

  it('are not given to who shows the hash', async () => {
    assert.equal(await records.get(tickets, ['f', sha256Hex(BEARER)]), undefined);
    await assert.rejects(records.commit(remove(tickets, ['f', sha256Hex(BEARER)])), failsWith('not-kept'));
  });

  it('show the hash in pages', async () => {
    const pages = [{ prefix: ['f'] }, { index: 'byLabel', prefix: ['f', 'l'] }];

    for (const request of pages) {
      const { records: found } = await records.page(tickets, { ...request, limit: 10 });
      assert.deepEqual(found, [{ ...ticket, ticket: sha256Hex(BEARER) }]);
    }
  });

  it('are replaced and removed by it', async () => {
    await update(records, tickets, ['f', BEARER], (each) => ({ ...each, label: 'new' }));
    const changed = (await records.get(tickets, ['f', BEARER]))!;
    assert.equal(changed.record.label, 'new');

    await records.commit(remove(tickets, ['f', BEARER], changed.version));

    assert.equal(await records.get(tickets, ['f', BEARER]), undefined);
    assert.deepEqual((await plain.page(tickets, { prefix: [], limit: 10 })).records, []);
  });

  it('must have it as the last part of the key', async () => {
    const wrong: Collection<typeof ticket> = {
      name: 'wrong',
      key: ({ ticket }) => [ticket, 'x'],
      secretKey: 'ticket',
    };

    await assert.rejects(records.commit(insert(wrong, ticket)), TypeError);
  });
});

describe('sealed notes', () => {
  it('do not open under another id or kind', async () => {
    const plain = memoryExpiring(clock);
    const expiring = sealedExpiring(plain, keyringFrom(newKeyringText(clock)));
    await expiring.put('state', 'one', 'note', 100);
    const sealed = await plain.get<string>('state', sha256Hex('one'));

    await plain.put('state', sha256Hex('two'), sealed, 100);
    await plain.put('code', sha256Hex('one'), sealed, 100);

    assert.equal(await expiring.get('state', 'one'), 'note');
    await assert.rejects(expiring.get('state', 'two'), failsWith('cannot-open'));
    await assert.rejects(expiring.take('code', 'one'), failsWith('cannot-open'));
  });
});

describe('the bytes of a sealed SQLite store', () => {
  const planted = {
    member: 'plantedMember7Q',
    id: 'plantedId7Q',
    note: 'plantedNote7Q',
    counter: 'plantedCounter7Q',
    open: 'openText7Q',
  };

  it('hold no secret that was planted, in file or write-ahead log, before or after closing', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cognate-sealed-'));
    const store = await openSqlite(join(directory, 'test.db'), { clock, collections: contractCollections });
    const sealer = keyringFrom(newKeyringText(clock));
    const [records, expiring] = [
      sealedRecords(store.records, sealer),
      sealedExpiring(store.expiring, sealer),
    ];
    await records.commit(insert(notes, note({ secret: { deep: [planted.member] }, more: planted.open })));
    await records.commit(insert(tickets, { family: 'f', ticket: BEARER, label: 'l' }));
    await expiring.put('state', planted.id, { text: planted.note }, 100);
    await expiring.count('tries', planted.counter, 100);

    // By another process: reading a file of SQLite's in this one would drop its locks.
    const bytes = () => execFileSync('sh', ['-c', `cat '${directory}'/*`], { encoding: 'latin1' });
    const open = bytes();
    await store.close();
    const closed = bytes();
    rmSync(directory, { recursive: true });

    for (const found of [open, closed]) {
      assert.ok(found.includes(planted.open), 'the search finds what is there');
      for (const secret of [BEARER, planted.member, planted.id, planted.note, planted.counter])
        assert.ok(!found.includes(secret), secret);
    }
  });
});
