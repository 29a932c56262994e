/**
 * Second factors: which a person has turned on, which a sign-in still owes, and what he may change about them.
 *
 * The pool says which factors there are and whether one is needed. What a person turned on is asked for; where a factor is required and he turned none on, whatever he has will do. An address that was the first proof is not the second one too.
 * Source: Cognito developer guide, "Adding MFA to a user pool"; API reference, SetUserMFAPreference.
 */
import { Failure } from '../../base/failure.ts';
import type { Factor, Pool } from '../pools/pools.ts';
import type { Account } from '../users/decoys.ts';
import type { User, Users } from '../users/users.ts';
import type { OwnAttempt, StepName } from './challenges/challenge.ts';

/** `factor-impossible` (fact: factor, in Cognito's words), `factors-refused` (fact: reason). */
export type FactorFailure = 'factor-impossible' | 'factors-refused';

/** The factors in Cognito's words. */
export const FACTOR_NAMES: Readonly<Record<Factor, string>> = {
  sms: 'SMS_MFA',
  totp: 'SOFTWARE_TOKEN_MFA',
  email: 'EMAIL_OTP',
};
/** The step that asks for a factor. */
export const STEP_OF = { sms: 'sms-mfa', totp: 'totp', email: 'email-mfa' } as const satisfies Record<
  Factor,
  StepName
>;
/** Steps that are a second factor, each of them. */
const SECOND: readonly StepName[] = [
  ...Object.values(STEP_OF),
  'set-up-mfa',
  'set-up-email',
  'device-password',
];
/** What a step that proves two factors at once, a passkey that verified its owner, leaves in the attempt's memory. */
export const TWO_FACTORS = 'two-factors';
const FIRST_BY: Partial<Readonly<Record<StepName, Factor>>> = { 'email-code': 'email', 'sms-code': 'sms' };

/** True when the person has what the factor needs. Who comes from a provider proves himself there. */
function has({ attributes, totp, status }: Account, factor: Factor): boolean {
  if (status === 'EXTERNAL_PROVIDER') return false;
  if (factor === 'totp') return totp !== undefined;
  return Boolean(attributes[factor === 'sms' ? 'phone_number' : 'email']);
}

/** The factors that the pool has. */
export const offeredBy = ({ mfa }: Pool): readonly Factor[] =>
  !mfa || mfa.mode === 'off' ? [] : mfa.factors;

/** The factors that a person can be asked for: those turned on, or where one is required and none is, those he has. */
function factorsOf(pool: Pool, user: Account): readonly Factor[] {
  const usable = offeredBy(pool).filter((factor) => has(user, factor));
  const enabled = usable.filter((factor) => user.factors?.enabled.includes(factor));
  return enabled.length > 0 || pool.mfa?.mode !== 'required' ? enabled : usable;
}

/** True when the person signs in with two factors. */
export const needsTwo = (pool: Pool, user: Account): boolean =>
  pool.mfa?.mode === 'required' || factorsOf(pool, user).length > 0;

/** True when a passkey that verified its owner is both factors of this person. */
export const passkeyCountsTwice = (pool: Pool, user: Account): boolean =>
  (pool.passkeys?.isMultiFactor ?? false) && (user.factors?.withPasskey ?? false);

/** What is owed of an attempt: nothing, one of `among`, or to set one up when there is none. */
export function owedFactors({
  pool,
  user,
  passed,
  memory,
}: Pick<OwnAttempt, 'pool' | 'user' | 'passed' | 'memory'>): readonly Factor[] | undefined {
  if (!needsTwo(pool, user)) return undefined;
  if (passed.some((step) => SECOND.includes(step)) || memory[TWO_FACTORS] === 'true') return undefined;
  const first = passed.map((step) => FIRST_BY[step]);
  return factorsOf(pool, user).filter((factor) => !first.includes(factor));
}

