/**
 * A user's attributes in the wire's words.
 *
 * `sub` and `identities` stand among them, though nobody may write them.
 */
import { identitiesText } from '../../../domain/users/linked-providers.ts';
import type { User } from '../../../domain/users/users.ts';

/** Attributes in the wire's words (AttributeType), `sub` first; those asked for, or all. */
export function attributeTypes(user: User, wanted?: readonly string[]) {
  const identities = user.identities && { identities: identitiesText(user.identities) };
  return Object.entries({ sub: user.sub, ...identities, ...user.attributes })
    .filter(([name]) => !wanted || wanted.includes(name))
    .map(([Name, Value]) => ({ Name, Value }));
}
