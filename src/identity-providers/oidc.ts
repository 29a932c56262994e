/**
 * Any OpenID Provider, by openid-client, with every check that it has switched on.
 *
 * A provider must call itself as it was named, and its at_hash must fit the access token.
 * The ID token's signature is verified although it comes from the token endpoint: whoever stands between must not be able to write one. State, nonce and PKCE on every journey; the provider's `iss` where it announces one. What a provider publishes is fetched once for
 * all who wait, and kept for ten minutes.
 * Source: OpenID Connect Core 1.0; RFC 7636; RFC 9207; RFC 9700.
 */
import { createRemoteJWKSet, customFetch as joseFetch, errors as joseErrors, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { createBoundedMap } from '../base/bounded-map.ts';
import type { Clock } from '../base/clock.ts';
import type { OutgoingFetch } from '../base/fetch.ts';
import type { IdentityProvider, ProvenSubject, ProviderSettings } from '../domain/ports/identity-provider.ts';
import { assertAuthentication, clientAuthentication } from './oidc-client-authentication.ts';
import { assertHashes } from './oidc-hashes.ts';
import { allowing, asFailure, hintParameters, refused, speaking, wrongIssuer } from './upstream.ts';

export interface OidcParts {
  readonly fetch: OutgoingFetch<'tenant'>;
  readonly clock: Clock;
  /** How far a provider's clock may be from ours, in seconds. */
  readonly skewSeconds: number;
}
/** What differs from one provider to the next. */
export interface OidcTraits {
  readonly issuer: string;
  readonly scopes: string;
  /** Another name by which its ID tokens may call their issuer. */
  readonly alsoCalled?: string;
}

const KEPT_MS = 600_000;
const KEPT_FAILURE_MS = 10_000;
const MOST_KEPT = 500;
const SKEW_SECONDS = 300;
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** A maker of providers that share what was discovered. */
export function createOidcProviders({ fetch, clock, skewSeconds }: OidcParts) {
  const keySets = createBoundedMap<string, ReturnType<typeof createRemoteJWKSet>>(MOST_KEPT);
  const kept = createBoundedMap<
    string,
    { readonly until: number; readonly configuration: Promise<client.Configuration> }
  >(MOST_KEPT);

  /** The provider as openid-client knows it; one fetch for all who ask at once, a failure kept for a moment. */
  function configurationOf(settings: ProviderSettings, traits: OidcTraits): Promise<client.Configuration> {
    const place = JSON.stringify([traits.issuer, settings.details]);
    const known = kept.get(place);
    if (known && known.until > clock.now().getTime()) return known.configuration;
    const configuration = configure(settings, traits, { fetch, skewSeconds });
    const keep = (ms: number) => kept.set(place, { until: clock.now().getTime() + ms, configuration });
    keep(KEPT_MS);
    configuration.catch(() => keep(KEPT_FAILURE_MS));
    return configuration;
  }

  /** The keys that a provider publishes, asked for again when one is missing, at most twice a minute. */
  const keysAt = (address: string): ReturnType<typeof createRemoteJWKSet> =>
    keySets.getOrMake(address, () =>
      // jose's fetch takes a request of the same form.
      createRemoteJWKSet(new URL(address), {
        [joseFetch]: (url: string, init: object) => fetch(url, init),
      }),
    );

  const of = (settings: ProviderSettings, traits: OidcTraits): IdentityProvider => ({
    async begin(callback, state, hints = {}) {
      const configuration = await configurationOf(settings, traits).catch(asFailure);
      const verifier = client.randomPKCECodeVerifier();
      const nonce = client.randomNonce();
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: callback,
        scope: settings.details.authorize_scopes ?? traits.scopes,
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...hintParameters(hints),
      });
      const { maxAge } = hints;
      return {
        url: url.href,
        departure: { verifier, nonce, ...(maxAge !== undefined && { maxAge: String(maxAge) }) },
      };
    },

    async finish(returned, state, { verifier = '', nonce = '', maxAge }) {
      if (!(returned instanceof URL)) throw refused('it answers by a form');
      const configuration = await configurationOf(settings, traits).catch(asFailure);
      try {
        const tokens = await client.authorizationCodeGrant(configuration, returned, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (!claims || tokens.id_token === undefined) throw refused('it gave no ID token');
        assertHashes(tokens.id_token, claims, {
          at_hash: tokens.access_token,
          c_hash: returned.searchParams.get('code') ?? '',
        });
        assertAge(claims.auth_time, maxAge, { now: clock.now(), skewSeconds });
        // The client lets a lone audience stand whatever the authorized party.
        if (claims.azp !== undefined && claims.azp !== settings.details.client_id)
          throw refused('the token is for another party');
        const more = await userInfo(configuration, settings, {
          accessToken: tokens.access_token,
          subject: claims.sub,
        });
        return { ...provenFrom({ ...more, ...claims }), idToken: claims, userInfo: more };
      } catch (error) {
        return asFailure(error);
      }
    },

    async prove(token, { audiences }) {
      const configuration = await configurationOf(settings, traits).catch(asFailure);
      const { jwks_uri: jwksUri, issuer } = configuration.serverMetadata();
      if (jwksUri === undefined) throw refused('it publishes no keys');
      try {
        const { payload } = await jwtVerify(token, keysAt(jwksUri), {
          issuer: traits.alsoCalled === undefined ? issuer : [issuer, traits.alsoCalled],
          ...(audiences !== 'any' && { audience: [...audiences] }),
          algorithms: ALGORITHMS,
          clockTolerance: SKEW_SECONDS,
          currentDate: clock.now(),
          requiredClaims: ['sub', 'exp', 'iat'],
        });
        return { ...provenFrom(payload), audiences: [payload.aud ?? []].flat() };
      } catch (error) {
        throw error instanceof joseErrors.JOSEError
          ? refused('the token is not valid', error)
          : asFailure(error);
      }
    },
  });

  return {
    of,

    /**
     * Asks a provider for what it says of itself, before it is first used.
     * @throws Failure `provider-refused`, `provider-unreachable`
     */
    async check(settings: ProviderSettings, traits: OidcTraits): Promise<void> {
      const configuration = await configurationOf(settings, traits).catch(asFailure);
      const {
        authorization_endpoint: authorize,
        token_endpoint: token,
        jwks_uri: keys,
      } = configuration.serverMetadata();
      const missing = Object.entries({ authorize, token, keys }).filter(([, each]) => each === undefined);
      if (missing.length > 0)
        throw refused(`its discovery names no address for: ${missing.map(([name]) => name).join(', ')}`);
    },
  };
}

