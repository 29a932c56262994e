/**
 * The outbox: messages to people are written to a file instead of sent, a line of JSON each, for one machine and its developer.
 *
 * The lines hold codes and temporary passwords, so the file is its owner's alone (0600). A message counts as sent when its line is on the
 * disk. Where no delivery is configured at all, sending is refused: a code that nobody gets must not look like one that was sent.
 */
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { Messages, MessagesFailure } from '../domain/ports/messages.ts';

const OWNER_ONLY = 0o600;

/**
 * An outbox whose folder is made when it is absent, so that the first message finds it.
 *
 * @param file one line a message: `{ at, channel, to, kind, code, text }`
 */
export function fileOutbox(file: string, clock: Clock): Messages {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return {
    async send({ channel, to, kind, code, text }) {
      const line = JSON.stringify({ at: clock.now().toISOString(), channel, to, kind, code, text });
      try {
        await appendDurably(file, `${line}\n`);
      } catch (error) {
        throw new Failure<MessagesFailure>('delivery-failed', { channel }, { cause: error });
      }
    },
  };
}

/** For when no delivery is configured. */
export function refusingMessages(): Messages {
  return {
    async send({ channel }) {
      throw new Failure<MessagesFailure>('delivery-failed', {
        channel,
        reason: 'no delivery of messages is configured',
      });
    },
  };
}

async function appendDurably(file: string, line: string): Promise<void> {
  const handle = await open(file, 'a', OWNER_ONLY);
  try {
    // A file that was there before may have been open to others.
    if ((await handle.stat()).mode & 0o077) await handle.chmod(OWNER_ONLY);
    await handle.appendFile(line);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
