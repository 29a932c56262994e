/**
 * Known passwords: all of a published list of breached ones, and few besides.
 */
import assert from 'node:assert/strict';
import { assertConforms } from '../../src/domain/pools/password-policy.ts';
import { createKnownPasswords } from '../../src/password-hash/known-passwords.ts';
import { corpus, withCorpus } from '../support/corpora.ts';

/** The least that a pool may ask for. */
const LAXEST = {
  minimumLength: 6,
  requiresUppercase: false,
  requiresLowercase: false,
  requiresNumbers: false,
  requiresSymbols: false,
  temporaryDays: 7,
};
const known = createKnownPasswords();

withCorpus(
  'the known passwords',
  () => corpus('zxcvbn/data/passwords.txt'),
  (data) => {
    it('are all refused by a pool that refuses them, whatever else it asks for', async () => {
      const passwords = data
        .toString('utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split(/\s+/, 1)[0]!);
      const taken: string[] = [];
      for (const password of passwords)
        if (conforms(password) && !(await known.includes(password))) taken.push(password);

      assert.equal(passwords.length, 47_023);
      assert.deepEqual(taken, []);
    });
  },
);

function conforms(password: string): boolean {
  try {
    assertConforms(LAXEST, password);
    return true;
  } catch {
    return false;
  }
}

describe('a known password', () => {
  for (const password of ['Password1', 'DRAGON', 'iloveyou', 'PassWordPassWord'])
    it(`is ${password}, whatever its case`, async () => assert.equal(await known.includes(password), true));

  for (const password of [
    'qwertzuiop',
    'mnbvcxz',
    '987321',
    'abcdefghij',
    'aaaaaaaa',
    '24681012'.slice(0, 4),
    'acegik',
  ])
    it(`is a pattern: ${password}`, async () => assert.equal(await known.includes(password), true));

  for (const password of ['31121999', '19991231', '12311999', '311299'])
    it(`is a day: ${password}`, async () => assert.equal(await known.includes(password), true));

  for (const password of ['Correct-Horse-7', 'xkcd-936-tr0ub', '94837261', 'Zr8!Zr8!x', 'ж☃🂡ж☃🂢', '', 'é'])
    it(`is not ${password || 'nothing'}`, async () => assert.equal(await known.includes(password), false));
});
