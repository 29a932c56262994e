/**
 * The composition root: the only file that knows every floor.
 *
 * Takes what the world outside lends the program (stores, keyring, clock, configuration) and gives the program: a request listener, and
 * what must be done before the first and after the last request.
 */
import type { RequestListener } from 'node:http';
import Koa, { type Middleware } from 'koa';
import { cognitoIdentity } from './api/cognito-identity/index.ts';
import { cognitoIdp } from './api/cognito-idp/index.ts';
import { createDispatch } from './api/dispatch.ts';
import { awsDoor } from './api/http.ts';
import { iam } from './api/iam/index.ts';
import { sts } from './api/sts/index.ts';
import type { Clock } from './base/clock.ts';
import { createFetch } from './base/fetch.ts';
import type { Log } from './base/log.ts';
import { isLoopback } from './base/ip.ts';
import type { Config } from './config.ts';
import type { Bus } from './domain/ports/bus.ts';
import type { Expiring } from './domain/ports/expiring.ts';
import type { Messages } from './domain/ports/messages.ts';
import type { Records } from './domain/ports/records.ts';
import type { Sealer } from './domain/ports/sealer.ts';
import { createAssumeRole } from './domain/access/assume-role.ts';
import { createAuthority, createParsedPolicies } from './domain/access/authority.ts';
import { createCredentials } from './domain/access/credentials.ts';
import { createFederatedSessions } from './domain/access/federated-sessions.ts';
import { createIamUsers } from './domain/access/iam-users.ts';
import type { Principal } from './domain/access/principal.ts';
import { createPrincipals } from './domain/access/principals.ts';
import { createSamlProviderList } from './domain/access/saml-providers.ts';
import { createRoles } from './domain/access/roles.ts';
import { createClients } from './domain/directory/clients.ts';
import { createCodes } from './domain/directory/codes.ts';
import { createExternalUsers } from './domain/directory/external-users.ts';
import { createGroups } from './domain/directory/groups.ts';
import { createLeaving } from './domain/directory/leaving.ts';
import { createInvitations } from './domain/directory/invitations.ts';
import { createPools, type Pool } from './domain/directory/pools.ts';
import { createPoolDomains } from './domain/directory/pool-domains.ts';
import { createResourceServers } from './domain/directory/resource-servers.ts';
import { createProviders, type ProviderType } from './domain/directory/providers.ts';
import { createSignUp } from './domain/directory/sign-up.ts';
import { sweepPool } from './domain/directory/sweep.ts';
import { createUsers } from './domain/directory/users.ts';
import { createJourneys } from './domain/federation/journeys.ts';
import { createOidcProviderList } from './domain/access/oidc-providers.ts';
import { createOpenIdTokens } from './domain/identities/open-id-tokens.ts';
import { createSamlIdentity, samlParty } from './domain/identities/saml-identity.ts';
import { createWebIdentity, IDENTITY_POOLS } from './domain/identities/web-identity.ts';
import { cognitoSync } from './api/cognito-sync/index.ts';
import { createDatasets } from './domain/sync/datasets.ts';
import { identityIssuer } from './api/identity-issuer.ts';
import { createClaimOnce } from './domain/federation/used-once.ts';
import { createIdentityCredentials } from './domain/identities/credentials.ts';
import { createIdentities } from './domain/identities/identities.ts';
import { createIdentityPools } from './domain/identities/identity-pools.ts';
import { createLogins } from './domain/identities/logins.ts';
import { createSignIn } from './domain/sign-in/sign-in.ts';
import { createCutOffs } from './domain/tokens/cut-offs.ts';
import { createFamilies } from './domain/tokens/families.ts';
import { createSigningKeys } from './domain/tokens/signing-keys.ts';
import { createTokens, SELF_SERVICE_SCOPE } from './domain/tokens/tokens.ts';
import { forwardAuth } from './gateway/forward-auth.ts';
import { poolDoor } from './hosted-ui/routes.ts';
import { createIdentityProviders } from './identity-providers/index.ts';
import { health } from './ops/health.ts';
import { createTrustedProxies, type TrustedProxies } from './ops/trusted-proxies.ts';
import { sealedExpiring, sealedRecords } from './stores/sealed.ts';
import { createSigner } from './token-keys/signer.ts';

