/**
 * Posting an event: what webhooks and the Invoke API have in common, and which outcomes are worth another try.
 */
import { isFailure } from '../base/failure.ts';
import type { FetchFailure, OutgoingFetch } from '../base/fetch.ts';
import { failed, malformed, Unanswered } from './call.ts';

interface Posted {
  readonly url: string | URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly limitMs: number;
}

/** @throws Failure `trigger-failed`, `trigger-answer-malformed`; Unanswered */
export async function post(
  fetch: OutgoingFetch<'operator'>,
  { url, headers, body, limitMs }: Posted,
): Promise<{ readonly answer: Response; readonly bytes: Uint8Array }> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      // An event holds passwords; where it should go next is not for an answer to say.
      redirect: 'manual',
      signal: AbortSignal.timeout(limitMs),
    });
    if (answer.status >= 500) throw new Unanswered(`it answered ${answer.status}`);
    return { answer, bytes: new Uint8Array(await answer.arrayBuffer()) };
  } catch (error) {
    if (!isFailure<FetchFailure>(error)) throw error;
    const reason = String(error.facts['reason'] ?? error.kind);
    if (error.kind === 'fetch-refused') throw failed(reason, error);
    if (error.kind === 'fetch-too-large') throw malformed(error);
    throw new Unanswered(error.kind === 'fetch-timeout' ? 'it did not answer in time' : reason, {
      cause: error,
    });
  }
}
