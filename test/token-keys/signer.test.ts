/**
 * Signing: what is signed is believed, by us and by jose, under either algorithm.
 */
import assert from 'node:assert/strict';
import { compactVerify, importJWK } from 'jose';
import { createSigner } from '../../src/token-keys/signer.ts';

const CLAIMS = { sub: 'ada', note: 'ж☃🂡', exp: 4_102_444_800 };

for (const algorithm of ['RS256', 'ES256'] as const)
  describe(`a signature by ${algorithm}`, () => {
    const signer = createSigner();

    it('holds under the published key, and names it', async () => {
      const pair = await signer.generate(algorithm);
      const token = await signer.sign(pair, CLAIMS);
      const { payload, protectedHeader } = await compactVerify(
        token,
        await importJWK({ ...pair.publicJwk }, algorithm),
      );

      assert.deepEqual(JSON.parse(new TextDecoder().decode(payload)), CLAIMS);
      assert.deepEqual(protectedHeader, { kid: pair.kid, alg: algorithm });
      assert.deepEqual(await signer.verify(token, pair.publicJwk), CLAIMS);
    });

    it('holds under no other key', async () => {
      const [one, other] = await Promise.all([signer.generate(algorithm), signer.generate(algorithm)]);

      assert.equal(await signer.verify(await signer.sign(one, CLAIMS), other.publicJwk), undefined);
    });

    it('is by the key that was asked for, whatever other key has its name', async () => {
      const [one, other] = await Promise.all([signer.generate(algorithm), signer.generate(algorithm)]);
      const named = { ...other, kid: one.kid, publicJwk: { ...other.publicJwk, kid: one.kid } };
      await signer.sign(one, CLAIMS);
      const token = await signer.sign(named, CLAIMS);

      assert.deepEqual(await signer.verify(token, named.publicJwk), CLAIMS);
      assert.equal(await signer.verify(token, one.publicJwk), undefined);
    });
  });
