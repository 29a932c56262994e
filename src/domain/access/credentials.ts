/**
 * Short-lived credentials: an access key, a secret and a session token that says, sealed, whose they are.
 *
 * Nothing of them is kept: the secret is derived from the keyring and the key's id, and the token is opened with the keyring. The token is bound to its key id; another session's
 * token beside a key is worth nothing. What the role may do is asked anew at every call.
 * Source: STS API reference, "Credentials"; quotas of PackedPolicySize.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { assumedRoleArn } from '../../base/arn.ts';
import { plusSeconds, type Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import { newTemporaryKeyId } from '../../base/ids.ts';
import type { Sealer } from '../ports/sealer.ts';
import type { Context } from './evaluate.ts';
import type { RoleSessionPrincipal } from './principal.ts';
import type { Role } from './roles.ts';
import type { Tie } from '../ports/tie.ts';

export interface Credentials {
  /** `ASIA…` */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: Date;
}
interface SessionRequest {
  readonly role: Role;
  readonly sessionName: string;
  readonly seconds: number;
  /** Keys that the session carries for conditions. */
  readonly context: Context;
  /** JSON texts; each narrows the session. */
  readonly sessionPolicies?: readonly string[];
  /** What ends the session before its time. */
  readonly ties?: readonly Tie[];
  /** It is opened with another session's credentials. */
  readonly isChained?: boolean;
}
export type CredentialFailure = 'session-too-large' | 'session-token-invalid' | 'session-token-expired';

/** What the token says. Short names: its size is limited. */
interface Blob {
  readonly v: 1;
  /** Keyring key that the secret is derived from. */
  readonly k: string;
  readonly r: string;
  readonly n: string;
  readonly i: string;
  readonly s: string;
  /** Issued and expiring, milliseconds since 1970. */
  readonly t: number;
  readonly e: number;
  readonly c: Context;
  readonly p: readonly string[];
  readonly h: boolean;
  /** Ties, subject and moment; absent in older ones. */
  readonly x?: readonly (readonly [string, number])[];
}
/** Characters that a session token may have. */
export const MOST_TOKEN = 4096;
const MAX_INFLATED = 65_536;
const SECRET_BYTES = 30;

export function createCredentials({
  sealer,
  clock,
  account,
}: {
  sealer: Sealer;
  clock: Clock;
  account: string;
}) {
  const secretFor = (accessKeyId: string, keyId?: string) => {
    const derived = sealer.derive(`session-secret/${accessKeyId}`, SECRET_BYTES, keyId);
    return { keyId: derived.keyId, secretAccessKey: derived.secret.toString('base64') };
  };
  const contextOf = (accessKeyId: string) => `session-token/${accessKeyId}`;

  return {
    /** @throws Failure `session-too-large` */
    issue({
      role,
      sessionName,
      seconds,
      context,
      sessionPolicies = [],
      ties = [],
      isChained = false,
    }: SessionRequest): Credentials {
      const now = clock.now();
      const expiresAt = plusSeconds(now, seconds);
      const accessKeyId = newTemporaryKeyId();
      const { keyId, secretAccessKey } = secretFor(accessKeyId);
      const blob: Blob = {
        v: 1,
        k: keyId,
        r: role.arn,
        n: role.name,
        i: role.id,
        s: sessionName,
        t: now.getTime(),
        e: expiresAt.getTime(),
        c: context,
        p: sessionPolicies,
        h: isChained,
        x: ties.length === 0 ? undefined : ties.map(({ subject, since }) => [subject, since]),
      };
      const sessionToken = sealer.seal(deflateRawSync(JSON.stringify(blob)), contextOf(accessKeyId));
      if (sessionToken.length > MOST_TOKEN)
        throw new Failure<CredentialFailure>('session-too-large', { most: MOST_TOKEN });
      return { accessKeyId, secretAccessKey, sessionToken, expiresAt };
    },

    /** Whose credentials these are, and their secret. @throws Failure `session-token-invalid`, `session-token-expired` */
    resolve(
      accessKeyId: string,
      sessionToken: string,
    ): { readonly secretAccessKey: string; readonly principal: RoleSessionPrincipal } {
      const blob = open(sealer, sessionToken, contextOf(accessKeyId));
      if (blob.e <= clock.now().getTime()) throw new Failure<CredentialFailure>('session-token-expired');
      const { secretAccessKey } = secretFor(accessKeyId, blob.k);
      const principal: RoleSessionPrincipal = {
        kind: 'role-session',
        account,
        arn: assumedRoleArn(account, blob.n, blob.s),
        userId: `${blob.i}:${blob.s}`,
        accessKeyId,
        roleArn: blob.r,
        roleName: blob.n,
        roleId: blob.i,
        sessionName: blob.s,
        issuedAt: new Date(blob.t),
        expiresAt: new Date(blob.e),
        sessionPolicies: blob.p,
        context: blob.c,
        ties: (blob.x ?? []).map(([subject, since]) => ({ subject, since })),
        isChained: blob.h,
      };
      return { secretAccessKey, principal };
    },
  };
}
export type CredentialIssuer = ReturnType<typeof createCredentials>;

function open(sealer: Sealer, sessionToken: string, context: string): Blob {
  const invalid = (cause?: unknown) => new Failure<CredentialFailure>('session-token-invalid', {}, { cause });
  if (sessionToken.length > MOST_TOKEN) throw invalid();
  try {
    const text = inflateRawSync(sealer.open(sessionToken, context), {
      maxOutputLength: MAX_INFLATED,
    }).toString('utf8');
    // Only this program seals, so that what opens has the form it was sealed in.
    return JSON.parse(text) as Blob;
  } catch (error) {
    if (isFailure(error, 'cannot-open')) throw invalid(error);
    throw error;
  }
}
