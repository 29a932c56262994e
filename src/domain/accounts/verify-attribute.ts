/**
 * Address proofs: a signed-in person shows that he reads what is sent to an address of his.
 *
 * What waits for its proof takes effect with it. An address that somebody else proved first stays with him, and one that was changed since its code was sent is not proven by that code.
 * Source: Cognito API reference, GetUserAttributeVerificationCode, VerifyUserAttribute.
 */
import { Failure } from '../../base/failure.ts';
import type { AttemptLimits } from '../limits/attempt-limits.ts';
import type { AttributeFailure } from '../pools/attributes.ts';
import type { CallerContext } from '../ports/caller-context.ts';
import { CONTACTS } from './update-attributes.ts';
import type { CodeLetters } from '../notifications/code-delivery.ts';
import type { CodeFailure, Codes } from '../notifications/confirmation-codes.ts';
import type { Delivery } from '../notifications/destinations.ts';
import type { ContactAttribute, Pool } from '../pools/pools.ts';
import type { User, Users } from '../users/users.ts';
import type { Address } from '../pools/recovery-ways.ts';

export interface Proving {
  readonly pool: Pool;
  readonly user: User;
  /** Of `email` and `phone_number`. */
  readonly attribute: string;
  readonly caller: CallerContext;
}
export type AddressProofs = ReturnType<typeof createAddressProofs>;

export function createAddressProofs({
  users,
  codes,
  codeLetters,
  limits,
}: {
  users: Users;
  codes: Codes;
  codeLetters: CodeLetters;
  limits: AttemptLimits;
}) {
  return {
    /**
     * Sends a code to the address that waits for its proof, or to the present one.
     * @throws Failure `attribute-refused`, `too-many-attempts`, `delivery-failed`; of TriggerFailure
     */
    async request(
      proving: Proving & { readonly clientId: string; readonly metadata?: Readonly<Record<string, string>> },
    ): Promise<Delivery> {
      const { pool, user, clientId, metadata, caller } = proving;
      const attribute = contact(proving.attribute);
      const value = user.pendingAttributes?.[attribute] ?? user.attributes[attribute];
      if (!value) throw refused(`User does not have a value for the attribute ${attribute}.`);
      await limits.count('send-attribute-code', proving);
      return codeLetters.send({
        pool,
        user,
        purpose: `verify-${attribute}`,
        occasion: 'verify-attribute',
        to: { attribute, value },
        clientId,
        metadata,
        caller,
      });
    },

    /**
     * @throws Failure `attribute-refused`, `too-many-attempts`, `code-mismatch`, `code-expired`, `alias-exists`, `user-not-found`
     */
    async prove(proving: Proving & { readonly code: string }): Promise<void> {
      const { pool, user, code } = proving;
      const attribute = contact(proving.attribute);
      await limits.count('verify-attribute', proving);
      const right = await codes.judge(`verify-${attribute}`, user, code);
      provenBy(user, right.to);
      await right.spend();
      await users.change(pool, user, (present) => {
        if (present.sub !== user.sub) throw new Failure<CodeFailure>('code-expired');
        return provenBy(present, right.to);
      });
    },
  };
}

/** The user with that address verified, in place of the present one if it waited. @throws Failure `code-expired` when it is his no longer */
function provenBy(user: User, { attribute, value }: Address): User {
  const { attributes, pendingAttributes: waiting = {} } = user;
  const isWaiting = waiting[attribute] === value;
  // While another waits, the code for the one before it is void.
  if (!isWaiting && (waiting[attribute] !== undefined || attributes[attribute] !== value))
    throw new Failure<CodeFailure>('code-expired');
  const rest = Object.entries(waiting).filter(([name]) => name !== attribute);
  return {
    ...user,
    attributes: { ...attributes, [attribute]: value, [`${attribute}_verified`]: 'true' },
    pendingAttributes: rest.length === 0 ? undefined : Object.fromEntries(rest),
  };
}

/** @throws Failure `attribute-refused` */
function contact(name: string): ContactAttribute {
  const attribute = CONTACTS.find((each) => each === name);
  if (!attribute) throw refused('Invalid attribute name. Only email and phone_number can be verified.');
  return attribute;
}

const refused = (reason: string) => new Failure<AttributeFailure>('attribute-refused', { reason });
