/** First factors of people whom a provider brings: none, whatever the provider says of their addresses. */
import assert from 'node:assert/strict';
import type { Pool } from '../../../src/domain/pools/pools.ts';
import type { User } from '../../../src/domain/users/users.ts';
import { firstFactorsOf } from '../../../src/domain/sign-in/first-factors.ts';

describe('first factors', () => {
  // No more of a pool and of a user is read than is here.
  const pool = { firstFactors: ['password', 'email-code', 'sms-code', 'passkey'] } as Partial<Pool> as Pool;
  const person = (status: User['status']) =>
    ({
      status,
      attributes: {
        email: 'ada@example.com',
        email_verified: 'true',
        phone_number: '+15550001234',
        phone_number_verified: 'true',
      },
    }) as Partial<User> as User;

  it('are codes to proven addresses', async () => {
    const factors = await firstFactorsOf(pool, person('CONFIRMED'), async () => false);

    assert.deepEqual(factors, ['email-code', 'sms-code']);
  });

  it('are none for who comes from a provider', async () => {
    const factors = await firstFactorsOf(pool, person('EXTERNAL_PROVIDER'), async () => false);

    assert.deepEqual(factors, []);
  });
});
