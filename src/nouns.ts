/**
 * The domain put together: each noun is given its parts, and what the world outside lends.
 *
 * What is here depends on nothing but its order; which door asks whom is build.ts's to say.
 */
import type { Clock } from './base/clock.ts';
import { createFetches } from './base/fetch.ts';
import type { Log } from './base/log.ts';
import type { Config } from './config.ts';
import type { Messages } from './domain/ports/messages.ts';
import type { KnownPasswords } from './domain/ports/known-passwords.ts';
import type { PasswordHash } from './domain/ports/password-hash.ts';
import type { Sealer } from './domain/ports/sealer.ts';
import type { Triggers } from './domain/ports/triggers.ts';
import { createAssumeRole } from './domain/access/assume-role.ts';
import { createAuthority, createParsedPolicies } from './domain/access/authority.ts';
import { createCredentials } from './domain/access/credentials.ts';
import { createFederatedSessions } from './domain/access/federated-sessions.ts';
import { createIamUsers } from './domain/access/iam-users.ts';
import { createPrincipals } from './domain/access/principals.ts';
import { createSamlProviderList } from './domain/access/trusted-issuers/saml-providers.ts';
import { createRoles } from './domain/access/roles.ts';
import { createAccounts } from './domain/users/resolve-account.ts';
import { createAddressProofs } from './domain/accounts/verify-attribute.ts';
import { createAttemptLimits } from './domain/limits/attempt-limits.ts';
import { createAttributeChanges } from './domain/accounts/update-attributes.ts';
import { createClients } from './domain/pools/clients.ts';
import { createCodeLetters } from './domain/notifications/code-delivery.ts';
import { createCodes } from './domain/notifications/confirmation-codes.ts';
import { createConfirmations } from './domain/accounts/confirm-sign-up.ts';
import { createDecoys } from './domain/users/decoys.ts';
import { createDevices } from './domain/users/devices.ts';
import { createExternalUsers } from './domain/accounts/federated-users.ts';
import { createGroups, SWEEP_GROUP, sweepGroup } from './domain/users/groups.ts';
import { createJoining } from './domain/accounts/create-user.ts';
import { createLeaving } from './domain/users/delete-user.ts';
import { createLetters } from './domain/notifications/notifications.ts';
import { createMessageLimits } from './domain/notifications/message-limits.ts';
import { createNewcomers } from './domain/accounts/sign-up-triggers.ts';
import { createMigrations } from './domain/accounts/user-migration.ts';
import { createInvitations } from './domain/accounts/admin-create-user.ts';
import { createPoolTriggers } from './domain/triggers/pool-triggers.ts';
import { createPasswords } from './domain/users/passwords.ts';
import { createPools, SWEEP_POOL, type Pool } from './domain/pools/pools.ts';
import { createPasskeys } from './domain/users/passkeys.ts';
import { createPoolDomains } from './domain/pools/pool-domains.ts';
import { createResourceServers } from './domain/pools/resource-servers.ts';
import { createProviders, type ProviderType } from './domain/pools/providers.ts';
import { createPasswordChanges } from './domain/accounts/change-password.ts';
import { createPost } from './domain/notifications/delivery.ts';
import { createRecovery } from './domain/accounts/forgot-password.ts';
import { createSignUp } from './domain/accounts/sign-up.ts';
import { sweepPool } from './domain/users/sweep.ts';
import { createUnconfirmed } from './domain/accounts/unconfirmed-accounts.ts';
import { createUsers } from './domain/users/users.ts';
import { createJourneys } from './domain/federation/transactions.ts';
import { createOidcProviderList } from './domain/access/trusted-issuers/oidc-providers.ts';
import { createOpenIdTokens } from './domain/identities/open-id-tokens.ts';
import { createSamlIdentity, samlParty } from './domain/identities/saml-identity.ts';
import { createWebIdentity, IDENTITY_POOLS } from './domain/identities/web-identity.ts';
import { createJobs } from './domain/jobs/jobs.ts';
import { createDatasets } from './domain/sync/datasets.ts';
import { createEpochs } from './domain/sync/epochs.ts';
import { createClaimOnce } from './domain/federation/replay.ts';
import { createIdentityCredentials } from './domain/identities/credentials.ts';
import { createIdentities } from './domain/identities/identities.ts';
import { createIdentityPools } from './domain/identities/identity-pools.ts';
import { createLogins } from './domain/identities/logins.ts';
import { createSocialProofs } from './domain/identities/social.ts';
import { createFactors } from './domain/sign-in/second-factors.ts';
import type { HasPasskey } from './domain/sign-in/first-factors.ts';
import { createSignIn } from './domain/sign-in/sign-in.ts';
import { createSignUpSessions } from './domain/sign-in/sign-up-sessions.ts';
import { createSoftwareTokens } from './domain/sign-in/software-tokens.ts';
import { createThrottle } from './domain/limits/rate-limits.ts';
import { createCutOffs } from './domain/tokens/watermarks.ts';
import { createFamilies } from './domain/tokens/families.ts';
import { createSessions, sessionCollection } from './domain/tokens/sessions.ts';
import { createSigningKeys, signingKeyCollection, TIDY_SIGNING_KEY } from './domain/tokens/signing-keys.ts';
import { createStanding } from './domain/tokens/eligibility.ts';
import { createTokens } from './domain/tokens/tokens.ts';
import { createIdentityProviders, type StandIns } from './identity-providers/index.ts';
import { passkeyVerifier } from './passkeys/index.ts';
import { createAfterwards } from './ops/afterwards.ts';
import { sealedExpiring, sealedRecords } from './stores/sealed.ts';
import type { Storage } from './stores/storage.ts';
import { createSigner } from './token-keys/signer.ts';
import type { Afterwards } from './domain/ports/afterwards.ts';

