/**
 * Destinations: where a person can be reached, and how that is shown.
 *
 * What is shown of an address is enough to know one's own, and too little to learn another's. What is shown of somebody who does not exist is made up in decoys.ts.
 * Source: Cognito API reference, CreateUserPool, "AccountRecoverySetting"; developer guide, "Managing user existence error responses".
 */
import type { Channel } from './notifications.ts';
import type { ContactAttribute, Pool } from '../pools/pools.ts';
import { PHONE_FIRST, recoveryWays, type Address } from '../pools/recovery-ways.ts';
import type { User } from '../users/users.ts';

/** Where a code went: masked, for showing. */
export interface Delivery {
  readonly attribute: ContactAttribute;
  readonly channel: Channel;
  readonly destination: string;
}

export const channelOf = (attribute: ContactAttribute): Channel => (attribute === 'email' ? 'email' : 'sms');

export const deliveryTo = ({ attribute, value }: Address): Delivery => ({
  attribute,
  channel: channelOf(attribute),
  destination: masked(value),
});

/** `a***@e***`, `+*******1234`: as Cognito masks destinations. */
export function masked(address: string): string {
  if (address.startsWith('+')) return `+*******${address.slice(-4)}`;
  const [local = '', domain = ''] = address.split('@');
  return `${local.slice(0, 1)}***@${domain.slice(0, 1)}***`;
}

/** What a newcomer's code is sent to: the phone number first, of what the pool verifies by itself. */
export function signUpAddress(
  { autoVerifiedAttributes }: Pool,
  { attributes }: Pick<User, 'attributes'>,
): Address | undefined {
  const attribute = PHONE_FIRST.find((name) => autoVerifiedAttributes.includes(name) && attributes[name]);
  return attribute && { attribute, value: attributes[attribute]! };
}

const FACTOR_OF = { email: 'email', phone_number: 'sms' } as const;

/** The verified address that a forgotten password is recovered by. */
export function recoveryAddress(
  { recovery = [] }: Pool,
  { attributes, factors }: Pick<User, 'attributes' | 'factors'>,
): Address | undefined {
  // Who has the second factor would otherwise get the first with it. Pools that never chose an order are older than this rule, and free of it.
  const isBarred = (name: ContactAttribute): boolean =>
    recovery.length > 0 && (factors?.enabled ?? []).includes(FACTOR_OF[name]);
  const attribute = recoveryWays({ recovery }).find(
    (name) => attributes[name] && attributes[`${name}_verified`] === 'true' && !isBarred(name),
  );
  return attribute && { attribute, value: attributes[attribute]! };
}
