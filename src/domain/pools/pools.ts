/**
 * User pools: a directory of people and the rules they live under.
 *
 * A deleted pool is gone for every reader at once; what hangs on it is swept afterwards. Which settings may be asked for is decided by the doors; here
 * stands what a pool is.
 * Source: Cognito API reference, CreateUserPool, UserPoolType.
 */
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { newPoolId, type PoolId } from '../../base/ids.ts';
import type { Jobs } from '../ports/jobs.ts';
import type { PoolTrigger, TriggerName } from '../ports/triggers.ts';
import type { Endings } from '../ports/endings.ts';
import {
  insert,
  replace,
  retrying,
  type Collection,
  type Kept,
  type Page,
  type Records,
} from '../ports/records.ts';
import type { AttributeSchema } from './attributes.ts';
import type { PasswordPolicy } from './password-policy.ts';

type AliasAttribute = 'email' | 'phone_number' | 'preferred_username';
export type ContactAttribute = 'email' | 'phone_number';

/** Texts sent to people; `{####}` stands for the code, `{username}` for the name. */
export interface PoolMessages {
  readonly verificationEmail?: string;
  readonly verificationSubject?: string;
  readonly verificationSms?: string;
  readonly inviteEmail?: string;
  readonly inviteSubject?: string;
  readonly inviteSms?: string;
  /** Letters that are confirmed by a link instead of a code; `{##text##}` stands for it. */
  readonly verificationEmailByLink?: string;
  readonly verificationSubjectByLink?: string;
  readonly confirmsByLink?: boolean;
  readonly mfaEmail?: string;
  readonly mfaSubject?: string;
  readonly mfaSms?: string;
  readonly from?: string;
  readonly replyTo?: string;
}
/** A second factor. */
export type Factor = 'sms' | 'email' | 'totp';
/** What a sign-in may begin with, in pools and clients that leave the choice (USER_AUTH). */
export type FirstFactor = 'password' | 'email-code' | 'sms-code' | 'passkey';
export interface MfaSettings {
  readonly mode: 'off' | 'optional' | 'required';
  /** The factors that people may have. */
  readonly factors: readonly Factor[];
}
export interface PasskeySettings {
  /** The domain that passkeys are made for; that of the hosted pages when absent. */
  readonly relyingPartyId?: string;
  readonly userVerification: 'required' | 'preferred';
  /** A passkey whose owner was verified by his device counts as two factors. */
  readonly isMultiFactor: boolean;
}
export interface DeviceSettings {
  /** A remembered device stands in for the second factor. */
  readonly challengesNew: boolean;
  /** Devices are remembered only when the person says so. */
  readonly remembersOnPrompt: boolean;
}
/** How AWS would send messages, for showing: ours go where the installation sends them. */
export interface Senders {
  readonly sms?: { readonly callerArn?: string; readonly externalId?: string; readonly region?: string };
  readonly email?: {
    readonly isOwn: boolean;
    readonly sourceArn?: string;
    readonly configurationSet?: string;
  };
}
export interface PoolSettings {
  readonly name: string;
  readonly passwordPolicy: PasswordPolicy;
  readonly schema: readonly AttributeSchema[];
  /** What people sign in with instead of a username. */
  readonly usernameAttributes: readonly ContactAttribute[];
  /** What people may sign in with besides the username. */
  readonly aliasAttributes: readonly AliasAttribute[];
  readonly autoVerifiedAttributes: readonly ContactAttribute[];
  readonly isCaseSensitive: boolean;
  /** Whether the pool's maker said so; absent of pools that are older than the question. */
  readonly namesCaseSensitivity?: boolean;
  /** Whether threat protection was named, to be off: there is none here. */
  readonly namesThreatProtection?: boolean;
  /** Nobody signs himself up. */
  readonly isAdminCreateOnly: boolean;
  readonly isDeletionProtected: boolean;
  readonly messages: PoolMessages;
  readonly recovery?: readonly { readonly name: string; readonly priority: number }[];
  readonly tier: string;
  readonly tags: Readonly<Record<string, string>>;
  // Absent in pools that were made before there was such a setting, or never had it set.
  readonly senders?: Senders;
  readonly mfa?: MfaSettings;
  readonly passkeys?: PasskeySettings;
  /** `password` alone when absent. */
  readonly firstFactors?: readonly FirstFactor[];
  /** Devices are not tracked when absent. */
  readonly devices?: DeviceSettings;
  readonly triggers?: Readonly<Partial<Record<TriggerName, PoolTrigger>>>;
  /** The key that AWS would encrypt codes with for senders of the pool's own. */
  readonly kmsKeyId?: string;
  /** Addresses that take effect only once they are verified. */
  readonly verifiedBeforeUpdate?: readonly ContactAttribute[];
  /** How passwords are kept: as SRP verifiers when absent. */
  readonly passwordStorage?: 'srp' | 'argon2id';
  /** Passwords of a list of known ones are refused. */
  readonly refusesKnownPasswords?: boolean;
  /** What users signed in for goes on when their password is replaced, as at Cognito. */
  readonly keepsSessionsOnNewPassword?: boolean;
}
/** Whether the sessions of people are kept count of, and how many they may have. */
interface SessionSettings {
  readonly isTracked: boolean;
  /** Families of tokens that a person may have at once. */
  readonly maxPerUser: number;
  /** The most that a client asked for: how long browsers keep a session of the hosted page. */
  readonly longestSsoMinutes: number;
}
/** Minutes for which a browser that signed in is not asked again, unless a client says otherwise. */
export const DEFAULT_SSO_MINUTES = 60;
/** Source: Cognito API reference, GetUserPoolSessionConfiguration. */
export const DEFAULT_SESSIONS: SessionSettings = {
  isTracked: false,
  maxPerUser: 20,
  longestSsoMinutes: DEFAULT_SSO_MINUTES,
};
export interface Pool extends PoolSettings {
  readonly id: PoolId;
  readonly account: string;
  readonly region: string;
  readonly createdAt: string;
  readonly modifiedAt: string;
  readonly deletedAt?: string;
  /** Apart from the other settings, because it has operations of its own; sessions are not tracked when absent. */
  readonly sessions?: SessionSettings;
}
export type PoolFailure = 'pool-not-found' | 'pool-protected';

