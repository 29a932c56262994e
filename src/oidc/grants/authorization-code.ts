/**
 * The authorization_code grant: a code becomes tokens, once.
 *
 * The client is already authenticated. Checked in this order: the code is this client's, it is for this redirect URI, PKCE holds; then the
 * code is spent in one step, and only then are tokens granted. A code that is shown again kills what came of it, also when that is still
 * under way. The tokens come from the token authority; the library issues nothing.
 * Source: RFC 6749, section 4.1.3; RFC 9700, sections 2.1.1 and 4.5.
 */
import { errors, type TokenEndpointGrantContext } from 'oidc-provider';
import type { Client, Clients } from '../../domain/pools/clients.ts';
import type { Pool } from '../../domain/pools/pools.ts';
import type { Users } from '../../domain/users/users.ts';
import type { Tokens } from '../../domain/tokens/tokens.ts';
import { mayUseCodes } from '../clients.ts';
import type { CodeNote, Codes } from '../codes.ts';
import { whenceOf } from '../internals.ts';
import { verifierMatches } from '../pkce.ts';
import { scopesOf } from '../scopes.ts';
import { answerOf, refusedAsInvalidGrant } from './answer.ts';

export const CODE_PARAMETERS = ['code', 'redirect_uri', 'code_verifier'] as const;

interface CodeParameters {
  readonly code?: string;
  readonly redirect_uri?: string;
  readonly code_verifier?: string;
}

interface GrantParts {
  readonly pool: Pool;
  readonly codes: Codes;
  readonly clients: Pick<Clients, 'get'>;
  readonly users: Pick<Users, 'bySub'>;
  readonly tokens: Pick<Tokens, 'grant' | 'revokeFamily'>;
}

export function codeGrant({ pool, codes, clients, users, tokens }: GrantParts) {
  /** The note of a code that this client may redeem with what it shows. */
  async function redeemable(parameters: CodeParameters, { id: clientId, oauth }: Client): Promise<CodeNote> {
    const { code, code_verifier: verifier } = parameters;
    // Who asked without one, and so was given the code at the default, names none here either (RFC 6749, 4.1.3).
    const redirectUri = parameters.redirect_uri ?? oauth.defaultRedirectUrl;
    if (!code || !redirectUri) throw new errors.InvalidRequest('code and redirect_uri are required');
    const spent = await codes.findSpent(code);
    if (spent?.clientId === clientId) await refuseReplay(code, spent.familyId);
    const note = await codes.find(code);
    if (note?.clientId !== clientId) throw new errors.InvalidGrant('unknown, expired, or of another client');
    if (note.redirectUri !== redirectUri) throw new errors.InvalidGrant('redirect_uri differs');
    if (!verifierMatches(verifier, note.challenge)) throw new errors.InvalidGrant('PKCE does not hold');
    return note;
  }

  /** Both who replays a code and who held it first lose what came of it: nobody can tell which is the thief. */
  async function refuseReplay(code: string, familyId: string): Promise<never> {
    await codes.rememberReplay(code);
    await tokens.revokeFamily(familyId);
    throw new errors.InvalidGrant('already redeemed');
  }

  return async (context: TokenEndpointGrantContext<CodeParameters>): Promise<void> => {
    const { params: parameters } = context.oidc;
    const client = await clients.get(pool.id, context.oidc.client.clientId);
    if (!mayUseCodes(client))
      throw new errors.UnauthorizedClient('the client may not use the authorization code grant');
    const note = await redeemable(parameters, client);
    const code = parameters.code!; // `redeemable` refuses a request without one
    if (!(await codes.spend(code, note))) await refuseReplay(code, note.familyId);

    const user = await users.bySub(pool.id, note.accountId);
    if (!user?.isEnabled) throw new errors.InvalidGrant('the user is gone or disabled');
    const { familyId, nonce, by } = note;
    const granted = await refusedAsInvalidGrant(
      tokens.grant({
        pool,
        client,
        user,
        scopes: scopesOf(note.scope),
        nonce,
        authTime: new Date(note.authTime * 1000),
        door: 'oauth',
        occasion: 'HostedAuth',
        familyId,
        by,
        browser: note.browser && { ...note.browser, signedInAt: new Date(note.browser.signedInAt) },
        whence: whenceOf(context),
      }),
    );
    // A replay that came while the family was being made found nothing to kill; its mark is found here.
    if (await codes.wasReplayed(code)) await tokens.revokeFamily(familyId);
    context.body = answerOf(granted);
  };
}
