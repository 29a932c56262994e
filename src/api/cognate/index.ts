/**
 * cognate: what Cognate has and AWS's APIs have no member for, in the form of AWS's own services.
 *
 * awsJson1.1 under the target `Cognate`, signed for the service `cognate`, allowed by actions `cognate:…` on the same resources. There is no SDK for it. docs/passwords.md says what it offers.
 */
import { awsJson } from '../../wire/aws-json.ts';
import type { Service } from '../service.ts';
import { failures } from './failures.ts';
import * as passwordProtection from './password-protection.ts';
import * as signingKeys from './signing-keys.ts';

export const operations = { ...passwordProtection, ...signingKeys };

export const cognate: Service = {
  name: 'cognate',
  protocol: awsJson('Cognate'),
  operations,
  failures,
  invalidInput: 'InvalidParameterException',
};
