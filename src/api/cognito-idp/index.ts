/**
 * cognito-idp: user pools over Amazon Cognito's API.
 *
 * Owns the wire names of user pools and nothing else: each operation translates in, asks the domain, translates out. Enters through dispatch; must know no HTTP, no store, and no other service.
 */
import { awsJson } from '../../wire/aws-json.ts';
import type { Service } from '../service.ts';
import * as account from './auth/account.ts';
import * as adminDevices from './users/admin-devices.ts';
import * as adminSigningIn from './auth/admin-signing-in.ts';
import * as appClients from './clients/app-clients.ts';
import * as changingAttributes from './users/changing-attributes.ts';
import * as devices from './users/devices.ts';
import * as domains from './pools/domains.ts';
import { failures } from './failures.ts';
import * as groups from './users/groups.ts';
import * as identityProviders from './pools/identity-providers.ts';
import * as mfaConfig from './pools/mfa-config.ts';
import * as mfa from './auth/mfa.ts';
import * as mfaPreferences from './users/mfa-preferences.ts';
import * as passkeys from './auth/passkeys.ts';
import * as passwords from './auth/passwords.ts';
import * as resourceServers from './pools/resource-servers.ts';
import * as sessionSettings from './pools/session-settings.ts';
import * as sessions from './auth/sessions.ts';
import * as signingIn from './auth/signing-in.ts';
import * as signingUp from './auth/signing-up.ts';
import * as tokens from './auth/tokens.ts';
import * as userPools from './pools/user-pools.ts';
import * as users from './users/users.ts';

export const operations = {
  ...userPools,
  ...mfaConfig,
  ...appClients,
  ...identityProviders,
  ...domains,
  ...resourceServers,
  ...groups,
  ...users,
  ...signingUp,
  ...signingIn,
  ...adminSigningIn,
  ...account,
  ...mfa,
  ...mfaPreferences,
  ...passkeys,
  ...tokens,
  ...sessions,
  ...sessionSettings,
  ...passwords,
  ...changingAttributes,
  ...devices,
  ...adminDevices,
};

export const cognitoIdp: Service = {
  name: 'cognito-idp',
  protocol: awsJson('AWSCognitoIdentityProviderService'),
  operations,
  failures,
  invalidInput: 'InvalidParameterException',
};