/** What the world outside lends the program. */
export interface Outside {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  /** Plain stores; the program seals them itself, so that no caller can forget it. */
  readonly storage: Omit<Storage, 'close'>;
  readonly sealer: Sealer;
  readonly passwordHash: PasswordHash & KnownPasswords;
  readonly messages: Messages;
  readonly triggers: Triggers;
  readonly root: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** In place of providers whose addresses are fixed; tests' alone. */
  readonly standIns?: StandIns;
}

/** The domain, each noun given its parts. */
export function createNouns(outside: Outside) {
  const { config, clock, sealer, messages, storage, root, log, passwordHash } = outside;
  const records = sealedRecords(storage.records, sealer);
  const expiring = sealedExpiring(storage.expiring, sealer);
  const jobs = createJobs({
    records,
    clock,
    works: {
      [SWEEP_POOL]: sweepPool(records, [sessionCollection, signingKeyCollection]),
      [SWEEP_GROUP]: sweepGroup(records),
      [TIDY_SIGNING_KEY]: (subject) => signingKeys.tidy(subject),
    },
    onFailure: (job, err) => log.error({ event: 'job-failed', kind: job.kind, subject: job.subject, err }),
  });
  const base = { records, expiring, clock, account: config.accountId, sealer, bus: storage.bus, jobs };
  const pools = createPools(base);
  const clients = createClients({ ...base, pools });
  const groups = createGroups({ ...base, pools });
  const poolDomains = createPoolDomains({ ...base, pools });
  const resourceServers = createResourceServers({ ...base, pools });
  const identityProviders = createIdentityProviders({
    fetch: createFetches(config.outgoing).tenant,
    skewSeconds: config.federation.clockSkewSeconds,
    clock,
    standIns: outside.standIns,
  });
  const providers = createProviders({ ...base, pools, identityProviders });
  const passwords = createPasswords({ hash: passwordHash, known: passwordHash });
  const users = createUsers({ ...base, passwords });
  const decoys = createDecoys({ sealer });
  const accounts = createAccounts({ users, decoys });
  const passkeys = createPasskeys({ ...base, poolDomains, passkeyVerifier, publicUrl: config.publicUrl });
  const devices = createDevices(base);
  const leaving = createLeaving({ records, users, groups, passkeys, devices });
  const poolTriggers = createPoolTriggers({ triggers: outside.triggers });
  const newcomers = createNewcomers({ users, poolTriggers });
  const externalUsers = createExternalUsers({ users, groups, newcomers, poolTriggers, clock });
  const callbackOf = (poolId: string, type: ProviderType): string =>
    `${config.publicUrl}/${poolId}/${type === 'SAML' ? 'saml2' : 'oauth2'}/idpresponse`;
  // Cognito's, so that a provider that knows a pool of that id need not be told anew.
  const entityIdOf = (poolId: string): string => `urn:amazon:cognito:sp:${poolId}`;
  const claimOnce = createClaimOnce(base);
  const journeys = createJourneys({
    pools,
    providers,
    externalUsers,
    poolTriggers,
    identityProviders,
    expiring,
    claimOnce,
    callbackOf,
    entityIdOf,
    recipientsOf: (poolId) => poolDomains.addressesOf(poolId, config.publicUrl, '/saml2/idpresponse'),
  });
  const letters = createLetters({
    limits: createMessageLimits({
      expiring,
      settings: config.limits.messages,
      onRefused: (refused) => log.warn({ event: 'message-refused', ...refused }),
    }),
    post: createPost({ messages }),
    poolTriggers,
    publicUrl: config.publicUrl,
  });
  const joining = createJoining({ users });
  const migrations = createMigrations({ users, joining, providers, poolTriggers });
  const afterAnswers = createAfterwards({
    onFailure: (err) => log.error({ event: 'afterwards-failed', err }),
  });
  const afterwards: Afterwards = (poolId, work) => afterAnswers.run(poolId, work);
  const codes = createCodes(base);
  const limits = createAttemptLimits(base);
  const codeLetters = createCodeLetters({ codes, letters, afterwards });
  const coded = { users, accounts, newcomers, codes, codeLetters, limits, guesses: createThrottle(base) };
  const signUp = createSignUp({ ...coded, joining, providers });
  const confirmations = createConfirmations(coded);
  const recovery = createRecovery({ ...coded, migrations });
  const passwordChanges = createPasswordChanges({ ...coded, clock });
  const attributeChanges = createAttributeChanges(coded);
  const addressProofs = createAddressProofs(coded);
  const invitations = createInvitations({ users, newcomers, joining, providers, letters, clock });
  const signUpSessions = createSignUpSessions(base);
  const hasPasskey: HasPasskey = (pool, account) => passkeys.hasPasskey(pool, account);
  const signIn = createSignIn({
    ...base,
    users,
    accounts,
    decoys,
    pools,
    clients,
    letters,
    signUpSessions,
    claimOnce,
    hasPasskey,
    devices,
    passkeys,
    passkeyVerifier,
    poolTriggers,
    migrations,
    hash: passwordHash,
    afterwards,
  });
  const softwareTokens = createSoftwareTokens({ ...base, users, signIn, claimOnce });
  const factors = createFactors({ users });

  const signer = createSigner();
  const cutOffs = createCutOffs(base);
  const issuerOf = (pool: Pick<Pool, 'id' | 'region'>): string =>
    config.issuer === 'aws'
      ? `https://cognito-idp.${pool.region}.amazonaws.com/${pool.id}`
      : `${config.publicUrl}/${pool.id}`;
  const { rotateAfterDays } = config.keys;
  const signingKeys = createSigningKeys({ ...base, signer, rotateAfterDays, afterwards });
  const tokenSessions = createSessions(base);
  const standing = createStanding({ providers });
  const tokens = createTokens({
    ...base,
    pools,
    clients,
    users,
    groups,
    signer,
    cutOffs,
    issuerOf,
    poolTriggers,
    devices,
    families: createFamilies(base),
    sessions: tokenSessions,
    standing,
    signingKeys,
  });

  const roles = createRoles(base);
  const iamUsers = createIamUsers(base);
  const credentials = createCredentials(base);
  const principals = createPrincipals({ ...base, root, iamUsers, credentials, isVoid: tokens.isVoid });
  const parsed = createParsedPolicies();
  const authority = createAuthority({ roles, iamUsers, parsed });
  const assumeRoles = createAssumeRole({ roles, credentials, authority, parsed });

  const social = createSocialProofs({ identityProviders });
  const logins = createLogins({ tokens, social, publicHost: new URL(config.publicUrl).host });
  const identityPools = createIdentityPools(base);
  const guestSettings = { ...config.limits, ...config.expiry };
  const identities = createIdentities({ ...base, proofs: logins, guestSettings });
  const identityCredentials = createIdentityCredentials({
    identityPools,
    identities,
    roles,
    credentials,
    parsed,
  });

  const datasets = createDatasets({ ...base, epochs: createEpochs({ records, history: storage.history }) });
  const openIdTokens = createOpenIdTokens({
    ...base,
    tokens,
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
    social,
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

  return {
    ...base,
    pools,
    clients,
    groups,
    providers,
    resourceServers,
    poolDomains,
    passkeys,
    devices,
    users,
    accounts,
    leaving,
    unconfirmed: createUnconfirmed({ ...base, leaving, log, days: config.expiry.unconfirmedDays }),
    journeys,
    poolTriggers,
    signUp,
    confirmations,
    recovery,
    passwordChanges,
    attributeChanges,
    addressProofs,
    afterwards: afterAnswers,
    invitations,
    signIn,
    signUpSessions,
    softwareTokens,
    factors,
    hasPasskey,
    cutOffs,
    issuerOf,
    callbackOf,
    entityIdOf,
    signingKeys,
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
  };
}
export type Nouns = ReturnType<typeof createNouns>;
