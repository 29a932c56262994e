/**
 * Every store under the contracts: a new one joins with a line in each table.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryExpiring, memoryRecords } from '../../src/stores/memory.ts';
import { sealedExpiring, sealedRecords } from '../../src/stores/sealed.ts';
import { openRedis } from '../../src/stores/redis.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { keyringFrom, newKeyringText } from '../../src/token-keys/keyring.ts';
import { freshPrefix, sharedRedis, withRedis } from '../support/redis.ts';
import { expiringContract, type OpenExpiring } from './expiring.contract.ts';
import { recordsContract } from './records.contract.ts';
import { contractCollections, type OpenRecords } from './records/notes.ts';
import { stillClock } from './still-clock.ts';

type Open = () => Promise<OpenRecords & OpenExpiring>;

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

const sealed =
  (open: Open): Open =>
  async () => {
    const store = await open();
    const sealer = keyringFrom(newKeyringText(store));
    return {
      ...store,
      records: sealedRecords(store.records, sealer),
      expiring: sealedExpiring(store.expiring, sealer),
    };
  };

const stores: Readonly<Record<string, Open>> = {
  memory: openMemory,
  sqlite: openFile,
  'memory, sealed': sealed(openMemory),
  'sqlite, sealed': sealed(openFile),
};

const onRedis: Readonly<Record<string, Open>> = {
  redis: openServer,
  'redis, sealed': sealed(openServer),
};

for (const [name, open] of Object.entries(stores)) {
  recordsContract(name, open);
  expiringContract(name, open);
}

withRedis('Redis', () => {
  for (const [name, open] of Object.entries(onRedis)) {
    recordsContract(name, open);
    expiringContract(name, open);
  }
});
