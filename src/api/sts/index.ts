/**
 * sts: short-lived credentials over the API of the Security Token Service.
 *
 * Owns the wire names of STS and nothing else. Enters through dispatch; must know no HTTP, no store, and no other service.
 */
import { awsQuery } from '../../wire/aws-query.ts';
import type { Service } from '../service.ts';
import * as assumeRole from './assume-role.ts';
import * as caller from './caller.ts';
import { failures } from './failures.ts';
import * as saml from './saml.ts';
import * as webIdentity from './web-identity.ts';

export const operations = { ...caller, ...assumeRole, ...webIdentity, ...saml };

export const sts: Service = {
  name: 'sts',
  protocol: awsQuery('2011-06-15', 'https://sts.amazonaws.com/doc/2011-06-15/'),
  operations,
  failures,
  invalidInput: 'ValidationError',
};
