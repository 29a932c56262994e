/**
 * A guest plays on the phone, signs in and keeps the identity; the laptop, signed in as the same person, finds what the phone has written.
 */
import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { CognitoSync } from '@aws-sdk/client-cognito-sync';
import { IAM } from '@aws-sdk/client-iam';
import type { ROOT } from '../../support/servers/server.ts';
import { ofIdentityPool, trustOf } from '../../support/identity-pool.ts';

const DatasetName = 'game';

export interface Devices {
  readonly guestId: string;
  readonly personId: string;
  readonly laptopId: string;
  /** What the phone wrote as a guest, read on the laptop. */
  readonly level: string;
}
interface Options {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: typeof ROOT;
  readonly maxAttempts: number;
}

/** @param login a person's ID token, by the name of the user pool */
export async function playOnTwoDevices(
  options: Options,
  clientId: string,
  login: Readonly<Record<string, string>>,
): Promise<Devices> {
  const identity = new CognitoIdentity(options);
  const IdentityPoolId = await makeGame(options, { provider: Object.keys(login)[0]!, clientId });

  const { IdentityId: guestId } = await identity.getId({ IdentityPoolId });
  const phone = await deviceOf(options, { IdentityPoolId, IdentityId: guestId! });
  await phone.write('level', '7');

  // From here on it is a person's: shown together, login and identity become one.
  const { IdentityId: personId } = await identity.getCredentialsForIdentity({
    IdentityId: guestId,
    Logins: login,
  });
  const { IdentityId: laptopId } = await identity.getId({ IdentityPoolId, Logins: login });
  const laptop = await deviceOf(options, { IdentityPoolId, IdentityId: laptopId! }, login);
  const level = await laptop.read('level');
  return { guestId: guestId!, personId: personId!, laptopId: laptopId!, level: level ?? '' };
}

/** An identity pool that lets guests in, and a role by which everybody reaches his own datasets and nobody else's. */
async function makeGame(
  options: Options,
  { provider, clientId }: { provider: string; clientId: string },
): Promise<string> {
  const { IdentityPoolId } = await new CognitoIdentity(options).createIdentityPool({
    IdentityPoolName: 'game',
    AllowUnauthenticatedIdentities: true,
    CognitoIdentityProviders: [{ ProviderName: provider, ClientId: clientId }],
  });
  const iam = new IAM(options);
  const RoleName = 'player';
  const { Role } = await iam.createRole({
    RoleName,
    AssumeRolePolicyDocument: trustOf(ofIdentityPool(IdentityPoolId!)),
  });
  const own = `arn:aws:cognito-sync:us-east-1:123456789012:identitypool/${IdentityPoolId}/identity/\${cognito-identity.amazonaws.com:sub}/dataset/*`;
  const Statement = [{ Effect: 'Allow', Action: 'cognito-sync:*', Resource: own }];
  await iam.putRolePolicy({
    RoleName,
    PolicyName: 'own-datasets',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
  });
  const Roles = { authenticated: Role!.Arn!, unauthenticated: Role!.Arn! };
  await new CognitoIdentity(options).setIdentityPoolRoles({ IdentityPoolId, Roles });
  return IdentityPoolId!;
}

async function deviceOf(
  options: Options,
  place: { readonly IdentityPoolId: string; readonly IdentityId: string },
  Logins: Readonly<Record<string, string>> = {},
) {
  const { IdentityId } = place;
  const { Credentials } = await new CognitoIdentity(options).getCredentialsForIdentity({
    IdentityId,
    Logins,
  });
  const { AccessKeyId = '', SecretKey = '', SessionToken } = Credentials!;
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretKey, sessionToken: SessionToken };
  const sync = new CognitoSync({ ...options, credentials });
  const list = () => sync.listRecords({ ...place, DatasetName });
  return {
    async write(Key: string, Value: string): Promise<void> {
      const { SyncSessionToken } = await list();
      const RecordPatches = [{ Op: 'replace' as const, Key, Value, SyncCount: 0 }];
      await sync.updateRecords({ ...place, DatasetName, SyncSessionToken, RecordPatches });
    },
    read: async (wanted: string): Promise<string | undefined> =>
      (await list()).Records?.find(({ Key }) => Key === wanted)?.Value,
  };
}
