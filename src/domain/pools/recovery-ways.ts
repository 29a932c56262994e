/**
 * Recovery ways: which of a user's addresses a forgotten password is recovered by, as the pool has it.
 *
 * Source: Cognito API reference, CreateUserPool, "AccountRecoverySetting".
 */
import type { ContactAttribute, Pool } from './pools.ts';

/** What a code is sent to: `{ attribute: 'email', value: 'ada@example.com' }`. */
export interface Address {
  readonly attribute: ContactAttribute;
  readonly value: string;
}

/** Where a pool names no order of its own. */
export const PHONE_FIRST: readonly ContactAttribute[] = ['phone_number', 'email'];
const RECOVERS_BY: Readonly<Record<string, ContactAttribute>> = {
  verified_email: 'email',
  verified_phone_number: 'phone_number',
};

/** The attributes that recovery goes by, best first. */
export function recoveryWays({ recovery = [] }: Pick<Pool, 'recovery'>): readonly ContactAttribute[] {
  if (recovery.length === 0) return PHONE_FIRST;
  return recovery
    .toSorted((one, other) => one.priority - other.priority)
    .flatMap(({ name }) => RECOVERS_BY[name] ?? []);
}

/** True where only an administrator can help who forgot their password. */
export const isRecoveryClosed = ({ recovery }: Pool): boolean =>
  recovery !== undefined && recovery.length > 0 && recoveryWays({ recovery }).length === 0;