export const poolNotFound = (pool: string) => new Failure<PoolFailure>('pool-not-found', { pool });

/** The kind of job that removes what hangs on a dead pool; its subject is the pool's id. */
export const SWEEP_POOL = 'sweep-pool';

export const poolCollection: Collection<Pool> = {
  name: 'user-pools',
  isReadOften: true,
  key: ({ id }) => [id],
  lists: { byRegion: ({ region, deletedAt }) => (deletedAt === undefined ? [[region]] : []) },
};

export function createPools({
  records,
  jobs,
  clock,
  account,
}: {
  records: Records;
  jobs: Jobs;
  clock: Clock;
  account: string;
}) {
  async function living(poolId: string): Promise<Kept<Pool> | undefined> {
    const kept = await records.get(poolCollection, [poolId]);
    return kept?.record.deletedAt === undefined ? kept : undefined;
  }
  async function keptOf(poolId: string): Promise<Kept<Pool>> {
    const kept = await living(poolId);
    if (!kept) throw poolNotFound(poolId);
    return kept;
  }

  return {
    /** The pool; undefined when there is none, or none any more. */
    find: async (poolId: string): Promise<Pool | undefined> => (await living(poolId))?.record,

    /** @throws Failure `pool-not-found` */
    get: async (poolId: string): Promise<Pool> => (await keptOf(poolId)).record,

    async create(region: string, settings: PoolSettings): Promise<Pool> {
      const now = clock.now().toISOString();
      const pool: Pool = {
        ...settings,
        id: newPoolId(region),
        account,
        region,
        createdAt: now,
        modifiedAt: now,
      };
      await records.commit(insert(poolCollection, pool));
      return pool;
    },

    list({ region, limit, after }: { region: string; limit: number; after?: string }): Promise<Page<Pool>> {
      return records.page(poolCollection, { index: 'byRegion', prefix: [region], limit, after });
    },

    /**
     * Changes a pool.
     * @throws Failure `pool-not-found`, `changed-meanwhile`, and what `change` throws
     */
    async update(poolId: string, change: (pool: Pool) => Pool): Promise<Pool> {
      return retrying(async () => {
        const { record, version } = await keptOf(poolId);
        const changed = { ...change(record), modifiedAt: clock.now().toISOString() };
        await records.commit(replace(poolCollection, changed, version));
        return changed;
      });
    },

    /**
     * Marks the pool dead, for every reader at once; a job sweeps what hangs on it.
     * @throws Failure `pool-not-found`, `pool-protected`, `changed-meanwhile`
     */
    async remove(poolId: string, endings: Endings): Promise<void> {
      await retrying(async () => {
        const { record: pool, version } = await keptOf(poolId);
        if (pool.isDeletionProtected) throw new Failure<PoolFailure>('pool-protected', { pool: poolId });
        const dead = { ...pool, deletedAt: clock.now().toISOString() };
        await records.commit(
          replace(poolCollection, dead, version),
          jobs.add(SWEEP_POOL, poolId),
          ...endings,
        );
      });
      jobs.wake();
    },
  };
}
export type Pools = ReturnType<typeof createPools>;
