/**
 * Signing keys: a pool's own, one for ID tokens and one for access tokens; and one for the tokens of identities.
 *
 * Made when a pool first needs them, once also when a hundred ask at once: the store keeps the first pair, and whoever came later takes that. Private keys are sealed.
 * A rotation has three phases, told by the clock alone, so that all processes go through them together: the next key is published, longer than anybody keeps a key set; then it signs; the one before
 * is published until its last token has ended. The jobs only tidy the record. News of a rotation come by the bus, and by reading the record again where they do not.
 * Source: Cognito developer guide, "Verifying JSON web tokens": ID and access tokens are signed by different keys.
 */
import { createBoundedMap } from '../../base/bounded-map.ts';
import { plusSeconds, type Clock } from '../../base/clock.ts';
import { isFailure } from '../../base/failure.ts';
import type { Bus } from '../ports/bus.ts';
import type { Jobs, Work } from '../ports/jobs.ts';
import { insert, replace, retrying, type Collection, type Kept, type Records } from '../ports/records.ts';
import type { PublicJwk, Signer, SigningAlgorithm, SigningKeyPair } from '../ports/signer.ts';
import type { Afterwards } from '../ports/afterwards.ts';

/** `identity`: the tokens that say which identity of an identity pool somebody is; their key belongs to no pool. */
export type KeyUse = 'id' | 'access' | 'identity';
/** Whose key the one for identities is, in place of a pool. */
export const IDENTITY_ISSUER = 'identity';
/** The uses of a pool's own keys. */
export const POOL_USES = ['id', 'access'] as const satisfies readonly KeyUse[];

interface SigningKey {
  readonly poolId: string;
  readonly use: KeyUse;
  readonly pair: SigningKeyPair;
  /** When the pair was first published, ISO. */
  readonly createdAt: string;
  /** Published, and signs from a moment on (ISO). */
  readonly next?: { readonly pair: SigningKeyPair; readonly createdAt: string; readonly signsFrom: string };
  /** Signs no more; tokens by it are believed until a moment (ISO). */
  readonly former?: readonly FormerKey[];
}
interface FormerKey {
  readonly publicJwk: PublicJwk;
  readonly createdAt: string;
  readonly until: string;
}
/** What is told of a key. */
export interface KeyState {
  readonly kid: string;
  readonly use: KeyUse;
  readonly state: 'next' | 'current' | 'former';
  readonly createdAt: Date;
  /** Of the next one. */
  readonly signsFrom?: Date;
  /** Of a former one. */
  readonly until?: Date;
}

export const signingKeyCollection: Collection<SigningKey> = {
  name: 'signing-keys',
  key: ({ poolId, use }) => [poolId, use],
  sealed: ['pair', 'next'],
};
const ALGORITHM: SigningAlgorithm = 'RS256';
const MOST_KEPT = 2000;
const DAY_MS = 86_400_000;
/** The jobs of a rotation: their subject is the pool's id and the use, as JSON. */
export const TIDY_SIGNING_KEY = 'tidy-signing-key';
const TOPIC = 'signing-keys';
/** How long a key is published before it signs: key sets may be kept for 300 s, and clocks differ. */
const PUBLISHED_BEFORE_SECONDS = 600;
/** The longest life of a token (a day), and some more for clocks that differ. */
const LONGEST_TOKEN_SECONDS = 86_400 + 120;
/** How long a record is believed without looking again, where no news came. */
const READ_AGAIN_SECONDS = 30;

interface SigningKeyParts {
  readonly records: Records;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly bus: Bus;
  readonly jobs: Jobs;
  /** A key that is older begins a rotation when it signs next; 0: none does by itself. */
  readonly rotateAfterDays: number;
  /** Does what nobody waits for, and tells of its failure. */
  readonly afterwards: Afterwards;
}

