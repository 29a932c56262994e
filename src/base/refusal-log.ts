/**
 * Refusals in the log: one line for each, wherever somebody was refused, with what is needed to find out why.
 *
 * Request and user are those of the request that is being answered (request-notes.ts). The id is shown to whoever was refused, so that an administrator who is told it finds the line. Reasons
 * are those of our own code; a secret is never among them.
 */
import type { Failure } from './failure.ts';
import type { Log } from './log.ts';
import { notesNow } from './request-notes.ts';

export interface Refusal {
  /** Where: `page`, `token`, `revoke`, `userinfo`, `federation`, `gateway`. */
  readonly at: string;
  /** The failure's kind, or OAuth's word. */
  readonly kind: string;
  readonly reason?: string | undefined;
  /** More of the reason than callers are told. */
  readonly why?: string | undefined;
  readonly pool?: string | undefined;
  readonly client?: string | undefined;
  readonly provider?: string | undefined;
  /** Who asked the gateway, where that is proven. */
  readonly principal?: string | undefined;
  /** The path of the gateway's route that decided. */
  readonly route?: string | undefined;
  readonly sourceIp?: string | undefined;
}

/** Of each member, in characters: some are as they came, from whoever was refused. */
const MAX_SHOWN = 500;

const shown = (text: string): string => text.slice(0, MAX_SHOWN);

/** Writes the line, at the level `info`. */
export function logRefusal(log: Pick<Log, 'info'>, refusal: Refusal): void {
  const members = Object.entries({ ...notesNow(), ...refusal }).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, shown(value)] as const] : [],
  );
  log.info({ event: 'refused', ...Object.fromEntries(members) });
}

/** What a failure tells of itself; facts are made to be told, and hold no secrets. */
export function toldBy({ kind, facts, why }: Failure): Pick<Refusal, 'kind' | 'reason' | 'why'> {
  const { reason } = facts;
  return {
    kind,
    ...(reason !== undefined && { reason: shown(String(reason)) }),
    ...(why !== undefined && { why: shown(why) }),
  };
}
