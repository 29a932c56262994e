/**
 * One letter, written by the rules and handed to a world outside that is stood in for: delivery, and the pool's functions.
 */
import {
  createLetters,
  type Letter,
  type LetterOccasion,
} from '../../src/domain/notifications/notifications.ts';
import { SERVER_CALLER } from '../../src/domain/ports/caller-context.ts';
import { createMessageLimits } from '../../src/domain/notifications/message-limits.ts';
import { createPoolTriggers } from '../../src/domain/triggers/pool-triggers.ts';
import type { Pool, PoolMessages } from '../../src/domain/pools/pools.ts';
import { createPost } from '../../src/domain/notifications/delivery.ts';
import type { Message } from '../../src/domain/ports/messages.ts';
import type { TriggerEvent, TriggerName } from '../../src/domain/ports/triggers.ts';
import { memoryExpiring } from '../../src/stores/memory.ts';
import { stillClock } from './servers/server.ts';

export const CODE = '012345';
export const OCCASIONS: Readonly<Record<LetterOccasion, string>> = {
  'sign-up': 'SignUp',
  'resent-code': 'ResendCode',
  invitation: 'AdminCreateUser',
  'forgot-password': 'ForgotPassword',
  'changed-attribute': 'UpdateUserAttribute',
  'verify-attribute': 'VerifyUserAttribute',
  authentication: 'Authentication',
};
export const USER = {
  username: 'zoe', sub: '5f0c4a8e-0000-4000-8000-000000000000', status: 'UNCONFIRMED', attributes: { email: 'zoe@example.com', phone_number: '+15550100', name: 'Zoë' },
} as const; // prettier-ignore

const UNLIMITED = {
  perRecipient: 1000,
  emailsPerAddress: 1000,
  textsPerAddress: 1000,
  emailsPerPool: 1000,
  textsPerPool: 1000,
  textsTo: { other: 1000 },
};

type Answer = (event: TriggerEvent) => Readonly<Record<string, unknown>>;
export interface World {
  readonly messages?: PoolMessages;
  readonly pool?: Partial<Pool>;
  readonly functions?: Partial<Record<TriggerName, Answer>>;
}

/** Sends one letter, to the person below and by e-mail unless it says otherwise. */
export async function write(
  letter: Partial<Omit<Letter, 'caller' | 'visibility'>> = {},
  { messages = {}, pool, functions = {} }: World = {},
) {
  const sent: Message[] = [];
  const asked: { trigger: TriggerName; event: TriggerEvent }[] = [];
  const letters = createLetters({
    limits: createMessageLimits({
      expiring: memoryExpiring(stillClock()),
      settings: UNLIMITED,
      onRefused: () => undefined,
    }),
    post: createPost({ messages: { send: async (message) => void sent.push(message) } }),
    poolTriggers: createPoolTriggers({
      triggers: {
        async invoke({ trigger }, event) {
          asked.push({ trigger, event });
          return functions[trigger]!(event);
        },
      },
    }),
    publicUrl: 'https://id.example.com',
  });
  const names = Object.keys(functions) as TriggerName[];
  const given = {
    id: 'us-east-1_a1b2c3d4e', region: 'us-east-1', messages, usernameAttributes: [], triggers: Object.fromEntries(names.map((name) => [name, { arn: `arn:${name}`, version: 'V1_0' }])), ...pool,
  } as unknown as Pool; // prettier-ignore
  await letters.send({
    pool: given, user: USER, occasion: 'sign-up', channel: 'email', to: 'zoe@example.com', code: CODE, clientId: 'client', metadata: { from: 'the test' }, caller: SERVER_CALLER, visibility: 'open', ...letter,
  }); // prettier-ignore
  return { sent, message: sent[0]!, asked };
}
export const sms = { channel: 'sms', to: '+15550100' } as const;
