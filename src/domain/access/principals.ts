/**
 * Principals by access key: whose a key is, and the secret that its signatures must have been made with.
 *
 * `AKIA…` are root's and users', `ASIA…` those of sessions, which need their token.
 */
import { rootArn } from '../../base/arn.ts';
import { Failure } from '../../base/failure.ts';
import type { CredentialIssuer } from './credentials.ts';
import type { IamUsers } from './iam-users.ts';
import type { Principal } from './principal.ts';
import type { Tie } from '../ports/tie.ts';

type PrincipalFailure = 'access-key-unknown' | 'session-token-invalid' | 'session-token-expired';

interface PrincipalParts {
  readonly account: string;
  readonly root: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly iamUsers: IamUsers;
  readonly credentials: CredentialIssuer;
  /** Whether what hangs on these is void by now. */
  readonly isVoid: (ties: readonly Tie[]) => boolean;
}

export function createPrincipals({ account, root, iamUsers, credentials, isVoid }: PrincipalParts) {
  const unknown = () => new Failure<PrincipalFailure>('access-key-unknown');

  return {
    /** @throws Failure `access-key-unknown`, `session-token-invalid`, `session-token-expired` */
    async keyOf(
      accessKeyId: string,
      sessionToken: string | undefined,
    ): Promise<{ readonly secretAccessKey: string; readonly principal: Principal }> {
      if (accessKeyId.startsWith('ASIA')) {
        if (sessionToken === undefined) throw unknown();
        const resolved = credentials.resolve(accessKeyId, sessionToken);
        // As run out: a client then asks for others, and is told why it gets none.
        if (isVoid(resolved.principal.ties)) throw new Failure<PrincipalFailure>('session-token-expired');
        return resolved;
      }
      // A long-term key with a token is somebody's mistake, and a token that is not checked must not look as if it were.
      if (sessionToken !== undefined) throw new Failure<PrincipalFailure>('session-token-invalid');
      if (accessKeyId === root.accessKeyId) {
        const principal: Principal = {
          kind: 'root',
          account,
          arn: rootArn(account),
          userId: account,
          accessKeyId,
        };
        return { secretAccessKey: root.secretAccessKey, principal };
      }
      const found = await iamUsers.byKey(accessKeyId);
      if (!found) throw unknown();
      const { key, user } = found;
      const { arn, id: userId, name, path, tags } = user;
      return {
        secretAccessKey: key.secretAccessKey,
        principal: { kind: 'user', account, arn, userId, accessKeyId, name, path, tags },
      };
    },
  };
}
export type Principals = ReturnType<typeof createPrincipals>;
