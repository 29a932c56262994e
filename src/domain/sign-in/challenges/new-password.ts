/**
 * A password of one's own, owed by users whose password an administrator chose.
 *
 * Attributes that the pool demands and the user lacks are given with it, under the rules for what a person may write about himself.
 * Source: Cognito developer guide, "NEW_PASSWORD_REQUIRED".
 */
import type { Clock } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import { userOf } from '../../users/resolve-account.ts';
import { acceptedAttributes, assertComplete, readableBy, type Attributes } from '../../pools/attributes.ts';
import type { Client } from '../../pools/clients.ts';
import type { Users } from '../../users/users.ts';
import type { Answer, SignInFailure, Step } from './challenge.ts';

const PREFIX = 'userAttributes.';

export const newPasswordStep = ({ users, clock }: { users: Users; clock: Clock }): Step => ({
  name: 'new-password',
  owedBy: ({ user }) => user.status === 'FORCE_CHANGE_PASSWORD',

  ask({ pool, client, user }) {
    if (isPast(user.temporaryPasswordUntil, clock))
      throw new Failure<SignInFailure>('temporary-password-expired');
    const missing = pool.schema
      .filter(({ name, isRequired }) => isRequired && name !== 'sub' && !user.attributes[name])
      .map(({ name }) => `${PREFIX}${name}`);
    const asks = {
      USER_ID_FOR_SRP: user.username,
      requiredAttributes: JSON.stringify(missing),
      userAttributes: JSON.stringify(readableBy(client.readAttributes, user.attributes)),
    };
    return { asks, notes: {} };
  },

  async check({ pool, client, user }, answer) {
    const { newPassword } = answer;
    if (newPassword === undefined)
      throw new Failure<SignInFailure>('answer-malformed', { reason: 'NEW_PASSWORD is required.' });
    await users.assertPassword(pool, userOf(user), newPassword);
    const attributes = attributesOf(answer);
    // Of addresses too: who knows only a temporary password would lead the codes of the next step to himself.
    const required = pool.schema.filter(({ isRequired }) => isRequired).map(({ name }) => name);
    const kept = ['email', 'phone_number', ...required].find(
      (name) =>
        attributes[name] !== undefined && user.attributes[name] && attributes[name] !== user.attributes[name],
    );
    if (kept !== undefined)
      throw new Failure<SignInFailure>('answer-malformed', {
        reason: `Cannot modify an already provided ${kept}`,
      });
    assertComplete(pool.schema, {
      ...user.attributes,
      ...acceptedAttributes(pool.schema, attributes, writerBy(client), user.attributes),
    });
  },

  async pass({ pool, client, user }, answer) {
    const given = acceptedAttributes(pool.schema, attributesOf(answer), writerBy(client), user.attributes);
    const replaced = await users.newPassword(pool, user, answer.newPassword ?? '');
    const changed = await users.change(pool, user, (present) => {
      // Somebody else finished this in the meantime, and this answer would undo his password.
      if (present.status !== 'FORCE_CHANGE_PASSWORD') throw new Failure<SignInFailure>('session-expired');
      const attributes = unverified({ ...present.attributes, ...given }, present.attributes);
      return { ...replaced(present), attributes, status: 'CONFIRMED', temporaryPasswordUntil: undefined };
    });
    return { user: changed };
  },
});

const isPast = (moment: string | undefined, clock: Clock): boolean =>
  moment !== undefined && Date.parse(moment) <= clock.now().getTime();

const writerBy = ({ writeAttributes }: Pick<Client, 'writeAttributes'>) =>
  ({ kind: 'client', writable: writeAttributes }) as const;

const attributesOf = (answer: Answer): Attributes =>
  Object.fromEntries(
    Object.entries(answer).flatMap(([name, value]) =>
      name.startsWith(PREFIX) && value !== undefined ? [[name.slice(PREFIX.length), value]] : [],
    ),
  );

/** An address that changed is nobody's proof any more. */
function unverified(attributes: Attributes, before: Attributes): Attributes {
  const changed = ['email', 'phone_number'].filter(
    (name) => attributes[name] !== before[name] && attributes[`${name}_verified`] === 'true',
  );
  return { ...attributes, ...Object.fromEntries(changed.map((name) => [`${name}_verified`, 'false'])) };
}
