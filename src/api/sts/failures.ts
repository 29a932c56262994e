/**
 * The domain's failures in the words of STS.
 *
 * Source: STS API reference, errors of each operation.
 */
import type { AssumeRoleFailure } from '../../domain/access/assume-role.ts';
import type { CredentialFailure } from '../../domain/access/credentials.ts';
import type { CarriedFailure } from '../../domain/access/session-tags.ts';
import type { FederatedSessionFailure } from '../../domain/access/federated-sessions.ts';
import type { PolicyFailure } from '../../domain/access/policy.ts';
import type { FailureWords } from '../service.ts';
import type { SamlIdentityFailure } from '../../domain/identities/saml-identity.ts';
import type { WebIdentityFailure } from '../../domain/identities/web-identity.ts';
import type { ParameterFailure } from './members.ts';

type Kind =
  | CarriedFailure
  | AssumeRoleFailure
  | FederatedSessionFailure
  | Extract<CredentialFailure, 'session-too-large'>
  | ParameterFailure
  | PolicyFailure
  | SamlIdentityFailure
  | WebIdentityFailure;

export const failures: Readonly<Record<Kind, FailureWords>> = {
  'role-not-assumable': { code: 'AccessDenied', status: 403, message: '{reason}' },
  'root-cannot-assume': {
    code: 'AccessDenied',
    status: 403,
    message: 'Roles may not be assumed by root accounts.',
  },
  'duration-too-long': {
    code: 'ValidationError',
    message: 'The requested DurationSeconds exceeds the {most} seconds that this role session may last.',
  },
  'federation-not-trusted': {
    code: 'AccessDenied',
    status: 403,
    message: 'Not authorized to perform {action}',
  },
  'web-identity-invalid': { code: 'InvalidIdentityToken', message: '{reason}' },
  'web-identity-expired': { code: 'ExpiredTokenException', message: 'Token must be unexpired.' },
  'web-identity-unreachable': {
    code: 'IDPCommunicationError',
    message: 'The identity provider could not be reached to verify the token.',
  },
  'saml-identity-invalid': { code: 'InvalidIdentityToken', message: '{reason}' },
  'saml-identity-expired': {
    code: 'ExpiredTokenException',
    message: 'Token must be redeemed within 5 minutes of issuance',
  },
  'saml-identity-rejected': {
    code: 'IDPRejectedClaim',
    status: 403,
    message: 'The identity provider says that it did not sign the person in.',
  },
  'tag-key-reserved': {
    code: 'ValidationError',
    message: 'Tag keys must not begin with "aws:": {key}',
  },
  'source-identity-set': {
    code: 'AccessDenied',
    status: 403,
    message: 'The source identity of the session cannot be changed.',
  },
  'session-too-large': {
    code: 'PackedPolicyTooLarge',
    message: 'The session token would be larger than {most} characters.',
  },
  'malformed-policy': { code: 'MalformedPolicyDocument', message: '{reason}' },
  'refused-parameter': { code: 'ValidationError', message: '{reason}' },
};
