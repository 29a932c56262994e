/**
 * Attribute changes: what a person, or an administrator, writes over what a pool knows of somebody.
 *
 * A changed address is nobody's proof: it counts as unverified, and where the pool verifies addresses by itself a code goes there. Where the pool demands it, the old address stays, also to sign in
 * with, until the new one is verified. An empty value takes an attribute away.
 * Source: Cognito API reference, UpdateUserAttributes, DeleteUserAttributes, AdminUpdateUserAttributes, AdminDeleteUserAttributes, "UserAttributeUpdateSettings".
 */
import { Failure } from '../../base/failure.ts';
import type { AttemptLimits } from '../limits/attempt-limits.ts';
import {
  acceptedAttributes,
  type AttributeFailure,
  type Attributes,
  type Writer,
} from '../pools/attributes.ts';
import type { CallerContext } from '../ports/caller-context.ts';
import type { CodeLetters } from '../notifications/code-delivery.ts';
import type { Codes } from '../notifications/confirmation-codes.ts';
import type { Delivery } from '../notifications/destinations.ts';
import type { ContactAttribute, Pool } from '../pools/pools.ts';
import type { User, UserFailure, Users } from '../users/users.ts';

interface AttributeChange {
  readonly pool: Pool;
  readonly user: User;
  readonly wanted: Attributes;
  readonly writer: Exclude<Writer, { kind: 'provider' }>;
  readonly clientId?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly caller: CallerContext;
}
export const CONTACTS: readonly ContactAttribute[] = ['email', 'phone_number'];

export type AttributeChanges = ReturnType<typeof createAttributeChanges>;

export function createAttributeChanges({
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
     * @returns where codes went
     * @throws Failure `attribute-refused`, `attribute-not-writable`, `too-many-attempts`, `alias-exists`, `user-not-found`; `delivery-failed` and of TriggerFailure once it is changed
     */
    async change(change: AttributeChange): Promise<readonly Delivery[]> {
      const { pool, user, clientId, metadata, caller } = change;
      const planned = changedBy(change, user);
      if (planned.proves.length > 0 && change.writer.kind === 'client')
        await limits.count('change-address', change);
      let { proves } = planned;
      let before = user;
      const changed = await users.change(pool, user, (present) => {
        if (present.sub !== user.sub) throw new Failure<UserFailure>('user-not-found');
        const result = changedBy(change, present);
        before = present;
        ({ proves } = result);
        return result.user;
      });
      // A code that was sent for the address before this one proves nothing any more, also should it come back.
      for (const name of CONTACTS)
        if (toBeProven(changed, name) !== toBeProven(before, name))
          await codes.forget(`verify-${name}`, user);
      const deliveries: Delivery[] = [];
      for (const attribute of proves) {
        const to = { attribute, value: toBeProven(changed, attribute) ?? '' };
        const letter = {
          pool,
          user: changed,
          purpose: `verify-${attribute}`,
          to,
          clientId,
          metadata,
          caller,
        } as const;
        deliveries.push(await codeLetters.send({ ...letter, occasion: 'changed-attribute' }));
      }
      return deliveries;
    },
  };
}

/** The address that a code would be for: the one that waits for its proof, or the present one. */
const toBeProven = ({ attributes, pendingAttributes }: User, name: ContactAttribute): string | undefined =>
  pendingAttributes?.[name] ?? attributes[name];

/**
 * The user as changed, and the addresses that are to be proven.
 * @throws Failure `attribute-refused`, `attribute-not-writable`
 */
function changedBy(
  { pool, wanted: asked, writer }: AttributeChange,
  present: User,
): { user: User; proves: readonly ContactAttribute[] } {
  const wanted = acceptedAttributes(pool.schema, asked, writer, present.attributes);
  assertDispensable(pool, wanted, present.attributes);
  const isVouchedFor = (name: ContactAttribute) => wanted[`${name}_verified`] === 'true';
  const news = CONTACTS.filter((name) => wanted[name] && wanted[name] !== present.attributes[name]);
  const waiting = news.filter((name) => pool.verifiedBeforeUpdate?.includes(name) && !isVouchedFor(name));
  const proves = news.filter(
    (name) => !isVouchedFor(name) && (waiting.includes(name) || pool.autoVerifiedAttributes.includes(name)),
  );
  const changedNow = news.filter((name) => !waiting.includes(name) && !isVouchedFor(name));
  const gone = CONTACTS.filter((name) => wanted[name] === '');
  const attributes = {
    ...present.attributes,
    ...without(wanted, waiting),
    ...Object.fromEntries(changedNow.map((name) => [`${name}_verified`, 'false'])),
    ...Object.fromEntries(gone.map((name) => [`${name}_verified`, ''])),
  };
  // Whatever was waiting gives way to what is written now, be it the present value.
  const pending = {
    ...without(
      present.pendingAttributes ?? {},
      CONTACTS.filter((name) => name in wanted),
    ),
    ...Object.fromEntries(waiting.map((name) => [name, wanted[name] ?? ''])),
  };
  const user = {
    ...present,
    attributes: Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== '')),
    pendingAttributes: Object.keys(pending).length === 0 ? undefined : pending,
  };
  return { user, proves };
}

/** Refuses to take away what the pool demands, or the last name to sign in with. @throws Failure `attribute-refused` */
function assertDispensable(
  { schema, usernameAttributes }: Pool,
  wanted: Attributes,
  present: Attributes,
): void {
  const refuse = (name: string) =>
    new Failure<AttributeFailure>('attribute-refused', {
      reason: `Attributes did not conform to the schema: ${name}: The attribute ${name} is required`,
    });
  const gone = Object.keys(wanted).filter((name) => wanted[name] === '');
  const needed = gone.find((name) => schema.some((rule) => rule.name === name && rule.isRequired));
  if (needed !== undefined) throw refuse(needed);
  const after = { ...present, ...wanted };
  const [first] = usernameAttributes.filter((name) => present[name]);
  if (first !== undefined && !usernameAttributes.some((name) => after[name])) throw refuse(first);
}

const without = (attributes: Attributes, names: readonly string[]): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name)));
