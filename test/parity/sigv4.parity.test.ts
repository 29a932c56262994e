/** Parity: whatever AWS's own signer signs, we accept; whatever is changed afterwards, we refuse. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { isFailure } from '../../src/base/failure.ts';
import { verifySigV4 } from '../../src/wire/sigv4/index.ts';
import { keysOf, signed, type Credentials } from '../support/signing.ts';

const NOON = new Date('2026-01-02T12:00:00Z');
const RUNS = 300;

const segment = fc
  .string({ unit: 'grapheme', maxLength: 8 })
  .map((text) => encodeURIComponent(text.toWellFormed()));
const path = fc.oneof(
  fc
    .array(
      fc.oneof(segment, fc.constantFrom('.', '..', '', '%2f', '%2F', '%252F', '~', '+', "a'b", '(c)*!')),
      { maxLength: 6 },
    )
    .map((parts) => `/${parts.join('/')}`),
  fc.constant('/'),
);
const query = fc.dictionary(
  fc
    .string({ unit: 'grapheme', maxLength: 6 })
    .map((text) => text.toWellFormed())
    .filter((name) => !/^x-amz-|^__proto__$|^$/i.test(name)),
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => text.toWellFormed()),
    fc.array(fc.string({ maxLength: 4 }), { minLength: 1, maxLength: 3 }),
  ),
  { maxKeys: 5 },
);
const headers = fc.dictionary(
  fc
    .stringMatching(/^[a-z][a-z0-9-]{0,10}$/)
    .filter((name) => !/^(host|authorization|content-type|date|x-amz-.*|__proto__)$/.test(name)),
  fc.stringMatching(/^[ -~\t]{0,20}$/),
  { maxKeys: 4 },
);
const credentials: fc.Arbitrary<Credentials> = fc.record(
  {
    accessKeyId: fc.stringMatching(/^[A-Z0-9]{16,20}$/),
    secretAccessKey: fc.string({ minLength: 1 }),
    sessionToken: fc.stringMatching(/^[A-Za-z0-9+/=]{1,40}$/),
  },
  { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
);
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
  path,
  query,
  headers,
  body: fc.string({ unit: 'grapheme' }).map((text) => text.toWellFormed()),
});

describe('SigV4 beside AWS’s own signer', () => {
  const check = (made: Awaited<ReturnType<typeof signed>>, known: Credentials) =>
    verifySigV4(made, {
      keys: keysOf([known], (id) => id),
      clock: { now: () => NOON },
      services: ['service'],
      bodyHash: 'from-body',
    });

  it('accepts every generated request as signed', async () => {
    await fc.assert(
      fc.asyncProperty(request, credentials, fc.boolean(), async (unsigned, known, applyChecksum) => {
        const made = await signed(unsigned, { credentials: known, at: NOON, applyChecksum });

        assert.equal((await check(made, known)).principal, known.accessKeyId);
      }),
      { numRuns: RUNS },
    );
  });
  it('refuses it with one bit of its body, signature or target flipped', async () => {
    await fc.assert(
      fc.asyncProperty(
        request,
        credentials,
        fc.nat(),
        fc.constantFrom('body', 'signature', 'target'),
        async (unsigned, known, at, part) => {
          const made = await signed(
            { ...unsigned, body: `${unsigned.body}.` },
            { credentials: known, at: NOON },
          );

          const changed = {
            ...made,
            body: part === 'body' ? flip(made.body, at) : made.body,
            target:
              part === 'target'
                ? `${made.target}${made.target.includes('?') ? '&' : '?'}added=${at}`
                : made.target,
            headers: made.headers.map(([name, value]) =>
              name === 'authorization' && part === 'signature'
                ? ([name, flipLast(value, at)] as const)
                : ([name, value] as const),
            ),
          };

          await assert.rejects(check(changed, known), (error) => isFailure(error));
        },
      ),
      { numRuns: RUNS },
    );
  });
});

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const index = at % copy.length;
  copy[index]! ^= 1 << (at % 8);
  return copy;
}

/** One hexadecimal digit of the signature at the end, changed in one bit. */
function flipLast(value: string, at: number): string {
  const index = value.length - 1 - (at % 64);
  const digit = (Number.parseInt(value.charAt(index), 16) ^ (1 << (at % 4))).toString(16);
  return value.slice(0, index) + digit + value.slice(index + 1);
}