/** True when a sign-in had a second factor of its person's, for which no device stood in. */
export const hadSecondFactor = (passed: readonly StepName[], memory: OwnAttempt['memory']): boolean =>
  memory[TWO_FACTORS] === 'true' ||
  passed.some((step) => step !== 'device-password' && SECOND.includes(step));

/** The factor to ask for; undefined when none is owed, there is none, or the person must choose. */
export function nextFactor(attempt: OwnAttempt): Factor | undefined {
  const among = owedFactors(attempt) ?? [];
  const preferred = attempt.user.factors?.preferred;
  if (preferred !== undefined && among.includes(preferred)) return preferred;
  return among.length === 1 ? among[0] : undefined;
}

interface Wish {
  /** Unchanged when absent. */
  readonly isEnabled?: boolean | undefined;
  readonly isPreferred?: boolean | undefined;
}
export type Wishes = Partial<Readonly<Record<Factor, Wish>>> & {
  readonly passkey?: Pick<Wish, 'isEnabled'>;
};

export function createFactors({ users }: { users: Users }) {
  return {
    /**
     * Turns factors on and off, and says which is preferred.
     * @throws Failure `factor-impossible`, `factors-refused`, `user-not-found`
     */
    prefer(pool: Pool, user: User, wishes: Wishes): Promise<User> {
      return users.change(pool, user, (present) => {
        const { passkey, ...factors } = wishes;
        // The compiler does not keep the keys of an object.
        const wished = Object.entries(factors) as [Factor, Wish][];
        for (const [factor, { isEnabled }] of wished) if (isEnabled) assertPossible(pool, present, factor);
        const changed = applied(present.factors, wished);
        const withPasskey = passkey?.isEnabled ?? present.factors?.withPasskey ?? false;
        if (passkey?.isEnabled && !pool.passkeys?.isMultiFactor)
          throw refused('Passkeys are not a multi-factor credential of the user pool.');
        if (withPasskey && changed.enabled.length === 0)
          throw refused('MFA with a passkey needs another MFA method besides.');
        return { ...present, factors: { ...changed, ...(withPasskey && { withPasskey }) } };
      });
    },
  };
}
export type Factors = ReturnType<typeof createFactors>;

const refused = (reason: string) => new Failure<FactorFailure>('factors-refused', { reason });

/** @throws Failure `factor-impossible` */
function assertPossible(pool: Pool, user: User, factor: Factor): void {
  const isVerified =
    factor === 'totp' ||
    user.attributes[factor === 'sms' ? 'phone_number_verified' : 'email_verified'] === 'true';
  // A number that nobody proved may be anybody's, who would then hold the key.
  if (!offeredBy(pool).includes(factor) || !has(user, factor) || !isVerified)
    throw new Failure<FactorFailure>('factor-impossible', { factor: FACTOR_NAMES[factor] });
}

/** @throws Failure `factors-refused` */
function applied(
  before: User['factors'],
  wished: readonly (readonly [Factor, Wish])[],
): { enabled: readonly Factor[]; preferred?: Factor } {
  const off = wished.filter(([, { isEnabled }]) => isEnabled === false).map(([factor]) => factor);
  const on = wished.filter(([, { isEnabled }]) => isEnabled).map(([factor]) => factor);
  const enabled = [...new Set([...(before?.enabled ?? []), ...on])].filter((each) => !off.includes(each));
  const [first, ...more] = wished.filter(([, { isPreferred }]) => isPreferred).map(([factor]) => factor);
  if (more.length > 0) throw refused('Only one MFA method can be preferred.');
  if (first !== undefined && !enabled.includes(first))
    throw refused('An MFA method that is preferred must be enabled.');
  const kept = wished.some(
    ([factor, { isPreferred }]) => factor === before?.preferred && isPreferred === false,
  )
    ? undefined
    : before?.preferred;
  const preferred = first ?? kept;
  return { enabled, ...(preferred !== undefined && enabled.includes(preferred) && { preferred }) };
}
