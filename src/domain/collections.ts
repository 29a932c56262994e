/**
 * All collections: what a store is prepared for when it is opened.
 *
 * A collection stands beside the rules of its noun; here they are only counted. One that is missing here is refused by a store that makes tables.
 */
import { accessKeyCollection } from './access/access-keys.ts';
import { iamUserCollection } from './access/iam-users.ts';
import { oidcProviderCollection } from './access/trusted-issuers/oidc-providers.ts';
import { roleCollection } from './access/roles.ts';
import { samlProviderCollection } from './access/trusted-issuers/saml-providers.ts';
import { clientCollection } from './pools/clients.ts';
import { deviceCollection } from './users/devices.ts';
import { groupCollection, membershipCollection } from './users/groups.ts';
import { passkeyCollection } from './users/passkeys.ts';
import { poolDomainCollection } from './pools/pool-domains.ts';
import { poolCollection } from './pools/pools.ts';
import { providerCollection } from './pools/providers.ts';
import { resourceServerCollection } from './pools/resource-servers.ts';
import { userCollection } from './users/users.ts';
import { usedOnceCollection } from './federation/replay.ts';
import { identityCollection, loginLinkCollection } from './identities/identities.ts';
import { identityPoolCollection } from './identities/identity-pools.ts';
import { jobCollection } from './jobs/jobs.ts';
import { epochCollection } from './sync/epochs.ts';
import { datasetCollection, syncRecordCollection } from './sync/datasets.ts';
import type { AnyCollection } from './ports/records.ts';
import { cutOffCollection } from './tokens/watermarks.ts';
import { familyCollection } from './tokens/families.ts';
import { sessionCollection } from './tokens/sessions.ts';
import { signingKeyCollection } from './tokens/signing-keys.ts';

export const collections: readonly AnyCollection[] = [
  poolCollection,
  poolDomainCollection,
  clientCollection,
  userCollection,
  groupCollection,
  membershipCollection,
  passkeyCollection,
  deviceCollection,
  providerCollection,
  resourceServerCollection,
  usedOnceCollection,
  signingKeyCollection,
  familyCollection,
  sessionCollection,
  cutOffCollection,
  roleCollection,
  iamUserCollection,
  accessKeyCollection,
  oidcProviderCollection,
  samlProviderCollection,
  identityPoolCollection,
  identityCollection,
  loginLinkCollection,
  datasetCollection,
  syncRecordCollection,
  epochCollection,
  jobCollection,
];
