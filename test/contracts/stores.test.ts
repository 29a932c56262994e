/**
 * Every store under the contracts: a new one joins with a line in each table.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryExpiring, memoryRecords } from '../../src/stores/memory.ts';
import { openPostgres } from '../../src/stores/postgres/index.ts';
import { sealedExpiring, sealedRecords } from '../../src/stores/sealed.ts';
import { openRedis } from '../../src/stores/redis/index.ts';
import { openSqlite } from '../../src/stores/sqlite/index.ts';
import { keyringFrom, newKeyringText } from '../../src/token-keys/keyring.ts';
import { withPostgres, type Database } from '../support/servers/postgres.ts';
import { freshPrefix, sharedRedis, withRedis } from '../support/servers/redis.ts';
import { expiringContract, type OpenExpiring } from './expiring.contract.ts';
import { recordsContract } from './records.contract.ts';
import { contractCollections, type OpenRecords } from './records/notes.ts';
import { stillClock } from './still-clock.ts';

type Open<Store> = () => Promise<Store>;

async function openMemory(): Promise<OpenRecords & OpenExpiring> {
  const clock = stillClock();
  return { ...clock, records: memoryRecords(clock), expiring: memoryExpiring(clock), close: async () => {} };
}

async function openFile(): Promise<OpenRecords & OpenExpiring> {
  const clock = stillClock();
  const directory = mkdtempSync(join(tmpdir(), 'cognate-store-'));
  const store = await openSqlite(join(directory, 'test.db'), { clock, collections: contractCollections });
  const close = async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  };
  return { ...clock, records: store.records, expiring: store.expiring, close };
}

async function openServer(): Promise<OpenRecords & OpenExpiring> {
  const clock = stillClock();
  const { url } = await sharedRedis();
  const store = await openRedis(url, { clock, collections: contractCollections, prefix: freshPrefix() });
  return { ...clock, ...store };
}

const openDatabase =
  (createDatabase: () => Promise<Database>): Open<OpenRecords> =>
  async () => {
    const clock = stillClock();
    const database = await createDatabase();
    const store = await openPostgres(database.url, { clock, collections: contractCollections });
    const close = async () => {
      await store.close();
      await database.drop();
    };
    return { ...clock, records: store.records, close };
  };

const newSealer = () => keyringFrom(newKeyringText(stillClock()));

const sealedStore =
  <Store extends OpenRecords>(open: Open<Store>): Open<Store> =>
  async () => {
    const store = await open();
    return { ...store, records: sealedRecords(store.records, newSealer()) };
  };

const sealedNotes =
  <Store extends OpenExpiring>(open: Open<Store>): Open<Store> =>
  async () => {
    const store = await open();
    return { ...store, expiring: sealedExpiring(store.expiring, newSealer()) };
  };

const keepRecords: Readonly<Record<string, Open<OpenRecords>>> = { memory: openMemory, sqlite: openFile };
const keepNotes: Readonly<Record<string, Open<OpenExpiring>>> = { memory: openMemory, sqlite: openFile };

for (const [name, open] of Object.entries(keepRecords)) {
  recordsContract(name, open);
  recordsContract(`${name}, sealed`, sealedStore(open));
}
for (const [name, open] of Object.entries(keepNotes)) {
  expiringContract(name, open);
  expiringContract(`${name}, sealed`, sealedNotes(open));
}
withPostgres('PostgreSQL under the contract', (createDatabase) => {
  recordsContract('postgres', openDatabase(createDatabase));
  recordsContract('postgres, sealed', sealedStore(openDatabase(createDatabase)));
});
withRedis('Redis under the contract', () => {
  recordsContract('redis', openServer);
  recordsContract('redis, sealed', sealedStore(openServer));
  expiringContract('redis', openServer);
  expiringContract('redis, sealed', sealedNotes(openServer));
});
