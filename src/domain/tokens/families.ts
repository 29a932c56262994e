/**
 * Token families: the record of one sign-in, and of the refresh tokens that came of it.
 *
 * A refresh token is `<family>.<generation>.<proof>`; the proof is an HMAC under the family's own secret, so that any token that was ever given is known again, and none can be made by who reads
 * the store. Where the client asks for rotation, the first use of a token begins the next generation. Answers get lost and tabs race: within the client's grace period the token before is answered with
 * the newest, the same for all who ask. After it, whoever shows an old token has stolen it, or was stolen from, and the whole family ends. A new generation is a commit at the version read: of many at once one wins.
 * Source: RFC 9700, section 4.14; Cognito developer guide, "Refresh token rotation".
 */
import { plusSeconds, type Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import { newBearer, newUuidV7 } from '../../base/ids.ts';
import { equal, hmacSha256 } from '../../base/secret.ts';
import {
  insert,
  replace,
  retrying,
  update,
  type Collection,
  type Kept,
  type Records,
} from '../ports/records.ts';

export interface Family {
  /** UUIDv7. */
  readonly id: string;
  readonly poolId: string;
  readonly clientId: string;
  readonly sub: string;
  readonly scopes: readonly string[];
  /** When the person proved who he is, ISO. */
  readonly authTime: string;
  readonly door: 'api' | 'oauth';
  /** The device that the person signed in with, where the pool remembers devices. */
  readonly deviceKey?: string;
  /** The provider that the person came through; absent for those who proved themselves here. */
  readonly by?: string;
  /** What the tokens' proofs are made with; bearer. */
  readonly secret: string;
  /** The newest token's number, from 1. */
  readonly generation: number;
  /** The generations that retries are still answered for, and until when, ISO. */
  readonly graced: readonly { readonly generation: number; readonly goodUntil: string }[];
  readonly isRevoked: boolean;
  readonly until: string;
}
/** `refresh-token-reused` (fact: family). */
export type FamilyFailure = 'refresh-token-invalid' | 'refresh-token-revoked' | 'refresh-token-reused';

export const familyCollection: Collection<Family> = {
  name: 'token-families',
  key: ({ id }) => [id],
  together: 1,
  until: ({ until }) => until,
  sealed: ['secret'],
};

/** A client that renews more often within its grace period gets no answer to a retry of the oldest. */
const MOST_GRACED = 50;
const TOKEN = /^([0-9a-f-]{36})\.([1-9]\d{0,8})\.([\w-]{43})$/;

/** A token that was shown, and is good. */
interface KnownToken {
  readonly refreshToken: string;
  readonly family: Family;
  /** Its number. */
  readonly generation: number;
  /** Of the family's record. */
  readonly version: number;
}
interface NewFamily {
  /** Chosen before, where something must be able to end the family: an authorization code. */
  readonly id?: string;
  readonly poolId: string;
  readonly clientId: string;
  readonly sub: string;
  readonly scopes: readonly string[];
  readonly authTime: Date;
  readonly door: 'api' | 'oauth';
  readonly deviceKey?: string;
  readonly by?: string;
  /** How long refresh tokens are good. */
  readonly seconds: number;
}

export function createFamilies({ records, clock }: { records: Records; clock: Clock }) {
  const invalid = () => new Failure<FamilyFailure>('refresh-token-invalid');

  /** The family of a token that was truly given, be it over or not. @throws Failure `refresh-token-invalid` */
  async function given(refreshToken: string): Promise<{ kept: Kept<Family>; generation: number }> {
    const [, id, number] = TOKEN.exec(refreshToken) ?? [];
    if (id === undefined) throw invalid();
    const kept = await records.get(familyCollection, [id]);
    const generation = Number(number);
    if (!kept || !equal(refreshToken, tokenOf(kept.record, generation))) throw invalid();
    return { kept, generation };
  }

  /** The same of a family that goes on. @throws Failure `refresh-token-invalid`, `refresh-token-revoked` */
  async function read(refreshToken: string): Promise<{ kept: Kept<Family>; generation: number }> {
    const found = await given(refreshToken);
    if (found.kept.record.isRevoked) throw new Failure<FamilyFailure>('refresh-token-revoked');
    return found;
  }

  /** @returns the family; undefined when it is gone already, which is as good as revoked */
  async function revoke(id: string): Promise<Family | undefined> {
    try {
      return await update(records, familyCollection, [id], (family) =>
        family.isRevoked ? family : { ...family, isRevoked: true },
      );
    } catch (error) {
      if (isFailure(error, 'not-kept')) return undefined;
      throw error;
    }
  }

  /** The token after the newest. @throws Failure `changed-meanwhile` */
  async function rotate({ record, version }: Kept<Family>, graceSeconds: number): Promise<string> {
    const { generation } = record;
    const now = clock.now();
    const good = record.graced.filter(({ goodUntil }) => now.getTime() < Date.parse(goodUntil));
    const graced = [...good, { generation, goodUntil: plusSeconds(now, graceSeconds).toISOString() }];
    const next = { ...record, generation: generation + 1, graced: graced.slice(-MOST_GRACED) };
    await records.commit(replace(familyCollection, next, version));
    return tokenOf(next, next.generation);
  }

  const isGraced = ({ graced }: Family, generation: number): boolean => {
    const grace = graced.find((each) => each.generation === generation);
    return grace !== undefined && clock.now().getTime() < Date.parse(grace.goodUntil);
  };

  /**
   * A token that is good for this client; nothing is spent.
   * @throws Failure of FamilyFailure; the family of a token that was shown too late has ended then
   */
  async function known(refreshToken: string, clientId: string): Promise<KnownToken> {
    const { kept, generation } = await read(refreshToken);
    const { record: family } = kept;
    if (family.clientId !== clientId) throw invalid();
    if (generation === family.generation || isGraced(family, generation))
      return { refreshToken, family, generation, version: kept.version };
    await revoke(family.id);
    throw new Failure<FamilyFailure>('refresh-token-reused', { family: family.id });
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
      const now = clock.now();
      const family: Family = {
        ...rest,
        id: id ?? newUuidV7(now),
        authTime: authTime.toISOString(),
        secret: newBearer(),
        generation: 1,
        graced: [],
        isRevoked: false,
        until: plusSeconds(now, seconds).toISOString(),
      };
      await records.commit(insert(familyCollection, family));
      return { family, refreshToken: tokenOf(family, 1) };
    },

    known,

    /**
     * The token that follows a known one, where the client rotates: the newest, for all who show one within its grace period.
     * @throws Failure of FamilyFailure, `changed-meanwhile`
     */
    async next(shown: KnownToken, rotation: { readonly graceSeconds: number }): Promise<string> {
      const advance = ({ family, generation, version }: KnownToken): Promise<string> | string =>
        generation === family.generation
          ? rotate({ record: family, version }, rotation.graceSeconds)
          : tokenOf(family, family.generation);
      let isFirst = true;
      return retrying(async () => {
        const present = isFirst ? shown : await known(shown.refreshToken, shown.family.clientId);
        isFirst = false;
        return advance(present);
      });
    },

    /**
     * The family that a token belongs to, whatever its generation, over or not: whoever ended it may not have come to an end.
     * @returns undefined for what is no token of ours
     */
    async ofToken(refreshToken: string): Promise<Family | undefined> {
      try {
        return (await given(refreshToken)).kept.record;
      } catch (error) {
        if (isFailure(error, 'refresh-token-invalid')) return undefined;
        throw error;
      }
    },

    /** Whose the token's family is; undefined for what is no token of ours. */
    async subjectOf(refreshToken: string): Promise<string | undefined> {
      const [id = ''] = refreshToken.split('.');
      const kept = id === '' ? undefined : await records.get(familyCollection, [id]);
      return kept?.record.sub;
    },
  };
}
export type Families = ReturnType<typeof createFamilies>;

function tokenOf({ id, secret }: Family, generation: number): string {
  const claim = `${id}.${generation}`;
  return `${claim}.${hmacSha256(secret, claim).toString('base64url')}`;
}
