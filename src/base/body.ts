/**
 * Bodies: the bytes of a request, read no further than they may be held and no longer than they may take.
 *
 * The one reader for every entry point. It stops at a limit and can go on to a larger one, so that the decision to read on can be made on
 * what has come. Whoever refuses a body lets the rest drain, without keeping it, for a client that is still sending sees no answer.
 */
import type { IncomingMessage } from 'node:http';

/** `more`: there is more than the limit. `too-slow`: it took longer than it may. `gone`: the client went away. */
type BodyState = 'whole' | 'more' | 'too-slow' | 'gone';
export type Body = ReturnType<typeof createBody>;

/** A body beyond its limit is still read up to here, so that the client sees the answer before the connection ends. */
const DRAINED_BYTES = 4 * 1024 * 1024;
/** And for no longer, in milliseconds. */
const DRAINED_MS = 2000;

/** @param ms how long the whole of it may take to arrive, from now */
export function createBody(request: IncomingMessage, ms: number) {
  const chunks: Buffer[] = [];
  let size = 0;
  let settle: ((state: BodyState) => void) | undefined;
  let limit = 0;
  let ended: Exclude<BodyState, 'more'> | undefined;
  let isDropped = false;
  const timer = setTimeout(() => end('too-slow'), ms);

  function end(state: Exclude<BodyState, 'more'>): void {
    clearTimeout(timer);
    ended ??= state;
    settle?.(ended);
  }
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (!isDropped && ended === undefined) chunks.push(chunk);
    if (size <= limit) return;
    // What is not kept may come as it likes: pausing it would keep a client from the answer.
    if (!isDropped) request.pause();
    settle?.('more');
  });
  request.on('end', () => end('whole'));
  request.on('error', () => end('gone'));
  request.on('close', () => end('gone'));
  // Data flows only while somebody waits for it.
  request.pause();

  return {
    /** Bytes that the head announces; 0 when it announces none. */
    announced: Number(request.headers['content-length'] ?? 0),
    /** Reads on until the end, or until more than `most` bytes are here. */
    async readTo(most: number): Promise<BodyState> {
      limit = most;
      if (ended !== undefined) return ended === 'whole' && size > most ? 'more' : ended;
      if (size > most) return 'more';
      const state = await new Promise<BodyState>((resolve) => {
        settle = resolve;
        request.resume();
      });
      settle = undefined;
      return state;
    },
    /** What is here. */
    bytes: (): Buffer => Buffer.concat(chunks),
    /** Ends the reading as if it had taken too long. */
    giveUp: (): void => end('too-slow'),
    /** Lets go of what is here, and resolves once the rest has come to nothing: it ended, is far too much, or took too long. */
    async drop(): Promise<void> {
      isDropped = true;
      chunks.length = 0;
      const hurry = setTimeout(() => end('too-slow'), DRAINED_MS);
      if (this.announced <= size + DRAINED_BYTES) await this.readTo(size + DRAINED_BYTES);
      clearTimeout(hurry);
      this.release();
    },
    /** Ends the waiting; what comes still is not kept. */
    release(): void {
      clearTimeout(timer);
      isDropped = true;
      chunks.length = 0;
      limit = Infinity;
      request.resume();
    },
  };
}
