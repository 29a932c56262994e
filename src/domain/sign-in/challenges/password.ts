/** The password, sent over TLS (USER_PASSWORD_AUTH, the hosted page). */
import { Failure } from '../../../base/failure.ts';
import type { Users } from '../../users/users.ts';
import type { SignInFailure, Step } from './challenge.ts';

export const passwordStep = (users: Users): Step => ({
  name: 'password',
  guesses: 'password',
  owedBy: () => false,
  isComplete: ({ password }) => password !== undefined,
  ask: () => ({ asks: {}, notes: {} }),
  async check({ pool, user }, { password = '' }) {
    if (!(await users.passwordMatches(pool, user, password)))
      throw new Failure<SignInFailure>('wrong-username-or-password');
  },
  // What is kept of it may be as passwords were kept before.
  pass: async ({ pool, user }, { password = '' }) => ({
    user: await users.renewPassword(pool, user, password),
  }),
});
