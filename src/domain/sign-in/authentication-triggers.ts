/**
 * Around a sign-in: the pool's functions that may stop it before the first proof is judged (PreAuthentication), and after the last (PostAuthentication).
 *
 * For a name that nobody has they are asked too, where the client hides who exists: otherwise their time would tell.
 * Source: Cognito developer guide, "Pre authentication Lambda trigger", "Post authentication Lambda trigger".
 */
import { userAttributesOf, type PoolTriggers } from '../triggers/pool-triggers.ts';
import { userOf } from '../users/resolve-account.ts';
import { isDecoy } from '../users/decoys.ts';
import type { User } from '../users/users.ts';
import type { Attempt, Notes, OwnAttempt } from './challenges/challenge.ts';

export function createAround({ poolTriggers }: { poolTriggers: PoolTriggers }) {
  return {
    /**
     * @param validationData what the client gave with the call that began the sign-in; functions that are asked later do not get it
     * @throws Failure of TriggerFailure
     */
    async before({ pool, client, login, user }: Attempt, validationData: Notes): Promise<void> {
      await poolTriggers.ask(pool, 'PreAuthentication', {
        occasion: 'Authentication',
        username: isDecoy(user) ? login : user.username,
        clientId: client.id,
        request: { ...askedAbout({ client, user: userOf(user) }), validationData },
        response: {},
      });
    },

    /** @throws Failure of TriggerFailure */
    async after({ pool, client, user, passed, metadata }: OwnAttempt): Promise<void> {
      // Where devices are remembered, whoever came without proving one came with a new one.
      const clientMetadata = Object.keys(metadata).length > 0 ? metadata : undefined;
      const newDeviceUsed = pool.devices !== undefined && !passed.includes('device-password');
      await poolTriggers.ask(pool, 'PostAuthentication', {
        occasion: 'Authentication',
        username: user.username,
        clientId: client.id,
        request: { userAttributes: userAttributesOf(user), newDeviceUsed, clientMetadata },
        response: {},
      });
    },
  };
}

/** Whom a function is asked about; that it is nobody is told only where the client hides it from its callers. */
export const askedAbout = ({
  client,
  user,
}: {
  readonly client: Attempt['client'];
  readonly user: User | undefined;
}) => ({
  userAttributes: user ? userAttributesOf(user) : {},
  userNotFound: client.hidesUserExistence ? user === undefined : undefined,
});
