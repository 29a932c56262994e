/**
 * Two pools with everything alike, names, clients, groups, even the subject of a person and the ids of their keys: nothing of one opens, shows or changes anything of the other.
 *
 * Made from the operations themselves: each that takes what belongs to a pool is called with one such thing of the other pool. After each call the other pool's records are what they were.
 * Source: SECURITY goal G28; Casdoor 2026-9094, Camel-Keycloak 2026-23552 (what went wrong elsewhere).
 */
import assert from 'node:assert/strict';
import { IAM } from '@aws-sdk/client-iam';
import { ACCOUNT, type TestServer } from '../../support/servers/server.ts';
import { twoTenants } from '../../support/matrices/tenants.ts';
import {
  call,
  FLOWS,
  inputOf,
  OPERATIONS,
  shapeOf,
  type Input,
  type Tenant,
} from '../../support/servers/whole-requests.ts';

const BELONGING = [
  'ClientId',
  'AccessToken',
  'RefreshToken',
  'Token',
  'Secret',
  'Session',
  'SessionId',
  'Username',
  'GroupName',
  'ProviderName',
  'Identifier',
  'DeviceKey',
] as const satisfies readonly (keyof Tenant)[];

/** What takes a name that another pool has, because it makes one of its own. */
const MAKES_ITS_OWN: readonly string[] = [
  'AdminCreateUser Username',
  'CreateGroup GroupName',
  'CreateIdentityProvider ProviderName',
  'CreateResourceServer Identifier',
  'SignUp Username',
];

describe('two pools with everything alike', () => {
  const tenants = twoTenants();
  const request = (name: string, input: Input, options = tenants.server.client) => call(name, input, options);

  describe('to an administrator of one of them', () => {
    let options: TestServer['client'];
    before(async () => {
      const iam = new IAM(tenants.server.client);
      await iam.createUser({ UserName: 'mine' });
      const Resource = `arn:aws:cognito-idp:*:${ACCOUNT}:userpool/${tenants.mine.UserPoolId}`;
      const Statement = [{ Effect: 'Allow', Action: 'cognito-idp:*', Resource }];
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      await iam.putUserPolicy({ UserName: 'mine', PolicyName: 'p', PolicyDocument });
      const { AccessKey } = await iam.createAccessKey({ UserName: 'mine' });
      options = tenants.server.clientAs({
        accessKeyId: AccessKey!.AccessKeyId!,
        secretAccessKey: AccessKey!.SecretAccessKey!,
      });
      await request('DescribeUserPool', { UserPoolId: tenants.mine.UserPoolId }, options);
    });

    for (const [name, operation] of OPERATIONS)
      if (operation.caller === 'iam' && 'UserPoolId' in shapeOf(operation))
        it(`${name} is not allowed in the other`, () =>
          tenants.leavesTheirs(async () => {
            await assert.rejects(request(name, inputOf(name, operation, tenants.theirs), options), {
              name: 'AccessDeniedException',
            });
          }));
  });

  describe('do not take what is the other’s', () => {
    for (const [name, operation] of OPERATIONS) {
      const shape = shapeOf(operation);
      const isOfPool = ['UserPoolId', 'ClientId', 'AccessToken', 'Session'].some((member) => member in shape);
      const foreign = BELONGING.filter((member) => member in shape);
      // Who names one thing alone, and brings its proof along, is theirs.
      const alone = ['UserPoolId', 'ClientId', 'AccessToken'].filter((member) => member in shape);
      for (const member of isOfPool ? foreign : []) {
        const title = `${name} ${member}`;
        const isWhole = alone.length === 1 && alone[0] === member;
        if (isWhole || MAKES_ITS_OWN.includes(title)) continue;
        it(`at ${name}: ${member}`, () =>
          tenants.leavesTheirs(async () => {
            const input = {
              ...inputOf(name, operation, tenants.mine),
              ...FLOWS[name]?.({ ...tenants.mine, [member]: tenants.theirs[member] }),
            };
            await assert.rejects(
              request(name, { ...input, [member]: tenants.theirs[member] }),
              (error: Error) => {
                // What ConfirmDevice says of a device that was promised to nobody here.
                if (error.message === 'Invalid device key given.') return true;
                assert.match(
                  error.name,
                  /NotFound|NotAuthorized|Unauthorized|CodeMismatch|ExpiredCode|Unsupported/,
                );
                return true;
              },
            );
          }));
      }
    }

    it('in parameters that carry a token', async () => {
      for (const AuthFlow of ['REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN'])
        await assert.rejects(
          request('InitiateAuth', {
            ClientId: tenants.mine.ClientId,
            AuthFlow,
            AuthParameters: { REFRESH_TOKEN: tenants.theirs.RefreshToken },
          }),
          { name: 'NotAuthorizedException', message: 'Invalid Refresh Token' },
        );
    });
  });

  it('at each other’s OAuth endpoints', async () => {
    const at = (path: string, init: RequestInit) =>
      fetch(`${tenants.server.url}/${tenants.mine.UserPoolId}${path}`, init);
    const form = (parameters: Record<string, string>): RequestInit => ({
      method: 'POST',
      body: new URLSearchParams(parameters),
    });
    const { RefreshToken: refresh, ClientId, AccessToken } = tenants.theirs;
    const grant = { grant_type: 'refresh_token', refresh_token: refresh };

    const userInfo = await at('/oauth2/userInfo', { headers: { authorization: `Bearer ${AccessToken}` } });
    const byTheirs = await at('/oauth2/token', form({ ...grant, client_id: ClientId }));
    const byMine = await at('/oauth2/token', form({ ...grant, client_id: tenants.mine.ClientId }));
    const revoked = await at('/oauth2/revoke', form({ token: refresh, client_id: ClientId }));

    assert.deepEqual([userInfo.status, byTheirs.status, byMine.status, revoked.status], [403, 401, 400, 401]);
  });
});
