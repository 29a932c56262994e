/**
 * Passkeys: the credentials by which people sign in without a password.
 *
 * A passkey is of one pool, one person and one relying party, which is the domain that the browser made it for; no two have one id. A challenge is good for one registration, for the person and the client that asked for it, and only
 * on a page of the relying party. What an authenticator says is verified behind a port; what it must be about is decided here.
 * Source: Cognito developer guide, "Passkey sign-in"; API reference, StartWebAuthnRegistration, CompleteWebAuthnRegistration; W3C Web Authentication.
 */
import type { Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import { newBearer } from '../../base/ids.ts';
import { sha256Hex } from '../../base/secret.ts';
import type { Expiring } from '../ports/expiring.ts';
import type { ClaimedPasskey, Expected, NewPasskeyKey, PasskeyVerifier } from '../ports/passkey-verifier.ts';
import {
  insert,
  remove,
  renaming,
  replace,
  retrying,
  update,
  type Change,
  type Collection,
  type Page,
  type Records,
} from '../ports/records.ts';
import { authenticatorName } from './authenticator-names.ts';
import { isDecoy, type Account } from './decoys.ts';
import type { PoolDomains } from '../pools/pool-domains.ts';
import type { Pool } from '../pools/pools.ts';
import { userCollection, type User, type UserFailure } from './users.ts';

export interface Passkey extends NewPasskeyKey {
  readonly poolId: string;
  readonly sub: string;
  readonly name: string;
  readonly relyingPartyId: string;
  /** `platform` or `cross-platform`. */
  readonly attachment?: string;
  readonly createdAt: string;
}
/** `too-many-passkeys` (fact: most). `passkey-challenge-not-found`: none, spent, too old, or another's. */
export type PasskeyFailure =
  | 'passkeys-not-enabled'
  | 'passkey-of-external-user'
  | 'relying-party-missing'
  | 'too-many-passkeys'
  | 'passkey-challenge-not-found'
  | 'passkey-of-other-client'
  | 'passkey-origin-not-allowed'
  | 'relying-party-mismatch'
  | 'passkey-not-supported'
  | 'passkey-exists'
  | 'passkey-not-found';

export const passkeyCollection: Collection<Passkey> = {
  name: 'passkeys',
  key: ({ poolId, sub, credentialId }) => [poolId, sub, credentialId],
  unique: { byCredential: ({ poolId, credentialId }) => [poolId, credentialId] },
};

/** Cognito's quota of passkeys a user. */
const MOST_OF_PERSON = 20;
const REGISTRATION_SECONDS = 300;
const REGISTRATION = 'passkey-registration';

/** What a browser is told, so that it asks an authenticator for a new passkey. */
export interface Invitation {
  readonly challenge: string;
  readonly relyingParty: { readonly id: string; readonly name: string };
  readonly userHandle: string;
  readonly verification: 'required' | 'preferred';
  /** Those that the person has. */
  readonly present: readonly Passkey[];
  readonly seconds: number;
  /** Kinds of key by their COSE numbers, the preferred first. */
  readonly algorithms: readonly number[];
}
/** Who asked for a challenge. */
interface Registrant {
  readonly poolId: string;
  readonly sub: string;
  readonly clientId: string;
  readonly relyingPartyId: string;
  readonly needsVerification: boolean;
}
interface PasskeyParts {
  readonly records: Records;
  readonly expiring: Expiring;
  readonly poolDomains: PoolDomains;
  readonly passkeyVerifier: PasskeyVerifier;
  readonly clock: Clock;
  /** Where the hosted pages are. */
  readonly publicUrl: string;
}

export function createPasskeys(parts: PasskeyParts) {
  const { records, expiring, poolDomains, passkeyVerifier, clock } = parts;
  const publicUrl = new URL(parts.publicUrl);

  /** @throws Failure `relying-party-missing` */
  async function relyingPartyOf({ id, passkeys }: Pool): Promise<string> {
    if (passkeys?.relyingPartyId !== undefined) return passkeys.relyingPartyId;
    // An address of numbers is no domain, and no browser makes a passkey for one.
    const isNamed = /[a-z]$/i.test(publicUrl.hostname);
    if (isNamed && (await poolDomains.ofPool(id))) return publicUrl.hostname;
    throw new Failure<PasskeyFailure>('relying-party-missing');
  }

  const relyingPartyOrNone = (pool: Pool): Promise<string | undefined> =>
    relyingPartyOf(pool).catch((error: unknown) => {
      if (isFailure(error, 'relying-party-missing')) return undefined;
      throw error;
    });

  /** At most as many as a person may have. */
  async function listOf(poolId: string, sub: string): Promise<readonly Passkey[]> {
    const page = await records.page(passkeyCollection, { prefix: [poolId, sub], limit: MOST_OF_PERSON });
    return page.records;
  }

  /** Those that were made for the pool's relying party, as it is now. */
  async function usableBy(
    pool: Pool,
    { sub, status }: Pick<User, 'sub' | 'status'>,
  ): Promise<readonly Passkey[]> {
    // Who comes from a provider proves himself there, as long as the provider lets him.
    const present = status === 'EXTERNAL_PROVIDER' ? [] : await listOf(pool.id, sub);
    if (present.length === 0) return [];
    const relyingPartyId = await relyingPartyOrNone(pool);
    return present.filter((each) => each.relyingPartyId === relyingPartyId);
  }

  /** @throws Failure `too-many-passkeys` */
  async function assertRoom(poolId: string, sub: string): Promise<readonly Passkey[]> {
    const present = await listOf(poolId, sub);
    if (present.length >= MOST_OF_PERSON)
      throw new Failure<PasskeyFailure>('too-many-passkeys', { most: MOST_OF_PERSON });
    return present;
  }

  /** The user is written anew with the passkey, so that it cannot outlive a user who is removed at the same time, and two at once are counted. */
  async function tryAdd(nameKey: string, passkey: Passkey): Promise<void> {
    const user = await records.get(userCollection, [passkey.poolId, nameKey]);
    if (user?.record.sub !== passkey.sub) throw new Failure<UserFailure>('user-not-found');
    await assertRoom(passkey.poolId, passkey.sub);
    await renaming(
      records.commit(replace(userCollection, user.record, user.version), insert(passkeyCollection, passkey)),
      'already-kept',
      () => new Failure<PasskeyFailure>('passkey-exists'),
    );
  }

  /** @throws Failure `passkey-origin-not-allowed`, `relying-party-mismatch` */
  function assertPlace(claimed: ClaimedPasskey, relyingPartyId: string): void {
    if (claimed.isCrossOrigin || !isPageOf(relyingPartyId, claimed.origin, publicUrl))
      throw new Failure<PasskeyFailure>('passkey-origin-not-allowed');
    if (claimed.relyingPartyHash !== sha256Hex(relyingPartyId))
      throw new Failure<PasskeyFailure>('relying-party-mismatch');
  }

  return {
    relyingPartyOf,
    listOf,
    assertPlace,

    usableBy,

    /** True when the account has a passkey that can be used; of a decoy, when it seems to and anybody could. */
    async hasPasskey(pool: Pool, account: Account): Promise<boolean> {
      const usable = await usableBy(pool, account);
      if (!isDecoy(account)) return usable.length > 0;
      return account.hasPasskey && (await relyingPartyOrNone(pool)) !== undefined;
    },

    /**
     * A challenge for a new passkey of this person.
     * @throws Failure `passkeys-not-enabled`, `passkey-of-external-user`, `relying-party-missing`, `too-many-passkeys`
     */
    async invite(pool: Pool, user: User, clientId: string): Promise<Invitation> {
      assertEnabled(pool, user);
      const relyingPartyId = await relyingPartyOf(pool);
      const present = await assertRoom(pool.id, user.sub);
      const verification = pool.passkeys?.userVerification ?? 'preferred';
      const challenge = newBearer();
      const registrant: Registrant = {
        poolId: pool.id,
        sub: user.sub,
        clientId,
        relyingPartyId,
        needsVerification: verification === 'required',
      };
      await expiring.put(REGISTRATION, challenge, registrant, REGISTRATION_SECONDS);
      return {
        challenge,
        relyingParty: { id: relyingPartyId, name: relyingPartyId },
        userHandle: userHandleOf(user),
        verification,
        present: present.filter((each) => each.relyingPartyId === relyingPartyId),
        seconds: REGISTRATION_SECONDS,
        algorithms: passkeyVerifier.algorithms,
      };
    },

    /**
     * Keeps the passkey that an authenticator made. Its challenge is spent by whom it was given to, whatever comes of it.
     * @throws Failure of PasskeyFailure, `user-not-found`
     */
    async register(pool: Pool, user: User, clientId: string, response: unknown): Promise<Passkey> {
      assertEnabled(pool, user);
      const claimed = passkeyVerifier.read('registration', response);
      if (!claimed) throw new Failure<PasskeyFailure>('passkey-not-supported');
      const registrant = await expiring.get<Registrant>(REGISTRATION, claimed.challenge);
      // Looked at first: else anybody who learns a challenge could use up another's.
      if (registrant?.poolId !== pool.id || registrant.sub !== user.sub)
        throw new Failure<PasskeyFailure>('passkey-challenge-not-found');
      if (registrant.clientId !== clientId) throw new Failure<PasskeyFailure>('passkey-of-other-client');
      if (!(await expiring.spend(REGISTRATION, claimed.challenge)))
        throw new Failure<PasskeyFailure>('passkey-challenge-not-found');
      const { relyingPartyId, needsVerification } = registrant;
      assertPlace(claimed, relyingPartyId);
      const { challenge, origin } = claimed;
      const expected: Expected = { challenge, origin, relyingPartyId, needsVerification };
      const key = await passkeyVerifier.registered(response, expected).catch((error: unknown) => {
        throw isFailure(error, 'passkey-refused')
          ? new Failure<PasskeyFailure>('passkey-not-supported', {}, { cause: error })
          : error;
      });
      const passkey: Passkey = {
        ...key,
        poolId: pool.id,
        sub: user.sub,
        name: authenticatorName(key.authenticatorKind),
        relyingPartyId,
        attachment: claimed.attachment,
        createdAt: clock.now().toISOString(),
      };
      await retrying(() => tryAdd(user.nameKey, passkey), ['changed-meanwhile', 'not-kept']);
      return passkey;
    },

    /**
     * Counts a use. Of two assertions with one counter, one counts.
     * @throws Failure `passkey-not-found` when it was removed meanwhile, or its counter went on
     */
    async used({ poolId, sub, credentialId }: Passkey, counter: number): Promise<void> {
      const gone = new Failure<PasskeyFailure>('passkey-not-found');
      await update(records, passkeyCollection, [poolId, sub, credentialId], (kept) => {
        if (counter === 0 && kept.counter === 0) return kept;
        if (counter <= kept.counter) throw gone;
        return { ...kept, counter };
      }).catch((error: unknown) => {
        throw isFailure(error, 'not-kept') ? gone : error;
      });
    },

    /** A page of a person's passkeys, by id. */
    page(
      poolId: string,
      sub: string,
      { limit, after }: { limit: number; after?: string },
    ): Promise<Page<Passkey>> {
      return records.page(passkeyCollection, { prefix: [poolId, sub], limit, after });
    },

    /** @throws Failure `passkey-not-found` */
    async remove(poolId: string, sub: string, credentialId: string): Promise<void> {
      await renaming(
        records.commit(remove(passkeyCollection, [poolId, sub, credentialId])),
        'not-kept',
        () => new Failure<PasskeyFailure>('passkey-not-found'),
      );
    },

    /** What removes all passkeys of a person, together with him. */
    async endingOf(poolId: string, sub: string): Promise<readonly Change[]> {
      const present = await listOf(poolId, sub);
      return present.map(({ credentialId }) => remove(passkeyCollection, [poolId, sub, credentialId]));
    },
  };
}
export type Passkeys = ReturnType<typeof createPasskeys>;

/** By what an authenticator knows whose a passkey is: the subject, which says nothing of the person. */
export const userHandleOf = ({ sub }: Pick<User, 'sub'>): string => Buffer.from(sub).toString('base64url');

/** @throws Failure `passkeys-not-enabled`, `passkey-of-external-user` */
function assertEnabled({ firstFactors = [] }: Pool, { status }: User): void {
  if (!firstFactors.includes('passkey')) throw new Failure<PasskeyFailure>('passkeys-not-enabled');
  // He would go on signing in here after his provider has shut him out.
  if (status === 'EXTERNAL_PROVIDER') throw new Failure<PasskeyFailure>('passkey-of-external-user');
}

/**
 * True for an origin at which passkeys of the relying party are made: its own, and those of its subdomains, over TLS; the hosted pages', with their port; and any port of `localhost`, where that is the relying party.
 */
function isPageOf(relyingPartyId: string, origin: string, publicUrl: URL): boolean {
  if (!URL.canParse(origin)) return false;
  const { hostname, protocol, port, origin: written } = new URL(origin);
  if (written !== origin) return false;
  if (hostname !== relyingPartyId && !hostname.endsWith(`.${relyingPartyId}`)) return false;
  if (protocol === 'https:')
    return port === '' || (hostname === publicUrl.hostname && port === publicUrl.port);
  return protocol === 'http:' && hostname === 'localhost';
}
