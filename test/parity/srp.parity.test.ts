/**
 * Our SRP against the client's own arithmetic, and OpenSSL's modular power against BigInt's.
 *
 * One number in 256 begins with a zero byte, and one in two with its top bit set: mistakes in padding show only now and then, and with such salts as are tried here.
 */
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { poolNameOf } from '../../src/domain/users/passwords.ts';
import { createDecoys } from '../../src/domain/users/decoys.ts';
import type { Pool } from '../../src/domain/pools/pools.ts';
import type { User } from '../../src/domain/users/users.ts';
import { createSrpExchange } from '../../src/domain/sign-in/srp-exchange.ts';
import type { Attempt } from '../../src/domain/sign-in/challenges/challenge.ts';
import { srpStep } from '../../src/domain/sign-in/challenges/srp.ts';
import { G, N, padHex, power, verifierOf } from '../../src/password-hash/srp.ts';
import { keyringFrom, newKeyringText } from '../../src/token-keys/keyring.ts';
import { passwordHash, stillClock } from '../support/servers/server.ts';

const require = createRequire(import.meta.url);
// The package publishes no types for its insides.
const [{ default: AuthenticationHelper }, { default: BigInteger }, { default: DateHelper }] = [
  require('amazon-cognito-identity-js/lib/AuthenticationHelper.js') as { default: HelperConstructor },
  require('amazon-cognito-identity-js/lib/BigInteger.js') as {
    default: new (text: string, radix: number) => object;
  },
  require('amazon-cognito-identity-js/lib/DateHelper.js') as {
    default: new () => { getNowString(): string };
  },
];
type HelperConstructor = new (poolName: string) => {
  getLargeAValue(done: (error: unknown, value: object) => void): void;
  getPasswordAuthenticationKey(
    username: string,
    password: string,
    serverB: object,
    salt: object,
    done: (error: unknown, key: Uint8Array) => void,
  ): void;
};

const ROUNDS = 64;
/** Few: the client's arithmetic takes a quarter of a second each time. */
const SIGN_INS = 14;
const POOL = 'us-east-1_AbCdEfGhI';
const USERNAME = 'ada';
const PASSWORD = 'Pässword ☃ 7';

/** base^exponent mod N by squaring. */
function slowPower(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base % N];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % N;
    square = (square * square) % N;
  }
  return result;
}
const randomNumber = (bytes: number): bigint => BigInt(`0x${randomBytes(bytes).toString('hex')}`);

describe('the SRP group', () => {
  it('raises as BigInt does', () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [base, exponent] = [randomNumber(384), randomNumber(1 + (round % 32)) + 1n];
      assert.equal(power(base, exponent), slowPower(base, exponent));
    }
    assert.equal(power(G, 1n), G);
    assert.equal(power(N + 5n, 3n), 125n);
  });

  it('refuses bases without secrecy', () => {
    for (const base of [0n, 1n, N, N - 1n, N + 1n, 2n * N, 3n * N])
      assert.throws(() => power(base, 7n), RangeError);
  });

  it('pads numbers as the clients do', () => {
    assert.deepEqual([0x7fn, 0x80n, 0xfffn, 0x1n].map(padHex), ['7f', '0080', '0fff', '01']);
  });
});

describe('SRP', () => {
  const clock = stillClock();
  const step = srpStep({
    decoys: createDecoys({ sealer: keyringFrom(newKeyringText(clock)) }),
    srp: createSrpExchange({ hash: passwordHash, clock }),
  });
  const timestamp = new DateHelper().getNowString();
  const secretBlock = Buffer.from('the session').toString('base64');

  /** One sign-in by the client's arithmetic; what it proves with. */
  async function answer(salt: string, password: string) {
    const kept = {
      salt,
      verifier: verifierOf({ identity: `${poolNameOf(POOL)}${USERNAME}`, password: PASSWORD, salt }),
    };
    // The step reads a user's name and password, and no more of an attempt than is here.
    const attempt = {
      pool: {
        id: POOL,
        usernameAttributes: [],
        aliasAttributes: [],
        autoVerifiedAttributes: [],
        schema: [],
      } as Partial<Pool> as Pool,
      user: { username: USERNAME, password: kept } as Partial<User> as User,
      login: USERNAME,
      session: secretBlock,
    } as Partial<Attempt> as Attempt;
    const helper = new AuthenticationHelper(poolNameOf(POOL));
    const publicA = await new Promise<object>((resolve, reject) =>
      helper.getLargeAValue((error, value) => (error ? reject(new Error('A')) : resolve(value))),
    );
    const asked = await step.ask(attempt, {
      srpA: (publicA as { toString(radix: number): string }).toString(16),
    });
    assert.ok('asks' in asked);
    const { asks, notes } = asked;
    const key = await new Promise<Uint8Array>((resolve, reject) =>
      helper.getPasswordAuthenticationKey(
        USERNAME,
        password,
        new BigInteger(asks['SRP_B']!, 16),
        new BigInteger(asks['SALT']!, 16),
        (error, value) => (error ? reject(new Error('key')) : resolve(value)),
      ),
    );
    const signature = createHmac('sha256', key)
      .update(poolNameOf(POOL))
      .update(USERNAME)
      .update(Buffer.from(secretBlock, 'base64'))
      .update(timestamp)
      .digest('base64');
    return async () => step.check({ ...attempt, notes }, { signature, secretBlock, timestamp });
  }
  const SALTS = ['00', '01', '7f', '80', 'ff', `00${'5a'.repeat(15)}`, `ff${'00'.repeat(15)}`];

  it('believes what the client computes, whatever the numbers begin with', async () => {
    for (let round = 0; round < SIGN_INS; round += 1) {
      const salt = SALTS[round] ?? randomBytes(16).toString('hex');
      const prove = await answer(salt, PASSWORD);
      await prove();
    }
  });

  it('believes no other password', async () => {
    for (const wrong of [`${PASSWORD} `, PASSWORD.toLowerCase(), 'Password ☃ 7', ''])
      await assert.rejects(async () => (await answer('5a'.repeat(16), wrong))(), {
        kind: 'wrong-username-or-password',
      });
  });
});
