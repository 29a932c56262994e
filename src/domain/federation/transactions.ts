/**
 * Journeys: a browser sent to an upstream provider, and what it brings back.
 *
 * The state is a bearer value, good once, bound to pool and provider by what is kept under it, and to the browser by a second value that only the browser's cookie holds: who is sent somebody else's way back gets nothing. The user is known by pool, provider and
 * subject, and by nothing else; an e-mail that another user has makes nobody that user.
 * Source: RFC 9700, 2.1, 4.4, 4.7; "pre-hijacked accounts" (USENIX Security 2022).
 */
import { Failure, isFailure, isUnavailable } from '../../base/failure.ts';
import { newBearer } from '../../base/ids.ts';
import { equal, sha256Hex } from '../../base/secret.ts';
import type { WelcomesUsers } from '../users/federated-arrival.ts';
import type { PoolTriggers } from '../triggers/pool-triggers.ts';
import type { Pools } from '../pools/pools.ts';
import type { Provider, Providers, ProviderType } from '../pools/providers.ts';
import type { User } from '../users/users.ts';
import type { Expiring } from '../ports/expiring.ts';
import type {
  Departure,
  FormMembers,
  IdentityProvider,
  IdentityProviderFailure,
  IdentityProviders,
  ProvenSubject,
  RequestHints,
  Returned,
} from '../ports/identity-provider.ts';
import { inboundClaims } from './inbound-trigger.ts';
import { mapClaims } from './mapping.ts';
import type { ClaimOnce } from '../ports/replay-cache.ts';

/** `journey-unknown`: no such state, or not this browser's. */
export type FederationFailure = 'journey-unknown';

interface Journey {
  readonly poolId: string;
  readonly providerName: string;
  /** By what the browser comes back; a state serves no other way, and one that says none serves none. */
  readonly comesBackBy?: WayBack;
  /** Since when the provider was spoken to as it was at the departure. */
  readonly settledAt?: string;
  /** The client that the person signs in for. */
  readonly clientId?: string;
  /** SHA-256 of what the browser holds. */
  readonly binding: string;
  readonly departure: Departure;
  readonly resume: Readonly<Record<string, string>>;
}
/** Where SAML responses arrive, or where authorization codes do. */
type WayBack = 'saml' | 'oauth';
const KIND = 'federation-journey';
const SECONDS = 600;

/** Who is back, or why nobody is; what the caller gave along comes back with both. */
export type Arrival = Readonly<{ resume: Readonly<Record<string, string>> }> &
  (Readonly<{ user: User }> | Readonly<{ failure: Failure }>);

interface JourneyParts {
  readonly pools: Pools;
  readonly providers: Providers;
  readonly externalUsers: WelcomesUsers;
  readonly poolTriggers: PoolTriggers;
  readonly identityProviders: IdentityProviders;
  readonly expiring: Expiring;
  readonly claimOnce: ClaimOnce;
  /** Where a pool's providers of a type send browsers back to. */
  readonly callbackOf: (poolId: string, type: ProviderType) => string;
  /** What a pool is called by providers that name their relying parties themselves. */
  readonly entityIdOf: (poolId: string) => string;
  /** Other addresses of the pool that a SAML response may have been sent to. */
  readonly recipientsOf: (poolId: string) => Promise<readonly string[]>;
}

