/** The domain's failures in the words of Cognate's own operations, which are those of cognito-idp. */
import type { PoolFailure } from '../../domain/pools/pools.ts';
import type { FailureWords } from '../service.ts';

type Kind = Exclude<PoolFailure, 'pool-protected'>;

export const failures: Readonly<Record<Kind, FailureWords>> = {
  'pool-not-found': { code: 'ResourceNotFoundException', message: 'User pool {pool} does not exist.' },
};
