/**
 * The application's side of a sign-in: an authorization code flow with PKCE by openid-client, in a browser without a window.
 */
import { createHash } from 'node:crypto';
import * as oidc from 'openid-client';
import { createFormBrowser, type VisitedPage } from '../../support/clients/form-browser.ts';

export const CALLBACK = 'http://localhost:3999/signed-in';
export type Browser = ReturnType<typeof createFormBrowser>;

export interface SignIn {
  readonly idToken: string;
  readonly user: string;
}

/**
 * @param walk what the person does, from the first page to the way back to the application
 * @param isElsewhere addresses that the browser is not to fetch, besides the application's
 */
export async function signInAt(
  { url, pool, clientId }: { readonly url: string; readonly pool: string; readonly clientId: string },
  more: Readonly<Record<string, string>>,
  walk: (browser: Browser, page: VisitedPage) => Promise<VisitedPage>,
  isElsewhere: (address: string) => boolean = () => false,
): Promise<SignIn> {
  const relyingParty = await oidc.discovery(new URL(`${url}/${pool}`), clientId, undefined, oidc.None(), {
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
  });
  const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const start = oidc.buildAuthorizationUrl(relyingParty, {
    redirect_uri: CALLBACK,
    scope: 'openid email',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state,
    nonce,
    ...more,
  });
  const browser = createFormBrowser(({ href }) => href.startsWith(CALLBACK) || isElsewhere(href));
  const back = await walk(browser, await browser.visit(start));
  const tokens = await oidc.authorizationCodeGrant(relyingParty, back.url, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
  });
  return { idToken: tokens.id_token!, user: tokens.claims()?.['cognito:username'] as string };
}
