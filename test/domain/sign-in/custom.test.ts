/** Challenges of the pool's own: what bounds them. */
import assert from 'node:assert/strict';
import { SERVER_CALLER } from '../../../src/domain/ports/caller-context.ts';
import { isFailure } from '../../../src/base/failure.ts';
import type { Client } from '../../../src/domain/pools/clients.ts';
import { createPoolTriggers } from '../../../src/domain/triggers/pool-triggers.ts';
import type { Pool } from '../../../src/domain/pools/pools.ts';
import type { User } from '../../../src/domain/users/users.ts';
import type { Attempt } from '../../../src/domain/sign-in/challenges/challenge.ts';
import { customStep } from '../../../src/domain/sign-in/challenges/custom.ts';

const MAX_ROUNDS = 30;
const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:challenge';

/** A step whose functions never come to an end. */
const step = customStep({
  poolTriggers: createPoolTriggers({
    triggers: {
      invoke: async ({ trigger }): Promise<Readonly<Record<string, unknown>>> =>
        trigger === 'DefineAuthChallenge' ? { challengeName: 'CUSTOM_CHALLENGE' } : { answerCorrect: true },
    },
  }),
});
const attempt = {
  pool: {
    id: 'us-east-1_abcdefghi',
    region: 'us-east-1',
    usernameAttributes: [],
    aliasAttributes: [],
    triggers: Object.fromEntries(
      ['DefineAuthChallenge', 'CreateAuthChallenge', 'VerifyAuthChallengeResponse'].map((name) => [
        name,
        { arn: ARN },
      ]),
    ),
  } as unknown as Pool,
  client: { id: 'client', hidesUserExistence: true } as unknown as Client,
  flow: 'custom',
  login: 'ada',
  // No more of a user is read than is here.
  user: { username: 'ada', status: 'CONFIRMED', attributes: {} } as Partial<User> as User,
  passed: [],
  notes: {},
  memory: {},
  metadata: {},
  caller: SERVER_CALLER,
  session: '',
} satisfies Attempt;

describe('challenges without an end', () => {
  it('end after a number of rounds', async () => {
    let memory: Attempt['memory'] = {};
    let rounds = 0;

    await assert.rejects(
      async () => {
        for (; rounds < 2 * MAX_ROUNDS; rounds += 1) {
          const asked = await step.ask({ ...attempt, memory }, {});
          memory = { ...memory, ...asked.memory };
          const played = await step.round!({ ...attempt, memory }, { answer: 'on' });
          memory = { ...memory, ...played.memory };
        }
      },
      (error) => isFailure(error, 'wrong-username-or-password'),
    );

    assert.equal(rounds, MAX_ROUNDS + 1);
  });
});
