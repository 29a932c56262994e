/**
 * Settings: how a pool looks to oidc-provider.
 *
 * What is not offered is switched off here by name, so that a new version of the library opens no door by a new default. Claims, tokens and
 * keys are the token authority's; the library keeps the browser's session and the steps of a login, and issues codes.
 * Source: BCP of OAuth (RFC 9700); Cognito developer guide, "Authorize endpoint"; the hosted session lives for an hour, as Cognito's.
 */
import { interactionPolicy, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { epochSeconds, type Clock } from '../base/clock.ts';
import { newUuidV7 } from '../base/ids.ts';
import type { Clients } from '../domain/pools/clients.ts';
import type { Pool } from '../domain/pools/pools.ts';
import type { Users } from '../domain/users/users.ts';
import type { Expiring } from '../domain/ports/expiring.ts';
import type { Sealer } from '../domain/ports/sealer.ts';
import type { PublicJwk } from '../domain/ports/signer.ts';
import type { Browsers } from '../domain/tokens/browser-sessions.ts';
import type { Standing } from '../domain/tokens/eligibility.ts';
import { accountsOf } from './accounts.ts';
import { createAdapter } from './adapter.ts';
import { CLIENT_EXTRAS, extrasOf } from './clients.ts';
import { CODE_SECONDS, type Codes } from './codes.ts';
import { cookieKeys, cookieName, isSecure } from './cookies.ts';
import { CheckOnlyKey, whenceNow } from './internals.ts';
import { REQUEST_RULES, sessionServes } from './requests.ts';
import { SCOPES } from './scopes.ts';
import { signedInAt } from './signed-in.ts';

/** How long somebody may take over the pages of one login. */
export const LOGIN_SECONDS = 15 * 60;
const OFF = { enabled: false } as const;

/** An authorization request that cannot be answered at a redirect URI, as the page shall tell it. */
interface RefusedRequest {
  readonly poolId: string;
  /** OAuth's word, e.g. `invalid_client`. */
  readonly error: string;
  readonly description?: string;
  readonly status: number;
}
type ShowRefusal = (context: KoaContextWithOIDC, refused: RefusedRequest) => void;

export interface SettingsParts {
  readonly poolId: string;
  readonly pool: Pool;
  readonly browsers: Browsers;
  readonly standing: Standing;
  readonly codes: Codes;
  /** Those of the pool's resource servers. */
  readonly customScopes: readonly string[];
  readonly keys: readonly PublicJwk[];
  readonly clients: Pick<Clients, 'get'>;
  readonly users: Pick<Users, 'bySub'>;
  readonly expiring: Expiring;
  readonly sealer: Sealer;
  readonly clock: Clock;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** Kills a family of tokens. */
  readonly revokeFamily: (familyId: string) => Promise<void>;
  readonly showRefusal: ShowRefusal;
}

export function settingsOf(parts: SettingsParts): Configuration {
  const { poolId, publicUrl, keys, customScopes, browsers, showRefusal } = parts;
  return {
    // All keys of a pool are of one algorithm.
    adapter: createAdapter({
      ...parts,
      browserUsed: (browser) => browsers.used(browser, whenceNow()),
      algorithm: keys[0]?.alg === 'ES256' ? 'ES256' : 'RS256',
    }),
    allowOmittingSingleRegisteredRedirectUri: false,
    claims: { openid: ['sub'] },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    cookies: cookiesOf(parts),
    expiresWithSession: () => false,
    extraClientMetadata: { properties: [...CLIENT_EXTRAS] },
    extraParams: REQUEST_RULES,
    features: FEATURES,
    findAccount: accountsOf(parts),
    formats: { bitsOfOpaqueRandomness: 256 },
    interactions: {
      policy: loginPolicy(parts),
      url: (_context, { uid }) => `${publicUrl}/${poolId}/login/${uid}`,
    },
    jwks: { keys: keys.map((key) => new CheckOnlyKey(key)) },
    loadExistingGrant: (context) => newGrant(context, parts.clock),
    // Cognito leaves PKCE to the client; where a client uses it, it holds at both ends.
    pkce: { required: () => false },
    renderError(context, out, error) {
      const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
      showRefusal(context, { poolId, error: out.error, description: out.error_description, status });
    },
    responseTypes: ['code'],
    routes: { authorization: '/oauth2/authorize', token: '/oauth2/token', jwks: '/.well-known/jwks.json' },
    scopes: [...SCOPES, ...customScopes],
    ttl: {
      AuthorizationCode: CODE_SECONDS,
      Grant: CODE_SECONDS,
      Interaction: LOGIN_SECONDS,
      Session: (_context, { loginTs }) => sessionSecondsLeft(loginTs, parts),
    },
  };
}

/** A session ends so long after its sign-in, however much it is used. */
function sessionSecondsLeft(
  signedInAt: number | undefined,
  { clock, browsers: { seconds } }: Pick<SettingsParts, 'clock' | 'browsers'>,
): number {
  if (signedInAt === undefined) return seconds;
  return Math.max(1, signedInAt + seconds - epochSeconds(clock.now()));
}

const FEATURES = {
  backchannelLogout: OFF,
  ciba: OFF,
  claimsParameter: OFF,
  clientCredentials: OFF,
  deviceFlow: OFF,
  devInteractions: OFF,
  dPoP: OFF,
  encryption: OFF,
  // For keys that check and cannot sign.
  externalSigningSupport: { enabled: true, ack: 'experimental-01' },
  introspection: OFF,
  jwtResponseModes: OFF,
  mTLS: OFF,
  pushedAuthorizationRequests: OFF,
  registration: OFF,
  requestObjects: OFF,
  resourceIndicators: OFF,
  revocation: OFF,
  rpInitiatedLogout: OFF,
  userinfo: OFF,
} satisfies Configuration['features'];

function cookiesOf({ poolId, publicUrl, sealer }: SettingsParts): Configuration['cookies'] {
  const flags = {
    httpOnly: true,
    overwrite: true,
    sameSite: 'lax',
    secure: isSecure(publicUrl),
    signed: true,
  } as const;
  return {
    keys: cookieKeys(sealer, poolId),
    long: { ...flags, path: '/' },
    // The library sets their paths: the page, and the address that goes on with the request.
    short: flags,
    names: {
      session: cookieName('session', poolId, publicUrl),
      interaction: cookieName('login', poolId, publicUrl),
      resume: cookieName('resume', poolId, publicUrl),
    },
  };
}

/** When somebody must sign in: the library's own reasons, and two of ours. Consent is not asked: a client's scopes are its pool's to give. */
function loginPolicy({ browsers }: SettingsParts) {
  const { base, Check } = interactionPolicy;
  const policy = base();
  policy.remove('consent');
  policy
    .get('login')
    ?.checks.add(
      new Check('account_gone', 'the session is of nobody that may sign in', 'login_required', ({ oidc }) =>
        Boolean(oidc.session?.accountId && !oidc.account),
      ),
    );
  policy.get('login')?.checks.add(
    new Check(
      'session_over',
      'the session was ended, or is too old for the client',
      'login_required',
      ({ oidc }) => {
        const { accountId: sub, loginTs, uid, amr } = oidc.session ?? {};
        // Who has just signed in is not asked again, however impatient the client.
        if (
          !oidc.client ||
          sub === undefined ||
          loginTs === undefined ||
          uid === undefined ||
          oidc.result?.login
        )
          return false;
        const { sso_minutes: ssoMinutes } = extrasOf(oidc.client);
        return browsers.mustAsk({ sub, uid, signedInAt: signedInAt(amr, loginTs) }, { ssoMinutes });
      },
    ),
  );
  policy.get('login')?.checks.add(
    new Check(
      'other_provider',
      'the session was begun through another provider',
      'login_required',
      ({ oidc }) => {
        if (!oidc.session?.accountId || !oidc.client) return false;
        return !sessionServes(oidc.amr?.[0], oidc.client, oidc.params?.['identity_provider']);
      },
    ),
  );
  return policy;
}

/**
 * A grant is the family of tokens that the code will become: each code makes its own. It is not kept; the code carries its id.
 */
async function newGrant({ oidc }: KoaContextWithOIDC, clock: Clock) {
  const grant = new oidc.provider.Grant({
    accountId: oidc.account?.accountId,
    clientId: oidc.client?.clientId,
  });
  grant.jti = newUuidV7(clock.now());
  grant.addOIDCScope([...oidc.requestParamScopes]);
  return grant;
}
