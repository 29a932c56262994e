/**
 * Any OpenID Provider, by openid-client, with every check that it has switched on.
 *
 * The ID token's signature is verified although it comes from the token endpoint: whoever stands between must not be able to write one. State, nonce and PKCE on every journey; the provider's `iss` where it announces one. What a provider publishes is fetched once for
 * all who wait, and kept for ten minutes.
 * Source: OpenID Connect Core 1.0; RFC 7636; RFC 9207; RFC 9700.
 */
import { createRemoteJWKSet, customFetch as joseFetch, errors as joseErrors, jwtVerify } from 'jose';
import * as client from 'openid-client';
import type { Clock } from '../base/clock.ts';
import { Failure, isFailure } from '../base/failure.ts';
import type { OutgoingFetch } from '../base/fetch.ts';
import type {
  IdentityProvider,
  IdentityProviderFailure,
  ProvenSubject,
  ProviderSettings,
} from '../domain/ports/identity-provider.ts';

export interface OidcParts {
  readonly fetch: OutgoingFetch;
  readonly clock: Clock;
}
/** What differs from one provider to the next. */
export interface OidcTraits {
  readonly issuer: string;
  readonly scopes: string;
}

const KEPT_MS = 600_000;
const KEPT_FAILURE_MS = 10_000;
const MOST_KEPT = 500;
const SKEW_SECONDS = 300;
const TIMEOUT_SECONDS = 5;
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

const refused = (reason: string, cause?: unknown) =>
  new Failure<IdentityProviderFailure>('provider-refused', { reason }, { cause });
const unreachable = (cause: unknown) =>
  new Failure<IdentityProviderFailure>('provider-unreachable', {}, { cause });

/** A maker of providers that share what was discovered. */
export function createOidcProviders({ fetch, clock }: OidcParts) {
  const kept = new Map<
    string,
    { readonly until: number; readonly configuration: Promise<client.Configuration> }
  >();

  /** The provider as openid-client knows it; one fetch for all who ask at once, a failure kept for a moment. */
  function configurationOf(settings: ProviderSettings, traits: OidcTraits): Promise<client.Configuration> {
    const place = JSON.stringify([traits.issuer, settings.details]);
    const known = kept.get(place);
    if (known && known.until > clock.now().getTime()) return known.configuration;
    const configuration = configure(settings, traits, fetch);
    const keep = (ms: number) => {
      kept.delete(place);
      if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value ?? '');
      kept.set(place, { until: clock.now().getTime() + ms, configuration });
    };
    keep(KEPT_MS);
    configuration.catch(() => keep(KEPT_FAILURE_MS));
    return configuration;
  }

  return (settings: ProviderSettings, traits: OidcTraits): IdentityProvider => ({
    async begin(callback, state) {
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
      });
      return { url: url.href, departure: { verifier, nonce } };
    },

    async finish(returned, state, { verifier = '', nonce = '' }) {
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
        if (!claims) throw refused('it gave no ID token');
        // The client lets a lone audience stand whatever the authorized party.
        if (claims.azp !== undefined && claims.azp !== settings.details.client_id)
          throw refused('the token is for another party');
        const more = await userInfo(configuration, settings, {
          accessToken: tokens.access_token,
          subject: claims.sub,
        });
        return provenFrom({ ...more, ...claims });
      } catch (error) {
        return asFailure(error);
      }
    },

    async prove(token, { audiences }) {
      const configuration = await configurationOf(settings, traits).catch(asFailure);
      const { jwks_uri: jwksUri, issuer } = configuration.serverMetadata();
      if (jwksUri === undefined) throw refused('it publishes no keys');
      // jose's fetch takes a request of the same form.
      const keys = createRemoteJWKSet(new URL(jwksUri), {
        [joseFetch]: (url: string, init: object) => fetch(url, init),
      });
      try {
        const { payload } = await jwtVerify(token, keys, {
          issuer,
          audience: [...audiences],
          algorithms: ALGORITHMS,
          clockTolerance: SKEW_SECONDS,
          currentDate: clock.now(),
          requiredClaims: ['sub', 'exp', 'iat'],
        });
        return provenFrom(payload);
      } catch (error) {
        throw error instanceof joseErrors.JOSEError
          ? refused('the token is not valid', error)
          : asFailure(error);
      }
    },
  });
}

async function configure(
  { details }: ProviderSettings,
  { issuer }: OidcTraits,
  fetch: OutgoingFetch,
): Promise<client.Configuration> {
  const { client_id: clientId = '', client_secret: secret } = details;
  const authentication = secret === undefined ? client.None() : client.ClientSecretPost(secret);
  const isPlain = new URL(issuer).protocol === 'http:';
  // Where plain http may go is decided by the outgoing fetch; here it is only not in the way.
  const execute = isPlain
    ? [client.allowInsecureRequests, client.enableNonRepudiationChecks]
    : [client.enableNonRepudiationChecks];
  const outgoing: client.CustomFetch = (url, options) =>
    fetch(url, { ...options, body: options.body as string | undefined });
  const endpoints = endpointsIn(details);
  if (endpoints) {
    const configuration = new client.Configuration(
      { issuer, ...endpoints },
      clientId,
      undefined,
      authentication,
    );
    configuration[client.customFetch] = outgoing;
    configuration.timeout = TIMEOUT_SECONDS;
    for (const each of execute) each(configuration);
    return configuration;
  }
  return client.discovery(new URL(issuer), clientId, undefined, authentication, {
    execute,
    timeout: TIMEOUT_SECONDS,
    [client.customFetch]: outgoing,
  });
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

/** An error of the client as the domain's. Its words are the provider's or the library's; only OAuth's own short word is told on. */
function asFailure(error: unknown): never {
  if (isFailure(error, 'provider-refused', 'provider-unreachable')) throw error;
  if (isFailure(error)) throw unreachable(error);
  if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError) {
    throw refused(/^[\w-]{1,64}$/.test(error.error) ? error.error : 'it refused', error);
  }
  const cause = error instanceof Error ? error.cause : undefined;
  if (isFailure(cause)) throw unreachable(error);
  throw refused('its answer does not hold', error);
}