export function createSigningKeys(parts: SigningKeyParts) {
  const { records, signer, clock, bus, jobs, rotateAfterDays, afterwards } = parts;
  const kept = createBoundedMap<string, { readonly at: number; readonly record: Promise<SigningKey> }>(
    MOST_KEPT,
  );
  const placeOf = (poolId: string, use: string): string => `${use} ${poolId}`;
  const unsubscribe = bus.subscribe(TOPIC, ({ poolId, use }) =>
    kept.delete(placeOf(String(poolId), String(use))),
  );

  async function load(poolId: string, use: KeyUse): Promise<Kept<SigningKey>> {
    const found = await records.get(signingKeyCollection, [poolId, use]);
    if (found) return found;
    const pair = await signer.generate(ALGORITHM);
    const made = { poolId, use, pair, createdAt: clock.now().toISOString() };
    // Somebody else may have made one meanwhile; whosever it is, it is read at its version.
    await records.commit(insert(signingKeyCollection, made)).catch((error: unknown) => {
      if (!isFailure(error, 'already-kept')) throw error;
    });
    return load(poolId, use);
  }

  /** The record as it is known here. */
  function recordOf(poolId: string, use: KeyUse): Promise<SigningKey> {
    const place = placeOf(poolId, use);
    const now = clock.now().getTime();
    const known = kept.get(place);
    if (known && now - known.at < READ_AGAIN_SECONDS * 1000) return known.record;
    const record = load(poolId, use).then((loaded) => loaded.record);
    kept.set(place, { at: now, record });
    // A failure is not kept: the next one who asks tries again.
    record.catch(() => kept.delete(place));
    return record;
  }

  /** The record as the clock has it by now: what waits for its moment is what it will be written as. */
  function present(record: SigningKey): SigningKey {
    const now = clock.now();
    const former = (record.former ?? []).filter(({ until }) => now.getTime() < Date.parse(until));
    const { next, pair, createdAt, ...rest } = record;
    if (!next || now.getTime() < Date.parse(next.signsFrom)) return { ...record, former };
    const until = plusSeconds(new Date(next.signsFrom), LONGEST_TOKEN_SECONDS).toISOString();
    const before = now.getTime() < Date.parse(until) ? [{ publicJwk: pair.publicJwk, createdAt, until }] : [];
    return { ...rest, pair: next.pair, createdAt: next.createdAt, former: [...former, ...before] };
  }

  async function keysOf(poolId: string, use: KeyUse): Promise<readonly PublicJwk[]> {
    const { pair, next, former = [] } = present(await recordOf(poolId, use));
    return [pair, ...(next ? [next.pair] : []), ...former].map(({ publicJwk }) => publicJwk);
  }

  async function tellAll(poolId: string, use: KeyUse): Promise<void> {
    kept.delete(placeOf(poolId, use));
    await bus.publish(TOPIC, { poolId, use });
  }

  /** One try. */
  async function tryRotate(poolId: string, use: KeyUse): Promise<void> {
    const { record, version } = await load(poolId, use);
    const now = present(record);
    if (now.next) return;
    const at = clock.now();
    const signsFrom = plusSeconds(at, PUBLISHED_BEFORE_SECONDS);
    const next = {
      pair: await signer.generate(ALGORITHM),
      createdAt: at.toISOString(),
      signsFrom: signsFrom.toISOString(),
    };
    const subject = JSON.stringify([poolId, use]);
    await records.commit(
      replace(signingKeyCollection, { ...now, next }, version),
      jobs.add(TIDY_SIGNING_KEY, subject, { from: signsFrom }),
      jobs.add(TIDY_SIGNING_KEY, subject, { from: plusSeconds(signsFrom, LONGEST_TOKEN_SECONDS) }),
    );
  }

  async function rotate(poolId: string, use: KeyUse): Promise<void> {
    await retrying(() => tryRotate(poolId, use));
    await tellAll(poolId, use);
  }

  const beginning = new Set<string>();

  /** Begins what is due, without anybody waiting for it; of many that begin at once the store keeps one. */
  function rotateWhenDue({ poolId, use, next, createdAt }: SigningKey): void {
    const place = placeOf(poolId, use);
    const dueAt = Date.parse(createdAt) + rotateAfterDays * DAY_MS;
    if (rotateAfterDays === 0 || next || clock.now().getTime() < dueAt) return;
    afterwards(poolId, async () => {
      if (beginning.has(place)) return;
      beginning.add(place);
      await rotate(poolId, use).finally(() => beginning.delete(place));
    });
  }

  return {
    /** The key that signs for that use now. */
    async of(poolId: string, use: KeyUse): Promise<SigningKeyPair> {
      const now = present(await recordOf(poolId, use));
      rotateWhenDue(now);
      return now.pair;
    },

    /**
     * The key of that id, if tokens by it are believed.
     *
     * Who names a key that is not known here makes it be looked for no more often than anybody does: it was published long before it signed.
     */
    async byId(poolId: string, use: KeyUse, kid: string): Promise<PublicJwk | undefined> {
      return (await keysOf(poolId, use)).find((each) => each.kid === kid);
    },

    /** What may be published. */
    async published(poolId: string, uses: readonly KeyUse[] = POOL_USES): Promise<readonly PublicJwk[]> {
      return (await Promise.all(uses.map((use) => keysOf(poolId, use)))).flat();
    },

    /** Begins a rotation; where one has begun already, nothing changes. @throws Failure `changed-meanwhile` */
    rotate,

    /** All keys of a use, the one that signs first. */
    async states(poolId: string, use: KeyUse): Promise<readonly KeyState[]> {
      const { pair, createdAt, next, former = [] } = present((await load(poolId, use)).record);
      const of = (kid: string, at: string) => ({ kid, use, createdAt: new Date(at) });
      return [
        { ...of(pair.kid, createdAt), state: 'current' },
        ...(next
          ? [
              {
                ...of(next.pair.kid, next.createdAt),
                state: 'next' as const,
                signsFrom: new Date(next.signsFrom),
              },
            ]
          : []),
        ...former.map(({ publicJwk, createdAt: at, until }) => ({
          ...of(publicJwk.kid, at),
          state: 'former' as const,
          until: new Date(until),
        })),
      ];
    },

    /** Writes down what the clock has done already, and so forgets private keys that sign no more. How TIDY_SIGNING_KEY is done. */
    tidy: (async (subject) => {
      // As `tryRotate` wrote it.
      const [poolId, use] = JSON.parse(subject) as [string, KeyUse];
      await retrying(async () => {
        const found = await records.get(signingKeyCollection, [poolId, use]);
        if (!found) return;
        const now = present(found.record);
        const isTidy =
          now.pair.kid === found.record.pair.kid && now.former?.length === (found.record.former ?? []).length;
        if (!isTidy) await records.commit(replace(signingKeyCollection, now, found.version));
      });
      await tellAll(poolId, use);
    }) satisfies Work,

    close: unsubscribe,
  };
}
export type SigningKeys = ReturnType<typeof createSigningKeys>;
