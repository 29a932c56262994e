/**
 * cognito-idp: user pools over Amazon Cognito's API.
 *
 * Owns the wire names of user pools and nothing else: each operation translates in, asks the domain, translates out. Enters through dispatch; must know no HTTP, no store, and no other service.
 */
import { awsJson } from '../../wire/aws-json.ts';
import type { Service } from '../service.ts';
import * as account from './account.ts';
import * as adminDevices from './admin-devices.ts';
import * as adminSigningIn from './admin-signing-in.ts';
import * as appClients from './app-clients.ts';
import * as changingAttributes from './changing-attributes.ts';
import * as devices from './devices.ts';
import * as domains from './domains.ts';
import { failures } from './failures.ts';
import * as groups from './groups.ts';
import * as identityProviders from './identity-providers.ts';
import * as mfaConfig from './mfa-config.ts';
import * as mfa from './mfa.ts';
import * as mfaPreferences from './mfa-preferences.ts';
import * as passkeys from './passkeys.ts';
import * as passwords from './passwords.ts';
import * as resourceServers from './resource-servers.ts';
import * as sessionSettings from './session-settings.ts';
import * as sessions from './sessions.ts';
import * as signingIn from './signing-in.ts';
import * as signingUp from './signing-up.ts';
import * as tokens from './tokens.ts';
import * as userPools from './user-pools.ts';
import * as users from './users.ts';

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