async function configure(
  { details }: ProviderSettings,
  { issuer }: OidcTraits,
  { fetch, skewSeconds }: Pick<OidcParts, 'fetch' | 'skewSeconds'>,
): Promise<client.Configuration> {
  // The library wants one also where nothing is asked as a client.
  const { client_id: clientId = 'none', client_secret: secret } = details;
  const authentication = clientAuthentication(secret);
  const metadata = { [client.clockTolerance]: skewSeconds };
  const execute = [...allowing(issuer), client.enableNonRepudiationChecks];
  const endpoints = endpointsIn(details);
  if (endpoints) {
    const configuration = new client.Configuration(
      { issuer, ...endpoints },
      clientId,
      metadata,
      authentication,
    );
    Object.assign(configuration, speaking(fetch));
    for (const each of execute) each(configuration);
    return configuration;
  }
  const discovered = await client.discovery(new URL(issuer), clientId, metadata, authentication, {
    execute,
    ...speaking(fetch),
  });
  const published = discovered.serverMetadata();
  assertIssuer(published.issuer, issuer);
  assertAuthentication(published, secret);
  return discovered;
}

/** Some providers publish a template, or another name than they were asked by; the library lets a few of them pass. */
function assertIssuer(published: string, expected: string): void {
  if (URL.parse(published)?.href !== URL.parse(expected)?.href)
    throw refused(wrongIssuer(published, expected));
}

/** Endpoints given by hand; they count when they are all there, else the provider is asked. */
function endpointsIn(details: ProviderSettings['details']): Partial<client.ServerMetadata> | undefined {
  const { authorize_url: authorize, token_url: token, attributes_url: userinfo, jwks_uri: jwks } = details;
  if (authorize === undefined || token === undefined || jwks === undefined) return undefined;
  return {
    authorization_endpoint: authorize,
    token_endpoint: token,
    userinfo_endpoint: userinfo,
    jwks_uri: jwks,
  };
}

/**
 * A provider that says when the user signed in must keep to what was asked; many do not say it, also
 * when they are asked, and are believed to have heeded the parameter.
 */
function assertAge(
  authTime: unknown,
  maxAge: string | undefined,
  { now, skewSeconds }: { readonly now: Date; readonly skewSeconds: number },
): void {
  if (maxAge === undefined || authTime === undefined) return;
  if (typeof authTime !== 'number' || authTime + Number(maxAge) + skewSeconds < now.getTime() / 1000)
    throw refused('the user signed in there longer ago than was asked for');
}

/** What the provider tells of the person besides the ID token; nothing where it has no such endpoint. */
async function userInfo(
  configuration: client.Configuration,
  { details }: ProviderSettings,
  { accessToken, subject }: { accessToken: string; subject: string },
): Promise<Readonly<Record<string, unknown>>> {
  const { userinfo_endpoint: endpoint } = configuration.serverMetadata();
  if (endpoint === undefined) return {};
  if (details.attributes_request_method !== 'POST')
    return client.fetchUserInfo(configuration, accessToken, subject);
  const response = await client.fetchProtectedResource(configuration, accessToken, new URL(endpoint), 'POST');
  const told: unknown = await response.json();
  const isSame = typeof told === 'object' && told !== null && 'sub' in told && told.sub === subject;
  if (!isSame) throw refused('its attributes are of another person');
  return { ...told };
}

function provenFrom(claims: Readonly<Record<string, unknown>>): ProvenSubject {
  const { sub, iss } = claims;
  if (typeof sub !== 'string' || sub === '') throw refused('it names no subject');
  return { subject: sub, claims, issuer: typeof iss === 'string' ? iss : undefined };
}
