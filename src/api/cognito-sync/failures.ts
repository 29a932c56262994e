/**
 * The domain's failures in the words of Cognito Sync.
 *
 * Source: Cognito Sync API reference, errors of each operation.
 */
import type { IdentityFailure } from '../../domain/identities/identities.ts';
import type { SyncFailure } from '../../domain/sync/datasets.ts';
import type { FailureWords } from '../service.ts';
import type { OwnerFailure } from './nouns.ts';

type Kind = SyncFailure | OwnerFailure | Extract<IdentityFailure, 'identity-not-found'>;

export const failures: Readonly<Record<Kind, FailureWords>> = {
  'records-conflict': {
    code: 'ResourceConflictException',
    status: 409,
    message: 'Current SyncCount for record is different from the one provided.',
  },
  'sync-session-invalid': { code: 'InvalidParameterException', message: 'SyncSessionToken is not valid.' },
  'sync-limit': { code: 'LimitExceededException', message: '{reason}' },
  'patch-refused': { code: 'InvalidParameterException', message: '{reason}' },
  'not-your-identity': {
    code: 'NotAuthorizedException',
    status: 403,
    message: 'Access to another identity is forbidden.',
  },
  'identity-not-found': {
    code: 'ResourceNotFoundException',
    status: 404,
    message: "Identity '{identity}' not found.",
  },
};
