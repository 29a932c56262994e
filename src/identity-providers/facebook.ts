/**
 * Facebook Login: OAuth 2 with the Graph API.
 *
 * The proof of the app's secret goes with every question that is asked with a token of ours, so that a token which was stolen elsewhere opens nothing here. Facebook tells an e-mail, and not whether
 * it is verified.
 * Source: Meta for Developers, "Manually Build a Login Flow", "Secure Graph API Calls"; Cognito API reference, ProviderDetails of Facebook.
 */
import { hmacSha256 } from '../base/secret.ts';
import type { OutgoingFetch } from '../base/fetch.ts';
import type { IdentityProvider, ProviderSettings } from '../domain/ports/identity-provider.ts';
import { askAs, oauth2Provider, textIn } from './oauth2.ts';

/** Where its parts are; a test's stand-in has others. */
export interface FacebookAddresses {
  readonly www: string;
  readonly graph: string;
}
export const FACEBOOK: FacebookAddresses = {
  www: 'https://www.facebook.com',
  graph: 'https://graph.facebook.com',
};

const VERSION = 'v17.0';
const SCOPES = 'public_profile,email';
/** What public_profile opens. */
const FIELDS = ['id', 'name', 'first_name', 'last_name', 'middle_name', 'short_name', 'picture'];
/** What else a scope opens; a field whose scope was not asked for makes an error of the whole answer. */
const FIELDS_BY_SCOPE: Readonly<Record<string, string>> = {
  email: 'email',
  user_age_range: 'age_range',
  user_birthday: 'birthday',
  user_gender: 'gender',
  user_hometown: 'hometown',
  user_link: 'link',
  user_location: 'location',
};

export function facebookProvider(
  settings: ProviderSettings,
  {
    fetch,
    addresses: { www, graph } = FACEBOOK,
  }: { fetch: OutgoingFetch<'tenant'>; addresses?: FacebookAddresses },
): IdentityProvider {
  const {
    api_version: version = VERSION,
    authorize_scopes = SCOPES,
    client_secret: secret,
  } = settings.details;
  const scopes = authorize_scopes.split(/[\s,]+/).filter(Boolean);
  const fields = [...FIELDS, ...scopes.flatMap((each) => FIELDS_BY_SCOPE[each] ?? [])];

  function questionFor(path: string, asked: readonly string[], accessToken: string): URL {
    const url = new URL(`${graph}/${version}/${path}`);
    url.searchParams.set('fields', asked.join(','));
    // Whoever trusts an identity pool with an app's id does not give it the app's secret.
    if (secret !== undefined)
      url.searchParams.set('appsecret_proof', hmacSha256(secret, accessToken).toString('hex'));
    return url;
  }
  return oauth2Provider(
    settings,
    {
      authorizeUrl: `${www}/${version}/dialog/oauth`,
      tokenUrl: `${graph}/${version}/oauth/access_token`,
      scope: scopes.join(','),
      async profileOf(accessToken) {
        const claims = await askAs(fetch, questionFor('me', fields, accessToken), accessToken);
        return { subject: textIn(claims, 'id'), claims };
      },
      async applicationOf(accessToken) {
        return [textIn(await askAs(fetch, questionFor('app', ['id'], accessToken), accessToken), 'id')];
      },
    },
    fetch,
  );
}

/** The details as they are kept, completed as Cognito completes them. */
export function facebookDetails(details: ProviderSettings['details']): ProviderSettings['details'] {
  const version = details.api_version ?? VERSION;
  return {
    ...details,
    api_version: version,
    attributes_url: `${FACEBOOK.graph}/${version}/me?fields=`,
    attributes_url_add_attributes: 'true',
    authorize_url: `${FACEBOOK.www}/${version}/dialog/oauth`,
    token_request_method: 'GET',
    token_url: `${FACEBOOK.graph}/${version}/oauth/access_token`,
  };
}
