/**
 * Notes of a request: what the log shall tell of it, where the line is written far from where it is known.
 *
 * The id that the caller is shown, and the `sub` of the user whom the request is about: the last one
 * that was looked up, noted where users are looked up, so that no handler need remember. Nothing
 * answers from them, and decoys are never noted: callers see no difference between users and none.
 * Nothing is kept beyond the request.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

interface Notes {
  readonly requestId: string;
  user?: string | undefined;
}

const requests = new AsyncLocalStorage<Notes>();

/** Does `work`, all of which is about the request that its caller knows by that id. */
export const asRequest = <T>(requestId: string, work: () => T): T => requests.run({ requestId }, work);

/** Notes whom a look-up found; undefined: nobody, and whoever was found before is not whom it is about. */
export function noteUser(sub: string | undefined): void {
  const notes = requests.getStore();
  if (notes) notes.user = sub;
}

/** What is noted of the request that is being answered; nothing outside of one. For the log alone. */
export function notesNow(): { readonly requestId?: string; readonly user?: string } {
  const { requestId, user } = requests.getStore() ?? {};
  return { ...(requestId !== undefined && { requestId }), ...(user !== undefined && { user }) };
}
