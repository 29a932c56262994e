/**
 * What an app client's OAuth members mean: flows, scopes, and addresses that people may be sent to.
 *
 * Source: Cognito API reference, CreateUserPoolClient; developer guide, "Scopes, M2M, and resource servers".
 */
import type { ClientSettings, OAuthFlow } from '../../../domain/pools/clients.ts';
import { Failure } from '../../../base/failure.ts';
import { refuse, type ParameterFailure } from '../members.ts';
import { assertRedirect } from './redirects.ts';

interface OAuthInput {
  readonly AllowedOAuthFlows?: readonly OAuthFlow[];
  readonly AllowedOAuthScopes?: readonly string[];
  readonly AllowedOAuthFlowsUserPoolClient?: boolean;
  readonly CallbackURLs?: readonly string[];
  readonly LogoutURLs?: readonly string[];
  readonly DefaultRedirectURI?: string;
  readonly hasSecret: boolean;
}

const STANDARD_SCOPES = ['openid', 'email', 'phone', 'profile', 'aws.cognito.signin.user.admin'];

/**
 * @param customScopes those of the pool's resource servers
 * @throws Failure `refused-parameter`, `scope-not-found`, `oauth-flow-refused`
 */
export function oauthSettings(input: OAuthInput, customScopes: readonly string[]): ClientSettings['oauth'] {
  const {
    AllowedOAuthFlows: flows = [],
    AllowedOAuthScopes: scopes = [],
    CallbackURLs: callbacks = [],
    LogoutURLs: logouts = [],
    DefaultRedirectURI: defaultRedirectUrl,
  } = input;
  const isEnabled = input.AllowedOAuthFlowsUserPoolClient ?? false;
  for (const url of [...callbacks, ...logouts]) assertRedirect(url);
  const unknown = scopes.find((scope) => !STANDARD_SCOPES.includes(scope) && !customScopes.includes(scope));
  if (unknown !== undefined) throw new Failure<ParameterFailure>('scope-not-found', { scope: unknown });
  assertFlows(input, isEnabled);
  if (defaultRedirectUrl !== undefined && !callbacks.includes(defaultRedirectUrl))
    refuse('DefaultRedirectURI must be among CallbackURLs.');
  return {
    isEnabled,
    flows,
    scopes: [...new Set(scopes)],
    callbackUrls: [...new Set(callbacks)],
    logoutUrls: [...new Set(logouts)],
    defaultRedirectUrl,
  };
}

function assertFlows(input: OAuthInput, isEnabled: boolean): void {
  const {
    AllowedOAuthFlows: flows = [],
    AllowedOAuthScopes: scopes = [],
    CallbackURLs: callbacks = [],
  } = input;
  if (flows.includes('implicit'))
    refuseFlow('The implicit flow is not supported: it hands tokens out in addresses. Use code with PKCE.');
  if (isEnabled && (flows.length === 0 || scopes.length === 0))
    refuse(
      'AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.',
    );
  if (!flows.includes('client_credentials')) {
    if (isEnabled && callbacks.length === 0) refuse('CallbackURLs is required for the flow code.');
    return;
  }
  if (flows.includes('code'))
    refuseFlow('client_credentials flow can not be selected along with code flow or implicit flow.');
  if (!input.hasSecret)
    refuseFlow('client_credentials flow can not be selected if client does not have a client secret.');
  const ofPeople = scopes.find((scope) => STANDARD_SCOPES.includes(scope));
  if (ofPeople !== undefined)
    refuseFlow(
      `${ofPeople} is not supported with client_credentials flow, which takes scopes of resource servers only.`,
    );
}

/** @throws Failure `oauth-flow-refused`, always */
function refuseFlow(reason: string): never {
  throw new Failure<ParameterFailure>('oauth-flow-refused', { reason });
}
