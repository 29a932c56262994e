/**
 * The contract of every store of records: what callers may rely on, races included.
 *
 * A store's own test is one line in stores.test.ts. Time passes only through `pass`, so that a store with a clock of its own can join.
 */
import { changesContract } from './records/changes.ts';
import { indexesContract } from './records/indexes.ts';
import { lifetimesContract } from './records/lifetimes.ts';
import type { OpenRecords } from './records/notes.ts';
import { pagesContract } from './records/pages.ts';

/** @param open gives an empty store that knows `contractCollections` */
export function recordsContract(name: string, open: () => Promise<OpenRecords>): void {
  describe(`records kept by ${name}`, () => {
    let store: OpenRecords;
    // What the parts use: the store of the test that runs.
    const use: OpenRecords = {
      get records() {
        return store.records;
      },
      now: () => store.now(),
      pass: (seconds) => store.pass(seconds),
      close: () => store.close(),
    };
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    changesContract(use);
    indexesContract(use);
    pagesContract(use);
    lifetimesContract(use);
  });
}
