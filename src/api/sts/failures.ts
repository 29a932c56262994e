/**
 * The domain's failures in the words of STS.
 *
 * Source: STS API reference, errors of each operation.
 */
import type { AssumeRoleFailure } from '../../domain/access/assume-role.ts';
import type { CredentialFailure } from '../../domain/access/credentials.ts';
import type { PolicyFailure } from '../../domain/access/policy.ts';
import type { FailureWords } from '../service.ts';
import type { ParameterFailure } from './assume-role.ts';

type Kind =
  | AssumeRoleFailure
  | Extract<CredentialFailure, 'session-too-large'>
  | ParameterFailure
  | PolicyFailure;

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
  'session-too-large': {
    code: 'PackedPolicyTooLarge',
    message: 'The session token would be larger than {most} characters.',
  },
  'malformed-policy': { code: 'MalformedPolicyDocument', message: '{reason}' },
  'refused-parameter': { code: 'ValidationError', message: '{reason}' },
};
