/**
 * Authorization codes: kept for a minute, good for one redemption.
 *
 * Spending a code is a claim, so that of many redemptions at once one wins; the mark outlives the code, so that a late replay is known for
 * one and the family of tokens that came of it can be killed. oidc-provider's own way (read, check, then consume) issues twice under load.
 * Source: RFC 6749, section 4.1.2; RFC 9700, section 2.1.1. Cognito lets a code live for five minutes; we keep to one.
 */
import type { Expiring } from '../domain/ports/expiring.ts';

export const CODE_SECONDS = 60;
/** How long a spent code is remembered. */
const SPENT_SECONDS = 3600;
const CODE = 'oidc-code';
const SPENT = 'oidc-code-spent';
const REPLAYS = 'oidc-code-replays';

/** What was decided when the code was issued. */
export interface CodeNote {
  readonly clientId: string;
  /** The user's `sub`. */
  readonly accountId: string;
  readonly redirectUri: string;
  /** Space-separated. */
  readonly scope: string;
  /** The session of the browser that it was given to, and when the person signed in there: ISO, to the millisecond. */
  readonly browser?: { readonly uid: string; readonly signedInAt: string };
  /** The provider that the person came through. */
  readonly by?: string;
  /** The token family that will come of it. */
  readonly familyId: string;
  /** Epoch seconds of the sign-in. */
  readonly authTime: number;
  readonly nonce?: string;
  /** PKCE, S256; a redemption must show its verifier. */
  readonly challenge?: string;
}

/** What is remembered of a spent code. */
type SpentNote = Pick<CodeNote, 'clientId' | 'familyId'>;
export type Codes = ReturnType<typeof createCodes>;

/** @param poolId codes of one pool are unknown in every other */
export function createCodes(expiring: Expiring, poolId: string) {
  const idOf = (code: string) => `${poolId}/${code}`;

  return {
    keep: (code: string, note: CodeNote) => expiring.put(CODE, idOf(code), note, CODE_SECONDS),

    /** The note of a code that lives, spent or not. */
    find: (code: string) => expiring.get<CodeNote>(CODE, idOf(code)),

    /** What is left of a code that was spent. */
    findSpent: (code: string) => expiring.get<SpentNote>(SPENT, idOf(code)),

    /** Spends the code. @returns false when it already was */
    spend(code: string, { clientId, familyId }: CodeNote): Promise<boolean> {
      return expiring.claim(SPENT, idOf(code), { clientId, familyId } satisfies SpentNote, SPENT_SECONDS);
    },

    /** For who is still making tokens of it. */
    async rememberReplay(code: string): Promise<void> {
      await expiring.count(REPLAYS, idOf(code), SPENT_SECONDS);
    },

    /** True when somebody tried the code again after it was spent. */
    wasReplayed: async (code: string) => (await expiring.counted(REPLAYS, idOf(code))) > 0,
  };
}
