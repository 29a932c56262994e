/**
 * Providers that speak OAuth 2 and no OpenID Connect: a code for an access token, and who it is of is asked with that token.
 *
 * State and PKCE on every journey. Such an access token says to nobody whom it is for, so that one which is shown directly counts only once the provider has named the
 * application that it was given to: else any other application could show its users' tokens here.
 * Source: RFC 6749, 7636; RFC 9700; "confused deputy", RFC 6749 section 10.16.
 */
import * as client from 'openid-client';
import type { OutgoingFetch } from '../base/fetch.ts';
import type { IdentityProvider, ProvenSubject, ProviderSettings } from '../domain/ports/identity-provider.ts';
import { allowing, asFailure, refused, speaking, unreachable } from './upstream.ts';

/** One such provider. */
interface OAuth2Traits {
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  /** As the provider wants them: most by spaces, some by commas. */
  readonly scope: string;
  /** Who bears an access token. */
  profileOf(accessToken: string): Promise<ProvenSubject>;
  /** The application that an access token was given to, by all names that it has there. */
  applicationOf(accessToken: string): Promise<readonly string[]>;
}

const TOKEN = /^[\x21-\x7e]{1,4096}$/;

export function oauth2Provider(
  { details: { client_id: id = '', client_secret: secret = '' } }: ProviderSettings,
  traits: OAuth2Traits,
  fetch: OutgoingFetch<'tenant'>,
): IdentityProvider {
  const { authorizeUrl, tokenUrl, scope } = traits;

  /** Us as a client; whoever only shows tokens has no secret, and none is needed for that. */
  function asClient(): client.Configuration {
    const metadata = {
      issuer: new URL(tokenUrl).origin,
      authorization_endpoint: authorizeUrl,
      token_endpoint: tokenUrl,
    };
    const configuration = new client.Configuration(metadata, id, undefined, client.ClientSecretPost(secret));
    Object.assign(configuration, speaking(fetch));
    for (const each of allowing(tokenUrl)) each(configuration);
    return configuration;
  }

  return {
    async begin(callback, state) {
      const verifier = client.randomPKCECodeVerifier();
      const url = client.buildAuthorizationUrl(asClient(), {
        redirect_uri: callback,
        scope,
        state,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, departure: { verifier } };
    },

    async finish(returned, state, { verifier = '' }) {
      if (!(returned instanceof URL)) throw refused('it answers by a form');
      try {
        const tokens = await client.authorizationCodeGrant(asClient(), returned, {
          expectedState: state,
          pkceCodeVerifier: verifier,
        });
        return await traits.profileOf(tokens.access_token);
      } catch (error) {
        return asFailure(error);
      }
    },

    async prove(token, { audiences }) {
      if (!TOKEN.test(token)) throw refused('it is no access token');
      try {
        const names = await traits.applicationOf(token);
        if (audiences !== 'any' && !names.some((name) => audiences.includes(name)))
          throw refused('the token is for another application');
        return { ...(await traits.profileOf(token)), audiences: names };
      } catch (error) {
        return asFailure(error);
      }
    },
  };
}

/** A JSON object that the bearer of `accessToken` is answered, whatever type the provider calls it. @throws Failure `provider-refused`, `provider-unreachable` */
export async function askAs(
  fetch: OutgoingFetch<'tenant'>,
  url: URL,
  accessToken?: string,
): Promise<Readonly<Record<string, unknown>>> {
  const headers: Record<string, string> = {
    accept: 'application/json',
    ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
  };
  const response = await fetch(url, { headers, redirect: 'error' });
  if (response.status >= 500) throw unreachable(undefined, `it answers with status ${response.status}`);
  if (response.status !== 200) throw refused('it does not know the token');
  let told: unknown;
  try {
    told = await response.json();
  } catch (error) {
    throw refused('its answer is no JSON', error);
  }
  if (typeof told !== 'object' || told === null || Array.isArray(told))
    throw refused('its answer is no object');
  return { ...told };
}

/** A member that must be a text, or a number that is as good as one. @throws Failure `provider-refused` */
export function textIn(told: Readonly<Record<string, unknown>>, name: string): string {
  const value = told[name];
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  throw refused(`it tells no ${name}`);
}
