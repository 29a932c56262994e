/**
 * Sign-up sessions: lets who signed up, and confirmed it with the code that was sent to him, in without asking again.
 *
 * Two bearer strings, each bound to client and user and good once: the one that SignUp gives proves nothing and only ties the confirmation to who signed up, where he gives it back, which not every client does; the one that ConfirmSignUp gives is a proof, because
 * the code was, and lives as long as a session of the client.
 * Source: Cognito API reference, SignUp, ConfirmSignUp, InitiateAuth, "Session".
 */
import { randomText } from '../../base/ids.ts';
import type { Client } from '../pools/clients.ts';
import type { Pool } from '../pools/pools.ts';
import type { User } from '../users/users.ts';
import type { Expiring } from '../ports/expiring.ts';

const BEGUN = 'sign-up-begun';
const CONFIRMED = 'sign-up-confirmed';
const SESSION_CHARACTERS = 64;
/** As long as a person may look for the message with the code. */
const BEGUN_SECONDS = 3600;

interface Whose {
  readonly client: Client;
  readonly user: Pick<User, 'sub' | 'poolId'>;
}
interface Note {
  readonly poolId: string;
  readonly clientId: string;
  readonly sub: string;
}

export type SignUpSessions = ReturnType<typeof createSignUpSessions>;

export function createSignUpSessions({ expiring }: { expiring: Expiring }) {
  async function begin(kind: string, { client, user }: Whose, seconds: number): Promise<string> {
    const session = randomText(SESSION_CHARACTERS);
    const note: Note = { poolId: user.poolId, clientId: client.id, sub: user.sub };
    await expiring.put(kind, session, note, seconds);
    return session;
  }

  /** True for the first who shows a session that is this client's and user's. */
  async function take(kind: string, { client, user }: Whose, session: string): Promise<boolean> {
    // Whoever shows another's session, or one of another client, does not spend it.
    const note = await expiring.get<Note>(kind, session);
    const isTheirs = note?.poolId === user.poolId && note.clientId === client.id && note.sub === user.sub;
    return isTheirs && (await expiring.spend(kind, session));
  }

  return {
    /** For who signed up; undefined where the client's people cannot begin with a code. */
    async begin(pool: Pool, whose: Whose): Promise<string | undefined> {
      return mayBegin(pool, whose) ? begin(BEGUN, whose, BEGUN_SECONDS) : undefined;
    },

    /** For who confirmed his account with the right code; undefined when he gave a `session` that is not the one he signed up with. */
    async confirmed(pool: Pool, whose: Whose, session: string | undefined): Promise<string | undefined> {
      if (!mayBegin(pool, whose)) return undefined;
      if (session !== undefined && !(await take(BEGUN, whose, session))) return undefined;
      return begin(CONFIRMED, whose, whose.client.authSessionMinutes * 60);
    },

    /** True once, for a session that `confirmed` gave. */
    redeem: (whose: Whose, session: string): Promise<boolean> => take(CONFIRMED, whose, session),
  };
}

/** True where a code that was sent to a person may be what he begins with. */
const mayBegin = ({ mfa }: Pool, { client }: Whose): boolean =>
  client.authFlows.includes('choice') && mfa?.mode !== 'required';
