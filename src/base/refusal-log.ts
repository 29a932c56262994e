/**
 * Refusals in the log: one line for each, wherever somebody was refused, with what is needed to find out why.
 *
 * The id is shown to whoever was refused, so that an administrator who is told it finds the line. Reasons
 * are those of our own code; a secret is never among them.
 */
import type { Failure } from './failure.ts';
import type { Log } from './log.ts';

export interface Refusal {
  /** Where: `page`, `token`, `revoke`, `federation`. */
  readonly at: string;
  /** What the refused one was told as a reference. */
  readonly requestId: string;
  /** The failure's kind, or OAuth's word. */
  readonly kind: string;
  readonly reason?: string | undefined;
  readonly pool?: string | undefined;
  readonly client?: string | undefined;
  readonly provider?: string | undefined;
  /** The user's `sub`, where it is known. */
  readonly user?: string | undefined;
  readonly sourceIp?: string | undefined;
}

/** Of each member, in characters: some are as they came, from whoever was refused. */
const MAX_SHOWN = 500;

/** Writes the line, at the level `info`. */
export function logRefusal(log: Pick<Log, 'info'>, refusal: Refusal): void {
  const members = Object.entries(refusal).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value.slice(0, MAX_SHOWN)] as const] : [],
  );
  log.info({ event: 'refused', ...Object.fromEntries(members) });
}

/** What a failure tells of itself; facts are made to be told, and hold no secrets. */
export function toldBy({ kind, facts }: Failure): Pick<Refusal, 'kind' | 'reason'> {
  const { reason } = facts;
  return { kind, ...(reason !== undefined && { reason: String(reason) }) };
}
