/**
 * The contract of every sealer: what is sealed opens in its own context, unchanged, and nowhere else.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../src/base/failure.ts';
import type { Sealer } from '../../src/domain/ports/sealer.ts';

export function sealerContract(name: string, make: () => Sealer): void {
  const cannotOpen = (error: unknown) => isFailure(error, 'cannot-open');

  describe(`what ${name} seals`, () => {
    const sealer = make();

    it('opens in its context', () => {
      for (const plain of ['', 'text', '\0', '😀 ü', 'x'.repeat(100_000)]) {
        assert.equal(sealer.open(sealer.seal(plain, 'context'), 'context').toString('utf8'), plain);
      }
    });

    it('may be bytes', () => {
      const bytes = Uint8Array.from({ length: 256 }, (_, place) => place);

      assert.deepEqual(new Uint8Array(sealer.open(sealer.seal(bytes, 'context'), 'context')), bytes);
    });

    it('opens in no other context', () => {
      const sealed = sealer.seal('text', 'users/a');

      for (const context of ['', 'users/b', 'users/a ', 'users/a\0', 'Users/a', 'x'.repeat(5000)]) {
        assert.throws(() => sealer.open(sealed, context), cannotOpen);
      }
    });

    it('may have a context of any length and text', () => {
      for (const context of ['', '\0', '😀'.repeat(2000)]) {
        assert.equal(sealer.open(sealer.seal('text', context), context).toString(), 'text');
      }
    });

    it('looks different each time and shows nothing of the text', () => {
      const seals = Array.from({ length: 100 }, () => sealer.seal('planted', 'context'));

      assert.equal(new Set(seals).size, 100);
      assert.ok(
        seals.every(
          (sealed) =>
            !Buffer.from(sealed.split('.').at(-1)!, 'base64url').toString('latin1').includes('planted'),
        ),
      );
    });

    it('does not open when a single character is changed, lost or added', () => {
      const sealed = sealer.seal('text', 'context');

      for (let place = 0; place < sealed.length; place += 1) {
        const other = sealed[place] === 'A' ? 'B' : 'A';
        assert.throws(
          () => sealer.open(sealed.slice(0, place) + other + sealed.slice(place + 1), 'context'),
          cannotOpen,
        );
        assert.throws(
          () => sealer.open(sealed.slice(0, place) + sealed.slice(place + 1), 'context'),
          cannotOpen,
        );
      }
      for (const odd of [
        `${sealed}A`,
        `${sealed}=`,
        ` ${sealed}`,
        `${sealed}\n`,
        `${sealed}.`,
        '',
        '.',
        '..',
        '1..',
        'text',
        '\0',
        '😀',
      ]) {
        assert.throws(() => sealer.open(odd, 'context'), cannotOpen);
      }
    });

    it('does not open with another sealer', () => {
      assert.throws(() => make().open(sealer.seal('text', 'context'), 'context'), cannotOpen);
    });
  });

  describe(`what ${name} derives`, () => {
    const sealer = make();
    const hex = (purpose: string, bytes = 32) => sealer.derive(purpose, bytes).secret.toString('hex');

    it('is the same for the same purpose, also when its key is named', () => {
      const { keyId, secret } = sealer.derive('purpose', 32);

      assert.equal(hex('purpose'), secret.toString('hex'));
      assert.deepEqual(sealer.derive('purpose', 32, keyId), { keyId, secret });
    });

    it('differs from purpose to purpose and from sealer to sealer', () => {
      assert.notEqual(hex('purpose'), hex('purpose '));
      assert.notEqual(hex('purpose'), make().derive('purpose', 32).secret.toString('hex'));
    });

    it('has the length asked for, from 1 to 8,160 bytes', () => {
      for (const bytes of [1, 16, 33, 8160])
        assert.equal(sealer.derive('purpose', bytes).secret.length, bytes);
      for (const bytes of [0, -1, 1.5, 8161, Number.NaN])
        assert.throws(() => sealer.derive('purpose', bytes), RangeError);
    });

    it('comes from no key that is not there', () => {
      assert.throws(() => sealer.derive('purpose', 32, 'none'), cannotOpen);
    });
  });
}
