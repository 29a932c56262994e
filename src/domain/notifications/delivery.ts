/**
 * The post: the only way out for a message, whoever delivers it.
 *
 * What it hands over must have been counted (message-limits.ts). Of one pool a few are on their way at once and a bounded number wait,
 * so that a slow delivery of one pool's messages does not delay another's.
 */
import { createBounded } from '../../base/bounded.ts';
import { Failure } from '../../base/failure.ts';
import type { Message, Messages, MessagesFailure } from '../ports/messages.ts';
import type { Countable, Counted } from './message-limits.ts';

/** A quarter of the connections to the mail server (messages/smtp.ts). */
const AT_ONCE = 5;
const MOST_WAITING = 300;

export type Post = ReturnType<typeof createPost>;

export function createPost({ messages }: { messages: Messages }) {
  const bounded = createBounded(
    { width: AT_ONCE, mostWaiting: MOST_WAITING },
    () =>
      new Failure<MessagesFailure>('delivery-failed', {
        reason: 'too many messages of the pool are waiting',
      }),
  );

  return {
    /** Hands one message over. @throws Failure `delivery-failed` */
    hand: ({ pool }: Counted<Countable>, message: Message): Promise<void> =>
      bounded.run(pool.id, () => messages.send(message)),
  };
}
