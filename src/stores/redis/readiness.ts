/**
 * Whether a Redis can do what is asked of it and keeps what it acknowledges: judged by its version and settings, before anything is
 * entrusted to it.
 *
 * It must refuse writes rather than forget when memory runs short, and write what it acknowledges to its append-only file: within a second,
 * or for state that devices rely on (sync) before it answers. Who would rather run without says so, and is warned. Asked again later, for
 * another server may take over, or somebody change a setting.
 */
import { Failure, isFailure } from '../../base/failure.ts';
import type { RedisConnection, RedisFailure } from './connection.ts';

/** Redis may lose what it acknowledged (fact `faults`: sentences, each with its remedy). */
type ReadinessFailure = 'store-not-durable';

export interface DurabilityDemands {
  /** `always` where every acknowledged write must be on disk, as for sync state; `everysec` when absent. */
  readonly appendfsync?: 'everysec' | 'always';
  /** `allowed`: faults are given back as warnings. */
  readonly volatile?: 'allowed';
}

/** GETDEL came with it. */
const OLDEST = [6, 2] as const;

/** @throws Failure `store-unreadable` (fact: reason) for a version that lacks commands, `store-unavailable` */
export async function assertVersion(redis: RedisConnection): Promise<void> {
  const info = await redis.run((client) => client.info('server'));
  const [, version, major, minor] = /^redis_version:((\d+)\.(\d+)[^\r\n]*)/m.exec(info) ?? [];
  const refuse = (reason: string) =>
    new Failure<RedisFailure>('store-unreadable', { store: 'redis', reason });
  if (version === undefined) throw refuse('it does not tell a version of Redis');
  const isOld = Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]);
  if (isOld) throw refuse(`Redis is of version ${version}; ${OLDEST.join('.')} or a later one is needed`);
}

/**
 * @returns warnings, sentences for an operator; none unless `volatile` is allowed
 * @throws Failure `store-not-durable`, `store-unavailable`
 */
export async function assertDurable(
  redis: RedisConnection,
  { appendfsync = 'everysec', volatile }: DurabilityDemands = {},
): Promise<readonly string[]> {
  const faults = await faultsOf(redis, appendfsync);
  if (faults.length === 0 || volatile === 'allowed') return faults;
  throw new Failure<ReadinessFailure>('store-not-durable', { store: 'redis', faults: faults.join(' ') });
}

/**
 * @param onFault told once, when Redis no longer keeps what it acknowledges
 * @returns asks it anew; true while it does
 */
export function watchDurability(
  redis: RedisConnection,
  demands: DurabilityDemands,
  onFault: (fault: Failure) => void,
): () => Promise<boolean> {
  let isTold = false;
  return async () => {
    try {
      await assertDurable(redis, demands);
      isTold = false;
      return true;
    } catch (error) {
      if (isFailure<RedisFailure>(error, 'store-unavailable')) return false;
      if (!isFailure<ReadinessFailure>(error, 'store-not-durable')) throw error;
      if (!isTold) onFault(error);
      isTold = true;
      return false;
    }
  };
}

async function faultsOf(redis: RedisConnection, fsync: 'everysec' | 'always'): Promise<readonly string[]> {
  const [policy, log, sync] = await Promise.all(
    ['maxmemory-policy', 'appendonly', 'appendfsync'].map((name) => settingOf(redis, name)),
  );
  if (policy === undefined || log === undefined || sync === undefined)
    return [
      'Redis does not tell its settings (CONFIG GET), so whether it keeps what it acknowledges is not known.',
    ];
  const faults: string[] = [];
  if (policy !== 'noeviction')
    faults.push(
      `Redis forgets when its memory runs short: maxmemory-policy is ${policy}, set it to noeviction.`,
    );
  if (log !== 'yes') faults.push(`Redis forgets when it restarts: appendonly is ${log}, set it to yes.`);
  if (fsync === 'always' && sync !== 'always')
    faults.push(`Redis acknowledges what is not on its disk yet: appendfsync is ${sync}, set it to always.`);
  else if (sync !== 'always' && sync !== 'everysec')
    faults.push(
      `Redis leaves it to chance when it writes to its disk: appendfsync is ${sync}, set it to everysec or always.`,
    );
  return faults;
}

/** Undefined when Redis does not say. @throws Failure `store-unavailable` when it cannot be asked */
async function settingOf(redis: RedisConnection, name: string): Promise<string | undefined> {
  try {
    const answer = await redis.run((client) => client.config('GET', name));
    return Array.isArray(answer) && answer.length === 2 ? String(answer[1]) : undefined;
  } catch (error) {
    // Hosted ones often rename the command or forbid it.
    if (
      isFailure<RedisFailure>(error, 'store-unavailable') &&
      /^(NOPERM|ERR unknown)/.test(String(error.facts['reason']))
    )
      return undefined;
    throw error;
  }
}
