/**
 * All collections: what a store is prepared for when it is opened.
 *
 * A collection stands beside the rules of its noun; here they are only counted. One that is missing here is refused by a store that makes tables.
 */
import { accessKeyCollection } from './access/access-keys.ts';
import { iamUserCollection } from './access/iam-users.ts';
import { oidcProviderCollection } from './access/oidc-providers.ts';
import { roleCollection } from './access/roles.ts';
import { samlProviderCollection } from './access/saml-providers.ts';
import { clientCollection } from './directory/clients.ts';
import { deviceCollection } from './directory/devices.ts';
import { groupCollection, membershipCollection } from './directory/groups.ts';
import { passkeyCollection } from './directory/passkeys.ts';
import { poolDomainCollection } from './directory/pool-domains.ts';
import { poolCollection } from './directory/pools.ts';
import { providerCollection } from './directory/providers.ts';
import { resourceServerCollection } from './directory/resource-servers.ts';
import { userCollection } from './directory/users.ts';
import { usedOnceCollection } from './federation/used-once.ts';
import { identityCollection, loginLinkCollection } from './identities/identities.ts';
import { identityPoolCollection } from './identities/identity-pools.ts';
import { jobCollection } from './jobs/jobs.ts';
import { epochCollection } from './sync/epochs.ts';
import { datasetCollection, syncRecordCollection } from './sync/datasets.ts';
import type { AnyCollection } from './ports/records.ts';
import { cutOffCollection } from './tokens/cut-offs.ts';
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
