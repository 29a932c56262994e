/**
 * A pool's triggers: which function is asked on which occasion, and the envelope of every question.
 *
 * What a question holds and what of an answer counts stands with the noun that asks.
 * Source: Cognito developer guide, "Customizing user pool workflows with Lambda triggers".
 */
import { createBounded } from '../../base/bounded.ts';
import { Failure } from '../../base/failure.ts';
import type { TriggerFailure, TriggerName, Triggers } from '../ports/triggers.ts';
import type { Attributes } from '../pools/attributes.ts';
import { identitiesText } from '../users/linked-providers.ts';
import type { Pool } from '../pools/pools.ts';
import type { User } from '../users/users.ts';

export interface Question {
  /** What follows the trigger's name: `SignUp` of `PreSignUp_SignUp`. */
  readonly occasion: string;
  readonly username: string | undefined;
  readonly clientId: string | undefined;
  readonly request: Readonly<Record<string, unknown>>;
  /** The members that the function may fill in, as it gets them. */
  readonly response: Readonly<Record<string, unknown>>;
}

/** Where an event does not name its trigger as the pool's setting does. */
const SOURCE_OF: Partial<Readonly<Record<TriggerName, string>>> = { PreTokenGeneration: 'TokenGeneration' };
const EVENT_VERSION: Readonly<Record<string, string>> = { V1_0: '1', V2_0: '2', V3_0: '3' };
const SDK_VERSION = 'aws-sdk-unknown-unknown';
const NO_CLIENT = 'CLIENT_ID_NOT_APPLICABLE';

/** Questions of one pool at once, and those that wait; more fail, so that a slow function holds up its own pool alone. */
const BOUNDS = { width: 256, mostWaiting: 1000 } as const;

export type PoolTriggers = ReturnType<typeof createPoolTriggers>;

export function createPoolTriggers({ triggers }: { triggers: Triggers }) {
  const bounded = createBounded(BOUNDS, () => new Failure<TriggerFailure>('trigger-failed'));

  return {
    /**
     * Asks the pool's function, where it has one.
     * @returns what the function answered, unchecked; undefined when the pool has none
     * @throws Failure of TriggerFailure
     */
    async ask(
      pool: Pool,
      name: TriggerName,
      { occasion, username, clientId, request, response }: Question,
    ): Promise<Readonly<Record<string, unknown>> | undefined> {
      const trigger = pool.triggers?.[name];
      if (!trigger) return undefined;
      const event = {
        version: EVENT_VERSION[trigger.version ?? 'V1_0'] ?? '1',
        triggerSource: `${SOURCE_OF[name] ?? name}_${occasion}`,
        region: pool.region,
        userPoolId: pool.id,
        userName: username,
        callerContext: { awsSdkVersion: SDK_VERSION, clientId: clientId ?? NO_CLIENT },
        request,
        response,
      };
      return bounded.run(pool.id, () => triggers.invoke({ trigger: name, arn: trigger.arn }, event));
    },
  };
}

/** A user's attributes as functions get them. */
export function userAttributesOf({
  sub,
  status,
  attributes,
  aliases,
  identities,
}: Pick<User, 'sub' | 'status' | 'attributes'> & Partial<Pick<User, 'aliases' | 'identities'>>): Attributes {
  const { email, phone_number: phoneNumber } = aliases ?? {};
  return {
    ...attributes,
    sub,
    'cognito:user_status': status,
    ...(email !== undefined && { 'cognito:email_alias': email }),
    ...(phoneNumber !== undefined && { 'cognito:phone_number_alias': phoneNumber }),
    ...(identities && { identities: identitiesText(identities) }),
  };
}