export function createJourneys(parts: JourneyParts) {
  const { pools, providers, externalUsers, identityProviders, expiring, claimOnce, callbackOf, entityIdOf } =
    parts;
  const speakerFor = (
    { poolId, type, details, issuer }: Provider,
    recipients: readonly string[] = [],
  ): IdentityProvider =>
    identityProviders.of(type, { details, issuer, entityId: entityIdOf(poolId), recipients });

  async function assertFirst({ poolId, name }: Provider, { once }: ProvenSubject): Promise<void> {
    if (once && !(await claimOnce({ issuedBy: [poolId, name], ...once })))
      throw new Failure<IdentityProviderFailure>('provider-refused', { reason: 'it was used before' });
  }

  async function userBackFrom(journey: Journey, returned: Returned, state: string): Promise<User> {
    const { poolId, providerName, clientId, departure } = journey;
    const pool = await pools.get(poolId);
    const provider = await providers.get(poolId, providerName);
    // Another of the same name, or the same by other details, was not asked: what is brought back is not its word.
    if (journey.settledAt !== settledAtOf(provider))
      throw new Failure<IdentityProviderFailure>('provider-refused', {
        reason: 'it was changed since it was asked',
      });
    const recipients = provider.type === 'SAML' ? await parts.recipientsOf(poolId) : [];
    const proven = await speakerFor(provider, recipients).finish(returned, state, departure);
    await assertFirst(provider, proven);
    const { subject, issuer } = proven;
    const claims = await inboundClaims(parts.poolTriggers, { pool, provider, proven, clientId });
    const attributes = mapClaims(provider, claims);
    return externalUsers.welcome(pool, { provider, subject, issuer, clientId, attributes });
  }

  return {
    /**
     * Where to send the browser, and what it must bring back in a cookie that goes by the state: several journeys may be under way at once.
     *
     * @param resume what the caller needs when the browser is back
     * @param hints what the application asked for
     * @returns form, where the browser must post these members to the address; callback, the only address that the cookie is for
     * @throws Failure `pool-not-found`, `provider-not-found`, `provider-unreachable`, `provider-refused`
     */
    async depart({
      poolId,
      providerName,
      clientId,
      resume,
      hints = {},
    }: {
      poolId: string;
      providerName: string;
      clientId?: string;
      resume: Readonly<Record<string, string>>;
      hints?: RequestHints;
    }): Promise<{ url: string; form?: FormMembers; state: string; binding: string; callback: string }> {
      const provider = await providers.get(poolId, providerName);
      const [state, binding] = [newBearer(), newBearer()];
      const callback = callbackOf(poolId, provider.type);
      const { url, form, departure } = await speakerFor(provider).begin(callback, state, hints);
      const journey: Journey = {
        poolId,
        providerName,
        comesBackBy: provider.type === 'SAML' ? 'saml' : 'oauth',
        settledAt: settledAtOf(provider),
        clientId,
        binding: sha256Hex(binding),
        departure,
        resume,
      };
      await expiring.put(KIND, state, journey, SECONDS);
      return { url, form, state, binding, callback };
    },

    /** Whether a browser of that pool may still come back with the state, by a SAML response. */
    async awaits(poolId: string, state: string): Promise<boolean> {
      const journey = await expiring.get<Journey>(KIND, state);
      return journey?.poolId === poolId && journey.comesBackBy === 'saml';
    },

    /**
     * Who is back, or why not: `provider-refused`, `provider-unreachable`, `provider-not-found`,
     * `attribute-refused`, or a failure of TriggerFailure.
     *
     * @param bindingOf the value of the cookie that goes by a state
     * @throws Failure `journey-unknown` when it is not known whose way back this is; `store-unavailable`
     */
    async arrive({
      poolId,
      returned,
      bindingOf,
    }: {
      poolId: string;
      returned: Returned;
      bindingOf: (state: string) => string | undefined;
    }): Promise<Arrival> {
      const unknown = () => new Failure<FederationFailure>('journey-unknown');
      const state = stateIn(returned);
      if (!state) throw unknown();
      const binding = bindingOf(state);
      if (binding === undefined) throw unknown();
      const journey = await expiring.get<Journey>(KIND, state);
      if (!journey || journey.poolId !== poolId || !equal(journey.binding, sha256Hex(binding)))
        throw unknown();
      if (journey.comesBackBy !== wayOf(returned)) throw unknown();
      // Only who may use it spends it, and of many at once the first.
      if (!(await expiring.spend(KIND, state))) throw unknown();
      const { resume } = journey;
      try {
        return { resume, user: await userBackFrom(journey, returned, state) };
      } catch (error) {
        if (!isFailure(error) || isUnavailable(error)) throw error;
        return { resume, failure: error };
      }
    },
  };
}
const settledAtOf = ({ settledAt, createdAt }: Provider): string => settledAt ?? createdAt;

const wayOf = (returned: Returned): WayBack => (returned instanceof URL ? 'oauth' : 'saml');

/** Under the name that OAuth and SAML have for it; two of them are none. */
function stateIn(returned: Returned): string | undefined {
  if (!(returned instanceof URL)) return returned['RelayState'];
  const [state, ...others] = returned.searchParams.getAll('state');
  return others.length === 0 ? state : undefined;
}

export type Journeys = ReturnType<typeof createJourneys>;
