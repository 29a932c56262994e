/**
 * Token families: the record of one sign-in, and of the refresh tokens that came of it.
 *
 * A refresh token is `<family>.<random>`; only the hash of the random part is kept. Where the client asks for rotation each use gives a new one; the one before stays good for
 * the client's grace period, because answers get lost, and is dead after it: whoever shows it then has stolen it, or was stolen from, and the whole family ends. A use is a commit at the version read, so
 * that of many at once one wins.
 * Source: RFC 9700, section 4.14; Cognito developer guide, "Refresh token rotation".
 */
import { plusSeconds, type Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import { newBearer, newUuidV7 } from '../../base/ids.ts';
import { equal, sha256Hex } from '../../base/secret.ts';
import { insert, replace, update, type Collection, type Kept, type Records } from '../ports/records.ts';

export interface Family {
  /** UUIDv7. */
  readonly id: string;
  readonly poolId: string;
  readonly clientId: string;
  readonly sub: string;
  readonly scopes: readonly string[];
  /** When the person proved who he is, ISO. */
  readonly authTime: string;
  readonly nonce?: string;
  readonly door: 'api' | 'oauth';
  /** SHA-256 of the newest token's random part. */
  readonly newest: string;
  /** The one before, and until when it is still good. */
  readonly previous?: { readonly hash: string; readonly goodUntil: string };
  /** Hashes of all older ones, the latest last; to know a reused token from a made-up one. */
  readonly spent: readonly string[];
  readonly isRevoked: boolean;
  readonly until: string;
}
export type FamilyFailure =
  | 'refresh-token-invalid'
  | 'refresh-token-expired'
  | 'refresh-token-revoked'
  | 'refresh-token-reused';

export const familyCollection: Collection<Family> = {
  name: 'token-families',
  key: ({ id }) => [id],
  lists: { byUser: ({ poolId, sub }) => [[poolId, sub]] },
  until: ({ until }) => until,
};

const MOST_SPENT = 20;
const PAGE = 200;
const TRIES = 8;

export interface NewFamily {
  /** Chosen before, where something must be able to end the family: an authorization code. */
  readonly id?: string;
  readonly poolId: string;
  readonly clientId: string;
  readonly sub: string;
  readonly scopes: readonly string[];
  readonly authTime: Date;
  readonly nonce?: string;
  readonly door: 'api' | 'oauth';
  /** How long refresh tokens are good. */
  readonly seconds: number;
}

export function createFamilies({ records, clock }: { records: Records; clock: Clock }) {
  const invalid = () => new Failure<FamilyFailure>('refresh-token-invalid');

  /** @throws Failure `refresh-token-invalid`, `refresh-token-revoked` */
  async function read(refreshToken: string): Promise<{ kept: Kept<Family>; hash: string }> {
    const [id = '', random = '', ...rest] = refreshToken.split('.');
    if (!id || !random || rest.length > 0) throw invalid();
    const kept = await records.get(familyCollection, [id]);
    if (!kept) throw invalid();
    if (kept.record.isRevoked) throw new Failure<FamilyFailure>('refresh-token-revoked');
    return { kept, hash: sha256Hex(random) };
  }

  async function revoke(id: string): Promise<void> {
    try {
      await update(records, familyCollection, [id], (family) =>
        family.isRevoked ? family : { ...family, isRevoked: true },
      );
    } catch (error) {
      // Already gone is as good as revoked.
      if (!isFailure(error, 'not-kept')) throw error;
    }
  }

  async function rotate({ record, version }: Kept<Family>, graceSeconds: number): Promise<string> {
    const random = newBearer();
    const spent = record.previous ? [...record.spent, record.previous.hash].slice(-MOST_SPENT) : record.spent;
    const previous = { hash: record.newest, goodUntil: plusSeconds(clock.now(), graceSeconds).toISOString() };
    await records.commit(
      replace(familyCollection, { ...record, newest: sha256Hex(random), previous, spent }, version),
    );
    return `${record.id}.${random}`;
  }

  async function tryRedeem(
    refreshToken: string,
    clientId: string,
    rotation: { graceSeconds: number } | undefined,
  ) {
    const { kept, hash } = await read(refreshToken);
    const { record: family } = kept;
    if (family.clientId !== clientId) throw invalid();
    const isNewest = equal(hash, family.newest);
    const isPrevious = family.previous !== undefined && equal(hash, family.previous.hash);
    if (!isNewest && !isPrevious) {
      if (!family.spent.some((each) => equal(each, hash))) throw invalid();
      await revoke(family.id);
      throw new Failure<FamilyFailure>('refresh-token-reused');
    }
    if (isPrevious && clock.now().getTime() >= Date.parse(family.previous.goodUntil)) {
      await revoke(family.id);
      throw new Failure<FamilyFailure>('refresh-token-reused');
    }
    // A retry within the grace period rotates once more, so that the newest answer is the one that counts.
    if (!rotation) return { family };
    return { family, refreshToken: await rotate(kept, rotation.graceSeconds) };
  }

  return {
    revoke,

    /** A new sign-in's first refresh token. */
    async begin({
      id,
      seconds,
      authTime,
      ...rest
    }: NewFamily): Promise<{ family: Family; refreshToken: string }> {
      const random = newBearer();
      const now = clock.now();
      const family: Family = {
        ...rest,
        id: id ?? newUuidV7(now),
        authTime: authTime.toISOString(),
        newest: sha256Hex(random),
        spent: [],
        isRevoked: false,
        until: plusSeconds(now, seconds).toISOString(),
      };
      await records.commit(insert(familyCollection, family));
      return { family, refreshToken: `${family.id}.${random}` };
    },

    /**
     * The family of a token that is good for this client, and its next token where the client rotates.
     * @throws Failure of FamilyFailure, `changed-meanwhile`
     */
    async redeem(
      refreshToken: string,
      clientId: string,
      rotation: { graceSeconds: number } | undefined,
    ): Promise<{ family: Family; refreshToken?: string }> {
      for (let left = TRIES; ; left -= 1) {
        try {
          return await tryRedeem(refreshToken, clientId, rotation);
        } catch (error) {
          if (!isFailure(error, 'changed-meanwhile') || left === 1) throw error;
        }
      }
    },

    /** Whose the token's family is; undefined for what is no token of ours. */
    async subjectOf(refreshToken: string): Promise<string | undefined> {
      const [id = ''] = refreshToken.split('.');
      const kept = id === '' ? undefined : await records.get(familyCollection, [id]);
      return kept?.record.sub;
    },

    /** Ends every family of a user. */
    async revokeAllOf(poolId: string, sub: string): Promise<void> {
      let after: string | undefined;
      do {
        const page = await records.page(familyCollection, {
          index: 'byUser',
          prefix: [poolId, sub],
          limit: PAGE,
          after,
        });
        await Promise.all(page.records.map(({ id }) => revoke(id)));
        after = page.next;
      } while (after !== undefined);
    },
  };
}
export type Families = ReturnType<typeof createFamilies>;
