/**
 * A user that a provider vouches for, as who asks the provider and who keeps users agree on it.
 */
import type { Attributes } from '../pools/attributes.ts';
import type { Pool } from '../pools/pools.ts';
import type { Provider } from '../pools/providers.ts';
import type { User } from './users.ts';

export interface FederatedArrival {
  readonly provider: Provider;
  /** The provider's own id of the user. */
  readonly subject: string;
  readonly issuer?: string;
  readonly attributes: Attributes;
  /** The client that the user signs in for. */
  readonly clientId?: string;
}

export interface WelcomesUsers {
  /**
   * The user of that provider and subject, made when absent.
   * @throws Failure `attribute-refused`; of TriggerFailure
   */
  welcome(pool: Pool, arrival: FederatedArrival): Promise<User>;
}