/** What the world outside lends the program. */
export interface Outside {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  /** Plain stores; the program seals them itself, so that no caller can forget it. */
  readonly records: Records;
  readonly expiring: Expiring;
  readonly sealer: Sealer;
  readonly messages: Messages;
  readonly bus: Bus;
  readonly root: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface Program {
  /** Answers one HTTP request. */
  readonly answer: RequestListener;
  /** Loads what every decision needs; the program is ready when this has resolved. */
  load(): Promise<void>;
  /** Not ready any more: no new requests, please. */
  withdraw(): void;
  /** Ends what runs by itself. The stores are their owner's to close. */
  close(): Promise<void>;
}

/** Puts the program together. */
export function build(outside: Outside): Program {
  const { config, log } = outside;
  const nouns = createNouns(outside);
  const proxies = createTrustedProxies(config.server.trustedProxies);
  const app = new Koa({ proxy: true });
  let isReady = false;

  app.on('error', (error: unknown) => log.error({ event: 'request-failed', err: error }));
  app.use(health(() => isReady));
  for (const door of createDoors(outside, nouns, proxies)) app.use(door);
  const answer = app.callback();

  return {
    answer(request, response) {
      proxies.cleanse(request);
      void answer(request, response);
    },
    async load() {
      await nouns.cutOffs.load();
      isReady = true;
    },
    withdraw() {
      isReady = false;
    },
    async close() {
      nouns.cutOffs.close();
    },
  };
}

/** The domain, each noun given its parts. */
function createNouns(outside: Outside) {
  const { config, clock, sealer, messages, bus, root, log } = outside;
  const records = sealedRecords(outside.records, sealer);
  const expiring = sealedExpiring(outside.expiring, sealer);
  const account = config.accountId;
  const base = { records, expiring, clock, account, sealer, bus };

  const pools = createPools(base);
  const clients = createClients({ ...base, pools });
  const groups = createGroups({ ...base, pools });
  const poolDomains = createPoolDomains({ ...base, pools });
  const resourceServers = createResourceServers({ ...base, pools });
  const identityProviders = createIdentityProviders({ fetch: createFetch(config.outgoing), clock });
  const providers = createProviders({ ...base, pools, identityProviders });
  const users = createUsers(base);
  const leaving = createLeaving({ records, users, groups });
  const externalUsers = createExternalUsers({ users, groups, clock });
  const callbackOf = (poolId: string, type: ProviderType): string =>
    `${config.publicUrl}/${poolId}/${type === 'SAML' ? 'saml2' : 'oauth2'}/idpresponse`;
  // Cognito's, so that a provider that knows a pool of that id need not be told anew.
  const entityIdOf = (poolId: string): string => `urn:amazon:cognito:sp:${poolId}`;
  const claimOnce = createClaimOnce(base);
  const journeys = createJourneys({
    pools,
    providers,
    externalUsers,
    identityProviders,
    expiring,
    claimOnce,
    callbackOf,
    entityIdOf,
  });
  const signUp = createSignUp({ users, providers, messages, codes: createCodes(base) });
  const invitations = createInvitations({ users, providers, messages, clock });
  const signIn = createSignIn({ ...base, users });

  const signer = createSigner();
  const cutOffs = createCutOffs(base);
  const issuerOf = (pool: Pick<Pool, 'id' | 'region'>): string =>
    config.issuer === 'aws'
      ? `https://cognito-idp.${pool.region}.amazonaws.com/${pool.id}`
      : `${config.publicUrl}/${pool.id}`;
  const signingKeys = createSigningKeys({ ...base, signer });
  const tokens = createTokens({
    ...base,
    pools,
    clients,
    users,
    groups,
    signer,
    cutOffs,
    issuerOf,
    families: createFamilies(base),
    signingKeys,
  });

  const roles = createRoles(base);
  const iamUsers = createIamUsers(base);
  const credentials = createCredentials(base);
  const principals = createPrincipals({ account, root, iamUsers, credentials });
  const parsed = createParsedPolicies();
  const authority = createAuthority({ roles, iamUsers, parsed });
  const assumeRoles = createAssumeRole({ roles, credentials, authority, parsed });

  const logins = createLogins({ tokens, publicHost: new URL(config.publicUrl).host });
  const identityPools = createIdentityPools(base);
  const identities = createIdentities({ ...base, proofs: logins });
  const identityCredentials = createIdentityCredentials({
    identityPools,
    identities,
    roles,
    credentials,
    parsed,
  });

  const datasets = createDatasets(base);
  const openIdTokens = createOpenIdTokens({
    ...base,
    identityPools,
    identities,
    signingKeys,
    signer,
    issuer: config.issuer === 'aws' ? `https://${IDENTITY_POOLS}` : `${config.publicUrl}/identity`,
  });
  const oidcProviders = createOidcProviderList(base);
  const samlProviders = createSamlProviderList({ ...base, identityProviders });
  const sessions = createFederatedSessions({ roles, credentials, parsed });
  const webIdentity = createWebIdentity({
    openIdTokens,
    oidcProviders,
    identityProviders,
    logins,
    tokens,
    sessions,
    signer,
  });

  const samlIdentity = createSamlIdentity({
    ...base,
    samlProviders,
    identityProviders,
    sessions,
    claimOnce,
    party: samlParty(config.publicUrl, {
      inPlaceOfAws: config.issuer === 'aws',
      region: config.region,
    }),
  });

  const sweep = (poolId: string): void => {
    sweepPool(records, poolId).catch((error: unknown) =>
      log.error({ event: 'sweep-failed', pool: poolId, err: error }),
    );
  };
  return {
    ...base,
    pools,
    clients,
    groups,
    providers,
    resourceServers,
    poolDomains,
    users,
    leaving,
    journeys,
    signUp,
    invitations,
    signIn,
    cutOffs,
    issuerOf,
    callbackOf,
    entityIdOf,
    tokens,
    roles,
    iamUsers,
    principals,
    authority,
    assumeRoles,
    logins,
    identityPools,
    identities,
    identityCredentials,
    datasets,
    openIdTokens,
    oidcProviders,
    samlProviders,
    webIdentity,
    samlIdentity,
    sweep,
  };
}
type Nouns = ReturnType<typeof createNouns>;

/** The doors, in the order in which they are asked. */
function createDoors(
  { config, clock, log }: Outside,
  nouns: Nouns,
  proxies: TrustedProxies,
): readonly Middleware[] {
  const dispatch = createDispatch<Principal>({
    services: [cognitoIdp, cognitoIdentity, cognitoSync, sts, iam].map((service) => ({ service, nouns })),
    keys: nouns.principals,
    bearers: { bearerOf: (token) => nouns.tokens.bearerOf(token, { scope: SELF_SERVICE_SCOPE }) },
    decide: (principal, question) => nouns.authority.decide(principal, question),
    clock,
    log,
    region: config.region,
    account: config.accountId,
    regions: config.regions,
  });
  const gateway = forwardAuth({
    ...config.gateway,
    sharedSecret: config.secrets.gateway,
    keys: nouns.principals,
    bearers: nouns.tokens,
    decide: (principal, question) => nouns.authority.decide(principal, question),
    isTrusted: (address) => isLoopback(address) || proxies.isTrusted(address),
    clock,
    log,
    account: config.accountId,
    region: config.region,
  });
  const hosted = poolDoor({ ...nouns, log, publicUrl: config.publicUrl });
  const identity = identityIssuer({ ...nouns, origin: config.publicUrl });
  return [gateway, identity, hosted, awsDoor(dispatch)];
}
