/**
 * Inbound federation: what a pool's function makes of a provider's claims before they become a user's attributes (InboundFederation).
 *
 * Its answer stands in place of all claims, and is mapped as they would be; an empty one leaves them as they are. Who the person is stays the provider's to say. The provider's own tokens are not
 * handed over: they would open the person's account there.
 * Source: Cognito developer guide, "Inbound federation Lambda trigger".
 */
import type { PoolTriggers } from '../triggers/pool-triggers.ts';
import type { Pool } from '../pools/pools.ts';
import type { Provider } from '../pools/providers.ts';
import { readerOf, refuseAnswer } from '../triggers/trigger-responses.ts';
import type { ProvenSubject } from '../ports/identity-provider.ts';
import { textOf } from './mapping.ts';

const TRIGGER = 'InboundFederation';
type Claims = ProvenSubject['claims'];

interface Inbound {
  readonly pool: Pool;
  readonly provider: Provider;
  readonly proven: ProvenSubject;
  /** The client that the person signs in for. */
  readonly clientId: string | undefined;
}

/** The claims that count. @throws Failure of TriggerFailure */
export async function inboundClaims(
  poolTriggers: PoolTriggers,
  { pool, provider, proven, clientId }: Inbound,
): Promise<Claims> {
  const answer = await poolTriggers.ask(pool, TRIGGER, {
    occasion: 'ExternalProvider',
    username: `${provider.name}_${proven.subject}`,
    clientId,
    request: {
      providerName: provider.name,
      providerType: provider.type,
      attributes: sourcesOf(provider, proven),
    },
    response: { userAttributesToMap: {} },
  });
  if (!answer) return proven.claims;
  const mapped = readerOf(TRIGGER, answer).texts('userAttributesToMap') ?? refuseAnswer(TRIGGER);
  return Object.keys(mapped).length > 0 ? mapped : proven.claims;
}

/** The claims by where they were said, as texts. */
function sourcesOf({ type }: Provider, { claims, idToken = claims, userInfo }: ProvenSubject): object {
  if (type === 'SAML') return { samlResponse: asTexts(claims) };
  // Of Facebook and Amazon there is no ID token.
  if (type === 'Facebook' || type === 'LoginWithAmazon') return { userInfo: asTexts(claims) };
  return { idToken: asTexts(idToken), userInfo: userInfo && asTexts(userInfo) };
}

const asTexts = (claims: Claims): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(claims).flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [[name, textOf(value)]],
    ),
  );
