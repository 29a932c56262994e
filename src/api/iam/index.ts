/**
 * iam: roles, users and their keys, and providers from outside over IAM's API.
 *
 * Owns the wire names of IAM and nothing else. Enters through dispatch; must know no HTTP, no store, and no other service.
 */
import { awsQuery } from '../../wire/aws-query.ts';
import type { Service } from '../service.ts';
import * as accessKeys from './access-keys.ts';
import { failures } from './failures.ts';
import * as oidcProviders from './oidc-providers.ts';
import * as rolePolicies from './role-policies.ts';
import * as roles from './roles.ts';
import * as samlProviders from './saml-providers.ts';
import * as userPolicies from './user-policies.ts';
import * as users from './users.ts';

export const operations = {
  ...roles,
  ...rolePolicies,
  ...users,
  ...userPolicies,
  ...accessKeys,
  ...oidcProviders,
  ...samlProviders,
};

const MEBIBYTE = 1024 * 1024;

export const iam: Service = {
  name: 'iam',
  protocol: awsQuery('2010-05-08', 'https://iam.amazonaws.com/doc/2010-05-08/'),
  operations,
  failures,
  invalidInput: 'ValidationError',
  // Metadata of a mebibyte, each character of which a form may write in three; and what else the form has.
  largeBodies: { CreateSAMLProvider: { bytes: 3 * MEBIBYTE + 65_536 } },
};
