/**
 * Identity pools and roles, made through the API: what tests of identities begin with.
 */
import { CognitoIdentity, type CreateIdentityPoolInput } from '@aws-sdk/client-cognito-identity';
import { IAM } from '@aws-sdk/client-iam';
import { newUuid } from '../../src/base/ids.ts';
import { makePool, makeUser, signIn } from './pool.ts';
import type { RunningServer } from './servers/server.ts';

const POLICY = '2012-10-17';
export const IDENTITY_POOLS = 'cognito-identity.amazonaws.com';

/** A trust policy that lets web identities of `federated` in, under `condition`. */
export const trustOf = (
  condition: object,
  federated = IDENTITY_POOLS,
  Action = 'sts:AssumeRoleWithWebIdentity',
): string =>
  JSON.stringify({
    Version: POLICY,
    Statement: [{ Effect: 'Allow', Principal: { Federated: federated }, Action, Condition: condition }],
  });

/** The condition that a token is of that identity pool. */
export const ofIdentityPool = (id: string) => ({ StringEquals: { [`${IDENTITY_POOLS}:aud`]: id } });

/** A user pool with `ada`, whose ID tokens are logins. */
export async function createIdentityWorld(server: RunningServer) {
  const people = await makePool(server);
  await makeUser(people, 'ada', { email: 'ada@example.com' });
  const identity = new CognitoIdentity(server.client);
  const iam = new IAM(server.client);
  const provider = `cognito-idp.us-east-1.amazonaws.com/${people.UserPoolId}`;

  return {
    people,
    identity,
    iam,
    /** The user pool's name among Logins. */
    provider,

    async makePool(more: Partial<CreateIdentityPoolInput> = {}): Promise<string> {
      const { IdentityPoolId } = await identity.createIdentityPool({
        IdentityPoolName: 'app',
        AllowUnauthenticatedIdentities: false,
        CognitoIdentityProviders: [{ ProviderName: provider, ClientId: people.ClientId }],
        ...more,
      });
      return IdentityPoolId!;
    },

    /** @returns the role's ARN */
    async makeRole(AssumeRolePolicyDocument: string, Statement: readonly object[] = []): Promise<string> {
      const RoleName = `role-${newUuid()}`;
      const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument });
      if (Statement.length > 0)
        await iam.putRolePolicy({
          RoleName,
          PolicyName: 'p',
          PolicyDocument: JSON.stringify({ Version: POLICY, Statement }),
        });
      return Role!.Arn!;
    },

    /** The identity of who has these logins, and the credentials of its role. */
    async identify(IdentityPoolId: string, Logins: Record<string, string>, CustomRoleArn?: string) {
      const { IdentityId } = await identity.getId({ IdentityPoolId, Logins });
      const { Credentials } = await identity.getCredentialsForIdentity({ IdentityId, Logins, CustomRoleArn });
      const { AccessKeyId = '', SecretKey = '', SessionToken } = Credentials!;
      return {
        IdentityId: IdentityId!,
        credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretKey, sessionToken: SessionToken },
      };
    },

    /** Logins of a fresh sign-in. */
    loginOf: async (name: string) => ({ [provider]: (await signIn(people, name)).IdToken! }),
  };
}
export type IdentityWorld = Awaited<ReturnType<typeof createIdentityWorld>>;
