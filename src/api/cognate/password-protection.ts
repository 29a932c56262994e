/**
 * Password protection of a user pool: how its passwords are kept, whether known ones are refused, and what a new one ends.
 *
 * What is left out stays as it is.
 */
import { userPoolArn } from '../../base/arn.ts';
import { keepingPasswords } from '../../domain/directory/passwords.ts';
import type { Pool } from '../../domain/directory/pools.ts';
import { oneOf, structure, text } from '../../wire/members.ts';
import { operation } from './nouns.ts';

const poolId = text({ min: 1, max: 55, pattern: /[\w-]+_[0-9a-zA-Z]+/ });
const STORAGES = { SRP: 'srp', ARGON2ID: 'argon2id' } as const;

const onPool = ({ UserPoolId }: { UserPoolId: string }, { account }: { account: string }): string =>
  userPoolArn(account, UserPoolId);

export const SetUserPoolPasswordProtection = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    UserPoolId: poolId,
    PasswordStorage: oneOf(['SRP', 'ARGON2ID']).optional(),
    KnownPasswords: oneOf(['ALLOWED', 'REFUSED']).optional(),
    SessionsOnNewPassword: oneOf(['ENDED', 'KEPT']).optional(),
  }),
  async handle(input, { pools }) {
    const { UserPoolId, PasswordStorage: storage, KnownPasswords: known } = input;
    const { SessionsOnNewPassword: sessions } = input;
    const changed = await pools.update(UserPoolId, (pool) => ({
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
  async handle({ UserPoolId }, { pools }) {
    return protectionType(await pools.get(UserPoolId));
  },
});

const protectionType = (pool: Pool) => ({
  UserPoolId: pool.id,
  PasswordStorage: pool.passwordStorage === 'argon2id' ? 'ARGON2ID' : 'SRP',
  KnownPasswords: pool.refusesKnownPasswords ? 'REFUSED' : 'ALLOWED',
  SessionsOnNewPassword: pool.keepsSessionsOnNewPassword ? 'KEPT' : 'ENDED',
});
