/**
 * Authorization requests: what Cognito's rules add to the library's.
 *
 * `prepareRequest` writes the query anew before the library reads it: a missing scope becomes all of the client's, a missing redirect URI
 * the client's default, `select_account` becomes `login` (there is one page for both), `consent` falls away (a client's scopes are its
 * pool's to give), an `idp_identifier` becomes the name of its provider, a nonce without `openid` is dropped as there is
 * no ID token for it. `REQUEST_RULES` judge inside the library, where a refusal goes back to a redirect URI that has been checked.
 * Source: Cognito developer guide, "Authorize endpoint"; RFC 6749, section 4.1.2.1.
 */
import { errors, type Client as LibraryClient, type KoaContextWithOIDC } from 'oidc-provider';
import { isFailure } from '../base/failure.ts';
import type { PoolId } from '../base/ids.ts';
import type { Client, Clients } from '../domain/pools/clients.ts';
import type { Providers } from '../domain/pools/providers.ts';
import { extrasOf } from './clients.ts';
import { forbiddenScope, scopesOf } from './scopes.ts';

/** The name by which a pool's own users are asked for among the providers. */
export const OWN_USERS = 'COGNITO';

/** A parameter between the two halves of this file; what a request says under this name is overwritten. */
const ASKED_SCOPE = 'cognate_asked_scope';
/** The same for `prompt`: what the application asked for, before it is read for the library. */
export const ASKED_PROMPT = 'cognate_asked_prompt';

interface RequestParts {
  readonly clients: Pick<Clients, 'get'>;
  readonly providers: Pick<Providers, 'byIdentifier'>;
}

/** The query that the library shall read, made of the one that came. */
export async function prepareRequest(
  poolId: PoolId,
  query: URLSearchParams,
  parts: RequestParts,
): Promise<URLSearchParams> {
  const prepared = new URLSearchParams(query);
  // When there is none the library refuses the request.
  const client = await clientOf(poolId, prepared, parts);
  if (!prepared.get('scope') && client) prepared.set('scope', client.oauth.scopes.join(' '));
  const scope = prepared.get('scope') ?? '';
  if (!scopesOf(scope).includes('openid')) prepared.delete('nonce');
  // The library drops scopes that it does not know before our rules are asked; they judge this copy.
  prepared.set(ASKED_SCOPE, scope);
  prepared.set(ASKED_PROMPT, prepared.get('prompt') ?? '');
  const { defaultRedirectUrl } = client?.oauth ?? {};
  if (defaultRedirectUrl !== undefined && !prepared.has('redirect_uri'))
    prepared.set('redirect_uri', defaultRedirectUrl);
  preparePrompt(prepared);
  const identifier = prepared.get('idp_identifier');
  if (identifier && client && !prepared.get('identity_provider')) {
    const provider = await parts.providers.byIdentifier(poolId, identifier);
    if (provider) prepared.set('identity_provider', provider.name);
  }
  return prepared;
}

/** `none` stays as it came: the library refuses it beside others. So does what comes twice. */
function preparePrompt(prepared: URLSearchParams): void {
  const [prompt, ...more] = prepared.getAll('prompt');
  const asked = new Set(scopesOf(prompt));
  if (prompt === undefined || more.length > 0 || asked.has('none')) return;
  asked.delete('consent');
  if (asked.delete('select_account')) asked.add('login');
  if (asked.size === 0) prepared.delete('prompt');
  else prepared.set('prompt', [...asked].join(' '));
}

/** The client asked for, when it is asked for once and exists. */
export async function clientOf(
  poolId: PoolId,
  query: URLSearchParams,
  { clients }: Pick<RequestParts, 'clients'>,
): Promise<Client | undefined> {
  const [clientId, ...more] = query.getAll('client_id');
  if (!clientId || more.length > 0) return undefined;
  try {
    return await clients.get(poolId, clientId);
  } catch (error) {
    if (isFailure(error, 'client-not-found')) return undefined;
    throw error;
  }
}

type Rule = (context: KoaContextWithOIDC, value: string | undefined, client: LibraryClient) => void;

/** Rules by parameter; each is asked also when its parameter is absent. */
export const REQUEST_RULES: Readonly<Record<string, Rule | null>> = {
  [ASKED_SCOPE](_context, scope, client) {
    const { may_use_codes: mayUseCodes, allowed_scopes: allowed } = extrasOf(client);
    if (!mayUseCodes)
      throw new errors.UnauthorizedClient('the client may not use the authorization code grant');
    const asked = scopesOf(scope);
    const forbidden = forbiddenScope(asked, allowed);
    if (asked.length === 0 || forbidden !== undefined) {
      throw new errors.InvalidScope("a scope is unknown or not among the client's", forbidden ?? '');
    }
  },
  [ASKED_PROMPT]: null,
  identity_provider(_context, name, client) {
    if (name !== undefined && !extrasOf(client).allowed_providers.includes(name)) {
      throw new errors.InvalidRequest("identity_provider is not one of the client's");
    }
  },
  idp_identifier(context, identifier) {
    if (identifier !== undefined && context.oidc.params?.['identity_provider'] === undefined) {
      throw new errors.InvalidRequest('idp_identifier is not known');
    }
  },
  lang: null,
};

/**
 * True when a browser session that was begun through provider `by` may answer for this request: its client offers that provider, and the
 * request asks for no other.
 */
export function sessionServes(by: string | undefined, client: LibraryClient, asked: unknown): boolean {
  if (by === undefined || !extrasOf(client).allowed_providers.includes(by)) return false;
  return asked === undefined || asked === by;
}
