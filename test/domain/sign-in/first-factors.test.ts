/** What a sign-in by choice begins with: people of every kind, in pools of every kind. */
import assert from 'node:assert/strict';
import type { FirstFactor, Pool } from '../../../src/domain/directory/pools.ts';
import type { User } from '../../../src/domain/directory/users.ts';
import { firstStepsOf } from '../../../src/domain/sign-in/first-factors.ts';
import { keyringFrom, newKeyringText } from '../../../src/token-keys/keyring.ts';

const ALL: readonly FirstFactor[] = ['password', 'email-code', 'sms-code', 'passkey'];
const sealer = keyringFrom(newKeyringText({ now: () => new Date() }));

const poolOf = (more: Partial<Pool>): Pool =>
  // What the rules look at; the rest of a pool is not theirs.
  ({
    id: 'us-east-1_a',
    isCaseSensitive: true,
    usernameAttributes: [],
    autoVerifiedAttributes: ['email'],
    firstFactors: ALL,
    ...more,
  }) as Pool;
const userOf = (more: Partial<User>): User =>
  ({
    username: 'ada',
    status: 'CONFIRMED',
    attributes: {
      email: 'a@b.c',
      email_verified: 'true',
      phone_number: '+15550001234',
      phone_number_verified: 'true',
    },
    password: { salt: '00', verifier: '00' },
    ...more,
  }) as User;
const stepsOf = (
  pool: Partial<Pool>,
  user: Partial<User> | undefined,
  { passkey = true, login = 'ada' } = {},
) =>
  firstStepsOf(
    { pool: poolOf(pool), user: user && userOf(user), login },
    { hasPasskey: async () => passkey, sealer },
  );

const PASSWORDS = ['password', 'srp-opening'];
const required = { mode: 'required', factors: ['totp', 'sms'] } as const;
const optional = { mode: 'optional', factors: ['totp', 'sms'] } as const;
const multi = { userVerification: 'required', isMultiFactor: true } as const;
const sms = { enabled: ['sms'] } as const;

describe('what a sign-in by choice begins with', () => {
  const rows: readonly [string, Partial<Pool>, Partial<User>, readonly string[]][] = [
    ['all that a person has', {}, {}, [...PASSWORDS, 'email-code', 'sms-code', 'passkey']],
    ['the password where the pool says nothing', { firstFactors: undefined }, {}, PASSWORDS],
    [
      'no SRP where no verifier is kept',
      { firstFactors: ['password'], passwordStorage: 'argon2id' },
      {},
      ['password'],
    ],
    ['no password of who has none', {}, { password: undefined }, ['email-code', 'sms-code', 'passkey']],
    [
      'no code to an unverified address',
      { firstFactors: ['password', 'email-code'] },
      { attributes: { email: 'a@b.c' } },
      PASSWORDS,
    ],
    ['no code where two factors are required', { mfa: required }, {}, PASSWORDS],
    ['no code for who turned a second one on', { mfa: optional }, { factors: sms }, PASSWORDS],
    [
      'a passkey that is both, where it is on',
      { mfa: required, passkeys: multi },
      { factors: { ...sms, withPasskey: true } },
      [...PASSWORDS, 'passkey'],
    ],
    [
      'no passkey that is both, where it is off',
      { mfa: required, passkeys: multi },
      { factors: sms },
      PASSWORDS,
    ],
    [
      'no passkey that is one, whatever is on',
      { mfa: optional },
      { factors: { ...sms, withPasskey: true } },
      PASSWORDS,
    ],
    [
      'codes again where the pool has no second factors',
      { mfa: { ...optional, mode: 'off' } },
      { factors: sms },
      [...PASSWORDS, 'email-code', 'sms-code', 'passkey'],
    ],
  ];
  for (const [title, pool, user, expected] of rows)
    it(`is ${title}`, async () => {
      assert.deepEqual(await stepsOf(pool, user), expected);
    });

  it('is for nobody what most people have, always the same for a name', async () => {
    const names = Array.from({ length: 64 }, (_, index) => `nobody-${index}`);

    const first = await Promise.all(names.map((login) => stepsOf({}, undefined, { login })));
    const again = await Promise.all(names.map((login) => stepsOf({}, undefined, { login })));

    const withPasskey = first.filter((steps) => steps.includes('passkey'));
    assert.deepEqual(again, first);
    assert.ok(withPasskey.length > 0 && withPasskey.length < names.length);
    assert.ok(
      first.every((steps) =>
        [...PASSWORDS, 'email-code'].every((each) => steps.some((step) => step === each)),
      ),
    );
    assert.ok(first.every((steps) => !steps.includes('sms-code')));
  });

  it('is for nobody no code where two factors are required', async () => {
    assert.deepEqual(await stepsOf({ mfa: required }, undefined), PASSWORDS);
  });

  it('is never nothing, also for who has nothing', async () => {
    const bare = { password: undefined, attributes: {} };

    assert.deepEqual(await stepsOf({ firstFactors: ['sms-code'] }, bare, { passkey: false }), PASSWORDS);
  });
});
