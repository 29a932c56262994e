/**
 * Password protection of a user pool: how its passwords are kept, whether known ones are refused, and what a new one ends.
 *
 * What is left out stays as it is.
 */
import { keepingPasswords } from '../../domain/users/passwords.ts';
import type { Pool } from '../../domain/pools/pools.ts';
import { oneOf, structure, text } from '../../wire/members.ts';
import { onPool } from '../on-pool.ts';
import { operation } from './nouns.ts';

const poolId = text({ min: 1, max: 55, pattern: /[\w-]+_[0-9a-zA-Z]+/ });
const STORAGES = { SRP: 'srp', ARGON2ID: 'argon2id' } as const;

export const SetUserPoolPasswordProtection = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    UserPoolId: poolId,
    PasswordStorage: oneOf(['SRP', 'ARGON2ID']).optional(),
    KnownPasswords: oneOf(['ALLOWED', 'REFUSED']).optional(),
    SessionsOnNewPassword: oneOf(['ENDED', 'KEPT']).optional(),
  }),
  async handle(input, { pools }, { found }) {
    const { PasswordStorage: storage, KnownPasswords: known, SessionsOnNewPassword: sessions } = input;
    const changed = await pools.update(found.id, (pool) => ({
      ...(storage ? keepingPasswords(pool, STORAGES[storage]) : pool),
      refusesKnownPasswords: known ? known === 'REFUSED' : pool.refusesKnownPasswords,
      keepsSessionsOnNewPassword: sessions ? sessions === 'KEPT' : pool.keepsSessionsOnNewPassword,
    }));
    return protectionType(changed);
  },
});

export const GetUserPoolPasswordProtection = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId }),
  handle(_input, _nouns, { found: pool }) {
    return protectionType(pool);
  },
});

const protectionType = (pool: Pool) => ({
  UserPoolId: pool.id,
  PasswordStorage: pool.passwordStorage === 'argon2id' ? 'ARGON2ID' : 'SRP',
  KnownPasswords: pool.refusesKnownPasswords ? 'REFUSED' : 'ALLOWED',
  SessionsOnNewPassword: pool.keepsSessionsOnNewPassword ? 'KEPT' : 'ENDED',
});
