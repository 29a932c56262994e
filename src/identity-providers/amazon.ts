/**
 * Login with Amazon: OAuth 2 with a profile call.
 *
 * A token that is shown directly is first asked about at `tokeninfo`, which tells the application that it was given to; it knows the application by two names, its own id and
 * that of the client. Amazon tells an e-mail, and not whether it is verified.
 * Source: Login with Amazon developer guide, "Authorization Code Grant", "Obtain Customer Profile", "Verify an access token".
 */
import type { OutgoingFetch } from '../base/fetch.ts';
import type { IdentityProvider, ProviderSettings } from '../domain/ports/identity-provider.ts';
import { askAs, oauth2Provider, textIn } from './oauth2.ts';
import { refused } from './upstream.ts';

/** Where its parts are; a test's stand-in has others. */
export interface AmazonAddresses {
  readonly www: string;
  readonly api: string;
}
export const AMAZON: AmazonAddresses = { www: 'https://www.amazon.com', api: 'https://api.amazon.com' };

const SCOPES = 'profile';

export function amazonProvider(
  settings: ProviderSettings,
  {
    fetch,
    addresses: { www, api } = AMAZON,
  }: { fetch: OutgoingFetch<'tenant'>; addresses?: AmazonAddresses },
): IdentityProvider {
  const { authorize_scopes = SCOPES } = settings.details;
  return oauth2Provider(
    settings,
    {
      authorizeUrl: `${www}/ap/oa`,
      tokenUrl: `${api}/auth/o2/token`,
      scope: authorize_scopes,
      async profileOf(accessToken) {
        const claims = await askAs(fetch, new URL(`${api}/user/profile`), accessToken);
        return { subject: textIn(claims, 'user_id'), claims };
      },
      async applicationOf(accessToken) {
        const url = new URL(`${api}/auth/o2/tokeninfo`);
        url.searchParams.set('access_token', accessToken);
        const told = await askAs(fetch, url);
        // Seconds that are left.
        if (!(Number(told['exp']) > 0)) throw refused('the token is over');
        return [textIn(told, 'aud'), ...(typeof told['app_id'] === 'string' ? [told['app_id']] : [])];
      },
    },
    fetch,
  );
}

/** The details as they are kept, completed as Cognito completes them. */
export const amazonDetails = (details: ProviderSettings['details']): ProviderSettings['details'] => ({
  ...details,
  attributes_url: `${AMAZON.api}/user/profile`,
  attributes_url_add_attributes: 'false',
  authorize_url: `${AMAZON.www}/ap/oa`,
  token_request_method: 'POST',
  token_url: `${AMAZON.api}/auth/o2/token`,
});
