/** Wycheproof's JSON Web Signatures, through our own verification. */
import assert from 'node:assert/strict';
import type { PublicJwk } from '../../src/domain/ports/signer.ts';
import { createImports, isSignedWith } from '../../src/token-keys/signer.ts';
import { corpusJson, withCorpus } from '../support/corpora.ts';

interface Vectors {
  readonly testGroups: readonly {
    readonly comment: string;
    readonly public?: PublicJwk | { readonly keys: readonly PublicJwk[] };
    readonly private?: Readonly<Record<string, string>>;
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly jws: string;
      readonly result: 'valid' | 'invalid';
    }[];
  }[];
}
const ALLOWED = ['RS256', 'ES256'];
/** Valid in Wycheproof's eyes and refused here, with the reason. */
const STRICTER: Readonly<Record<number, string>> = { 259: 'an empty payload: a JWT has claims' };

withCorpus(
  'JSON Web Signatures of Wycheproof',
  () => corpusJson<Vectors>('wycheproof/json_web_signature_test.json'),
  ({ testGroups }) => {
    const imports = createImports();
    const accepted = (jws: unknown, key: PublicJwk): Promise<boolean> =>
      isSignedWith(typeof jws === 'string' ? jws : JSON.stringify(jws), key, imports);
    const cases = testGroups.flatMap(({ public: key, private: secret, tests }) => {
      const keys =
        key && 'keys' in key ? (key.keys as readonly PublicJwk[]) : [key ?? (secret as unknown as PublicJwk)];
      return tests.map((test) => ({ ...test, keys }));
    });

    it('are all here', () => assert.equal(cases.length, 401));

    for (const { tcId, comment, jws, result, keys } of cases.filter((each) => each.result === 'invalid')) {
      it(`refuses ${tcId}, ${comment} (${result})`, async () => {
        for (const key of keys) assert.equal(await accepted(jws, key), false);
      });
    }

    const ours = cases.filter(
      ({ result, keys, tcId }) =>
        result === 'valid' && keys.some(({ alg }) => ALLOWED.includes(alg)) && !(tcId in STRICTER),
    );
    for (const { tcId, comment, jws, keys } of ours) {
      it(`accepts ${tcId}, ${comment}`, async () => {
        const answers = await Promise.all(keys.map((key) => accepted(jws, key)));
        assert.ok(answers.includes(true));
      });
    }
  },
);
