/**
 * The adapter: oidc-provider's models on our stores.
 *
 * Sessions and interactions are notes of the Expiring port, which hashes ids and seals what it keeps. Clients are loaded from the directory.
 * Codes go to codes.ts. Grants, access and refresh tokens are never the library's: a grant is a token family, and those belong to domain/tokens;
 * whatever model the library may one day want to keep besides these is refused loudly rather than kept in silence.
 */
import { errors, type Adapter, type AdapterFactory, type AdapterPayload } from 'oidc-provider';
import { isFailure } from '../base/failure.ts';
import type { Clients } from '../domain/pools/clients.ts';
import type { Expiring } from '../domain/ports/expiring.ts';
import type { SigningAlgorithm } from '../domain/ports/signer.ts';
import type { Browser } from '../domain/tokens/sessions.ts';
import { metadataOf } from './clients.ts';
import type { Codes } from './codes.ts';
import { providerIn, signedInAt } from './signed-in.ts';

interface AdapterParts {
  readonly poolId: string;
  readonly expiring: Expiring;
  readonly clients: Pick<Clients, 'get'>;
  readonly codes: Codes;
  /** Kills the family of tokens that is this grant. */
  readonly revokeFamily: (familyId: string) => Promise<void>;
  /** A browser is given a code. False when its session is over. */
  readonly browserUsed: (browser: Omit<Browser, 'seconds'>) => Promise<boolean>;
  /** What the pool's ID tokens are signed with. */
  readonly algorithm: SigningAlgorithm;
}

export function createAdapter(parts: AdapterParts): AdapterFactory {
  return (model) => {
    if (model === 'Client') return clientAdapter(parts);
    if (model === 'Session') return sessionAdapter(parts);
    if (model === 'Interaction') return interactionAdapter(parts);
    if (model === 'AuthorizationCode') return codeAdapter(parts);
    return refusing(model);
  };
}

function clientAdapter({ poolId, clients, algorithm }: AdapterParts): Adapter {
  return {
    ...refusing('Client'),
    async find(id) {
      try {
        return metadataOf(await clients.get(poolId, id), algorithm);
      } catch (error) {
        if (isFailure(error, 'client-not-found')) return undefined;
        throw error;
      }
    },
  };
}

function sessionAdapter({ poolId, expiring }: AdapterParts): Adapter {
  const [kind, byUid] = ['oidc-session', 'oidc-session-uid'];
  const find = (id: string) => expiring.get<AdapterPayload>(kind, `${poolId}/${id}`);
  return {
    ...refusing('Session'),
    find,
    async findByUid(uid) {
      const id = await expiring.get<string>(byUid, `${poolId}/${uid}`);
      return id === undefined ? undefined : find(id);
    },
    async upsert(id, payload, seconds) {
      await expiring.put(kind, `${poolId}/${id}`, payload, atLeastOne(seconds));
      if (payload.uid) await expiring.put(byUid, `${poolId}/${payload.uid}`, id, atLeastOne(seconds));
    },
    destroy: (id) => expiring.forget(kind, `${poolId}/${id}`),
  };
}

function interactionAdapter({ poolId, expiring }: AdapterParts): Adapter {
  const kind = 'oidc-interaction';
  return {
    ...refusing('Interaction'),
    find: (id) => expiring.get<AdapterPayload>(kind, `${poolId}/${id}`),
    upsert: (id, payload, seconds) => expiring.put(kind, `${poolId}/${id}`, payload, atLeastOne(seconds)),
    /** An interaction is answered once: of two resumptions at the same moment the second is told that it is over. */
    async destroy(id) {
      if (await expiring.spend(kind, `${poolId}/${id}`)) return;
      throw new errors.SessionNotFound('interaction session not found');
    },
  };
}

function codeAdapter({ codes, revokeFamily, browserUsed }: AdapterParts): Adapter {
  return {
    ...refusing('AuthorizationCode'),
    async upsert(code, payload) {
      const { clientId, accountId, redirectUri, grantId, authTime } = payload;
      const { sessionUid } = payload;
      if (!clientId || !accountId || !redirectUri || !grantId || !sessionUid)
        throw new Error('an authorization code lacks what it is bound to');
      const at = signedInAt(payload.amr, Number(authTime));
      const browser = { sub: accountId, uid: sessionUid, clientId, signedInAt: at };
      if (!(await browserUsed(browser))) throw new errors.AccessDenied('the session is over');
      await codes.keep(code, {
        clientId,
        accountId,
        redirectUri,
        scope: payload.scope ?? '',
        by: providerIn(payload.amr),
        familyId: grantId,
        browser: { uid: sessionUid, signedInAt: at.toISOString() },
        authTime: Number(authTime),
        nonce: payload.nonce,
        challenge: payload.codeChallenge,
      });
    },
    async consume(code) {
      const note = await codes.find(code);
      if (note && (await codes.spend(code, note))) return;
      if (note) {
        await codes.rememberReplay(code);
        await revokeFamily(note.familyId);
      }
      throw new errors.InvalidGrant('authorization code already consumed');
    },
    revokeByGrantId: (grantId) => revokeFamily(grantId),
  };
}

/** An adapter that keeps nothing and says so. */
function refusing(model: string): Adapter {
  const refuse = async (): Promise<never> => {
    throw new Error(`oidc-provider's ${model} is not kept by the library`);
  };
  return {
    upsert: refuse,
    find: refuse,
    findByUserCode: refuse,
    findByUid: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };
}

/** The library rounds to whole seconds, and the port keeps nothing for less than one. */
const atLeastOne = (seconds: number | undefined): number => Math.max(1, Math.floor(seconds ?? 1));
