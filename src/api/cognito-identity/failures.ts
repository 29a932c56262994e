/**
 * The domain's failures in the words of Cognito's identity pools.
 *
 * Source: Cognito identity API reference, errors of each operation.
 */
import type { CredentialFailure } from '../../domain/access/credentials.ts';
import type { IdentityCredentialFailure } from '../../domain/identities/credentials.ts';
import type { IdentityFailure } from '../../domain/identities/identities.ts';
import type { IdentityPoolFailure } from '../../domain/identities/identity-pools.ts';
import type { LoginFailure } from '../../domain/identities/logins.ts';
import type { OpenIdTokenFailure } from '../../domain/identities/open-id-tokens.ts';
import type { RoleChoiceFailure } from '../../domain/identities/role-choice.ts';
import type { FailureWords } from '../service.ts';
import type { ParameterFailure } from './members.ts';

type Kind =
  | Extract<CredentialFailure, 'session-too-large'>
  | IdentityCredentialFailure
  | IdentityFailure
  | IdentityPoolFailure
  | LoginFailure
  | OpenIdTokenFailure
  | ParameterFailure
  | RoleChoiceFailure;

const notAuthorized = (message: string): FailureWords => ({ code: 'NotAuthorizedException', message });
const misconfigured: FailureWords = {
  code: 'InvalidIdentityPoolConfigurationException',
  message: 'Invalid identity pool configuration. Check assigned IAM roles for this pool.',
};

export const failures: Readonly<Record<Kind, FailureWords>> = {
  'refused-parameter': { code: 'InvalidParameterException', message: '{reason}' },
  'identity-pool-not-found': {
    code: 'ResourceNotFoundException',
    message: "IdentityPool '{pool}' not found.",
  },
  'identity-not-found': { code: 'ResourceNotFoundException', message: "Identity '{identity}' not found." },
  'identity-forbidden': notAuthorized("Access to Identity '{identity}' is forbidden."),
  'too-many-guests': { code: 'TooManyRequestsException', message: 'Too many guests come from this address.' },
  'guests-not-allowed': notAuthorized('Unauthenticated access is not supported for this identity pool.'),
  'classic-flow-not-allowed': {
    code: 'InvalidParameterException',
    message: 'Basic (classic) flow is not enabled, please use enhanced flow.',
  },
  'logins-conflict': {
    code: 'ResourceConflictException',
    message:
      "Logins don't match. Please include at least one valid login for this identity or identity pool.",
  },
  'login-refused': notAuthorized('{reason}'),
  'login-unverifiable': {
    code: 'ExternalServiceException',
    message: 'The provider {provider} cannot be reached to verify its token.',
  },
  'provider-not-accepted': notAuthorized(
    'Invalid login token. The provider {provider} is not configured for this identity pool.',
  ),
  'role-forbidden': notAuthorized('Access to Role is forbidden.'),
  'role-ambiguous': notAuthorized('Access to Role is forbidden: the token leaves more than one role.'),
  'role-not-configured': misconfigured,
  'role-not-trusting': misconfigured,
  'session-too-large': misconfigured,
};
