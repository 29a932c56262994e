/**
 * The keyring check: a store and a keyring that do not belong together are told apart before anything is served.
 */
import assert from 'node:assert/strict';
import { memoryRecords } from '../../src/stores/memory.ts';
import { assertKeyringOpens, keyringChecks } from '../../src/stores/shared/keyring-check.ts';
import { keyringFrom, newKeyringText } from '../../src/token-keys/keyring.ts';
import { failsWith } from '../contracts/records/notes.ts';
import { stillClock } from '../contracts/still-clock.ts';

describe('the keyring check', () => {
  const clock = stillClock();
  const keysOf = (text: string): unknown[] => JSON.parse(text).keys;
  const joined = (...texts: string[]) => keyringFrom(JSON.stringify({ keys: texts.flatMap(keysOf) }));
  const makeText = () => {
    clock.pass(60);
    return newKeyringText(clock);
  };

  it('takes any keyring on an empty store, and the same one ever after', async () => {
    const records = memoryRecords(clock);
    const keyring = joined(makeText());

    await assertKeyringOpens(records, keyring);
    await assertKeyringOpens(records, keyring);

    assert.equal((await records.page(keyringChecks, { prefix: [], limit: 10 })).records.length, 1);
  });

  it('refuses another keyring', async () => {
    const records = memoryRecords(clock);
    await assertKeyringOpens(records, joined(makeText()));

    await assert.rejects(assertKeyringOpens(records, joined(makeText())), failsWith('keyring-does-not-open'));
  });

  it('refuses a keyring whose key has the right id and other bytes', async () => {
    const records = memoryRecords(clock);
    const text = makeText();
    await assertKeyringOpens(records, keyringFrom(text));
    const forged = text.replace(/"key": ".{4}/, '"key": "AAAA');

    await assert.rejects(
      assertKeyringOpens(records, keyringFrom(forged)),
      failsWith('keyring-does-not-open'),
    );
  });

  it('takes a keyring with a newer key beside the old, and then refuses it without either', async () => {
    const records = memoryRecords(clock);
    const [old, newer] = [makeText(), makeText()] as [string, string];
    await assertKeyringOpens(records, joined(old));

    await assertKeyringOpens(records, joined(newer, old));

    await assert.rejects(assertKeyringOpens(records, joined(newer)), failsWith('keyring-does-not-open'));
    await assert.rejects(assertKeyringOpens(records, joined(old)), failsWith('keyring-does-not-open'));
    await assertKeyringOpens(records, joined(old, newer));
  });

  it('lets two processes of one keyring start at once, and of two keyrings only one', async () => {
    const records = memoryRecords(clock);
    const [one, other] = [joined(makeText()), joined(makeText())] as const;
    await Promise.all([assertKeyringOpens(records, one), assertKeyringOpens(records, one)]);

    await assert.rejects(assertKeyringOpens(records, other), failsWith('keyring-does-not-open'));
  });
});
