/**
 * The heavy arithmetic of passwords: right, bounded, and not on the thread that asks.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../src/base/failure.ts';
import { openPasswordHash } from '../../src/password-hash/index.ts';
import { G, N, power } from '../../src/password-hash/srp.ts';
import { createThreads } from '../../src/password-hash/threads.ts';
import { countPowers } from '../support/matrices/powers.ts';

const IDENTITY = { identity: 'AbCdEfGhIada', salt: '5a'.repeat(16) };

describe('the arithmetic of passwords', () => {
  const hash = openPasswordHash(2);
  after(() => hash.close());

  it('makes the verifier that the standard says', async () => {
    const verifier = await hash.srpVerifier({ ...IDENTITY, password: 'Correct-Horse-7' });

    assert.match(verifier, /^[0-9a-f]{760,768}$/);
    assert.notEqual(await hash.srpVerifier({ ...IDENTITY, password: 'Correct-Horse-8' }), verifier);
  });

  it('has a secret of its own for every exchange', async () => {
    const offer = { verifier: 'abcdef', publicA: '1234567890' };
    const challenges = await Promise.all(Array.from({ length: 64 }, () => hash.srpChallenge(offer)));

    assert.equal(new Set(challenges.map((each) => each?.publicB)).size, 64);
    for (const each of challenges) assert.match(each?.secret ?? '', /^[89a-f][0-9a-f]{63}$/);
  });

  for (const [name, publicA] of Object.entries({
    '0': 0n,
    '1': 1n,
    'N - 1': N - 1n,
    N,
    'N + 1': N + 1n,
    '2N': 2n * N,
    '3N': 3n * N,
  }))
    it(`takes no A of ${name}`, async () => {
      const offer = { verifier: 'abcdef', publicA: publicA.toString(16) };

      assert.equal(await hash.srpChallenge(offer), undefined);
    });

  it('gives both sides one key, and no key to an A that was made to fit the verifier', async () => {
    const verifier = power(G, 7n).toString(16);
    const a = 2n ** 200n + 1n;
    const publicA = power(G, a).toString(16);
    const challenge = (await hash.srpChallenge({ verifier, publicA }))!;

    const key = await hash.srpKey({ verifier, publicA, ...challenge });

    assert.match(key ?? '', /^[0-9a-f]{32}$/);
    assert.equal(await hash.srpKey({ verifier, publicA: '0', ...challenge }), undefined);
  });

  it('knows a password of any length and script by its Argon2id hash', async () => {
    const password = `${'ж☃🂡'.repeat(80)}\u0000 x`;
    const kept = await hash.argon2id(password);

    assert.match(kept, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.equal(await hash.argon2idMatches(kept, password), true);
    for (const other of [`${password} `, password.slice(0, -1), password.replace('\u0000', '')])
      assert.equal(await hash.argon2idMatches(kept, other), false);
  });

  it('compares with nobody, and never finds him', async () => {
    assert.equal(await hash.argon2idMatches(undefined, 'nobody-nobody-no'), false);
  });

  it('says which hashes were made with less work', () => {
    const of = (parameters: string) =>
      `$argon2id$v=19$${parameters}$bm9ib2R5LW5vYm9keS1ubw$${'A'.repeat(43)}`;

    assert.deepEqual(
      ['m=19456,t=2,p=1', 'm=65536,t=3,p=4', 'm=19456,t=1,p=1', 'm=12288,t=3,p=1'].map((each) =>
        hash.isWeaker(of(each)),
      ),
      [false, false, true, true],
    );
  });

  it('refuses more Argon2id at once than can be done in time', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 300 }, () =>
        hash.argon2idMatches('$argon2id$v=19$m=8,t=1,p=1$bm9ib2R5LW5vYm9keS1ubw$AAAA', 'x').then(
          () => 'done',
          (error: unknown) => (isFailure(error) ? error.kind : 'damaged'),
        ),
      ),
    );

    assert.equal(outcomes.filter((each) => each === 'too-busy').length, 300 - 256 - 2);
  });
});

describe('the threads that calculate', () => {
  const JOB = { verb: 'srp-verifier', ...IDENTITY, password: 'x' } as const;

  it('leave no power to the thread that asks', async () => {
    const threads = createThreads(1);
    const onThisThread = countPowers();
    try {
      await threads.run(JOB);

      assert.equal(onThisThread.times(), 0);
    } finally {
      onThisThread.restore();
      await threads.close();
    }
  });

  it('refuse what would wait too long, and do all the rest', async () => {
    const threads = createThreads(1);
    const bad = { ...JOB, salt: 'no number' };
    const asked = Array.from({ length: 2100 }, () => threads.run(bad).catch((error: Error) => error));
    const kinds = (await Promise.all(asked)).map((error) => (isFailure(error) ? error.kind : 'done'));
    await threads.close();

    assert.equal(kinds.filter((kind) => kind === 'too-busy').length, 2100 - 2048);
    assert.equal(kinds.filter((kind) => kind === 'done').length, 2048);
  });

  it('answer each with his own, also beside jobs that cannot be done', async () => {
    const threads = createThreads(2);
    const [one, bad, other] = await Promise.allSettled([
      threads.run(JOB),
      threads.run({ ...JOB, salt: 'no number' }),
      threads.run({ ...JOB, password: 'y' }),
    ]);
    await threads.close();

    assert.equal(bad.status, 'rejected');
    assert.ok(one.status === 'fulfilled' && other.status === 'fulfilled');
    assert.notEqual(one.value, other.value);
  });

  it('say that they are closed', async () => {
    const threads = createThreads(1);
    await threads.close();

    await assert.rejects(threads.run(JOB), /closed/);
  });
});
