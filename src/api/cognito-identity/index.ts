/**
 * cognito-identity: identity pools over Amazon Cognito's API.
 *
 * Owns the wire names of identity pools and nothing else. Enters through dispatch; must know no HTTP, no store, and no other service.
 */
import { awsJson } from '../../wire/aws-json.ts';
import type { Service } from '../service.ts';
import { failures } from './failures.ts';
import * as identities from './identities.ts';
import * as identityPools from './identity-pools.ts';
import * as roles from './roles.ts';

export const operations = { ...identityPools, ...roles, ...identities };

export const cognitoIdentity: Service = {
  name: 'cognito-identity',
  protocol: awsJson('AWSCognitoIdentityService'),
  operations,
  failures,
  invalidInput: 'ValidationException',
};
