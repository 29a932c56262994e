/**
 * iam: roles, users and their keys over IAM's API.
 *
 * Owns the wire names of IAM and nothing else. Enters through dispatch; must know no HTTP, no store, and no other service.
 */
import { awsQuery } from '../../wire/aws-query.ts';
import type { Service } from '../service.ts';
import { failures } from './failures.ts';
import * as oidcProviders from './oidc-providers.ts';
import * as roles from './roles.ts';
import * as users from './users.ts';

export const operations = { ...roles, ...users, ...oidcProviders };

export const iam: Service = {
  name: 'iam',
  protocol: awsQuery('2010-05-08', 'https://iam.amazonaws.com/doc/2010-05-08/'),
  operations,
  failures,
  invalidInput: 'ValidationError',
};
