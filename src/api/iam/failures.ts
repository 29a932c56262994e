/**
 * The domain's failures in IAM's words.
 *
 * Source: IAM API reference, errors of each operation.
 */
import type { IamUserFailure } from '../../domain/access/iam-users.ts';
import type { InlinePolicyFailure } from '../../domain/access/inline-policies.ts';
import type { OidcProviderFailure } from '../../domain/access/trusted-issuers/oidc-providers.ts';
import type { PolicyFailure } from '../../domain/access/policy.ts';
import type { RoleFailure } from '../../domain/access/roles.ts';
import type { SamlProviderFailure } from '../../domain/access/trusted-issuers/saml-providers.ts';
import type { FailureWords } from '../service.ts';
import type { ParameterFailure } from './members.ts';

type Kind =
  | OidcProviderFailure
  | IamUserFailure
  | InlinePolicyFailure
  | ParameterFailure
  | PolicyFailure
  | RoleFailure
  | SamlProviderFailure;

export const failures: Readonly<Record<Kind, FailureWords>> = {
  'role-exists': {
    code: 'EntityAlreadyExists',
    status: 409,
    message: 'Role with name {role} already exists.',
  },
  'role-not-found': {
    code: 'NoSuchEntity',
    status: 404,
    message: 'The role with name {role} cannot be found.',
  },
  'role-has-policies': {
    code: 'DeleteConflict',
    status: 409,
    message: 'Cannot delete entity, must delete policies first.',
  },
  'oidc-provider-exists': {
    code: 'EntityAlreadyExists',
    status: 409,
    message: 'Provider with url {provider} already exists.',
  },
  'oidc-provider-refused': { code: 'InvalidInput', message: '{reason}' },
  'saml-provider-exists': {
    code: 'EntityAlreadyExists',
    status: 409,
    message: 'SAML provider with name {provider} already exists.',
  },
  'saml-provider-refused': { code: 'InvalidInput', message: '{reason}' },
  'iam-user-exists': {
    code: 'EntityAlreadyExists',
    status: 409,
    message: 'User with name {user} already exists.',
  },
  'iam-user-not-found': {
    code: 'NoSuchEntity',
    status: 404,
    message: 'The user with name {user} cannot be found.',
  },
  'iam-user-has-keys': {
    code: 'DeleteConflict',
    status: 409,
    message: 'Cannot delete entity, must delete access keys first.',
  },
  'iam-user-has-policies': {
    code: 'DeleteConflict',
    status: 409,
    message: 'Cannot delete entity, must delete policies first.',
  },
  'access-key-not-found': {
    code: 'NoSuchEntity',
    status: 404,
    message: 'The Access Key with id {key} cannot be found.',
  },
  'inline-policy-not-found': {
    code: 'NoSuchEntity',
    status: 404,
    message: 'The {kind} policy with name {policy} cannot be found.',
  },
  'too-many-access-keys': {
    code: 'LimitExceeded',
    status: 409,
    message: 'Cannot exceed quota for AccessKeysPerUser: {most}',
  },
  'policies-too-long': {
    code: 'LimitExceeded',
    status: 409,
    message: 'Maximum policy size of {most} bytes exceeded for {owner}',
  },
  'malformed-policy': { code: 'MalformedPolicyDocument', message: '{reason}' },
  'boundary-not-found': {
    code: 'NoSuchEntity',
    status: 404,
    message: 'Policy {policy} does not exist or is not attachable.',
  },
  'bad-page-token': { code: 'ValidationError', message: 'Invalid Marker.' },
  'refused-value': { code: 'InvalidInput', message: '{reason}' },
  'refused-parameter': { code: 'ValidationError', message: '{reason}' },
};
