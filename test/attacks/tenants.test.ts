/**
 * Two pools with everything alike, names, clients, groups, even the subject of a person: nothing of one opens, shows or changes anything of the other.
 *
 * Made from the operations themselves: each that takes what belongs to a pool is called with one such thing of the other pool. An operation that comes later is swept with the others; what it needs besides is a line in
 * `MEMBERS`. After each call the other pool's records are what they were.
 * Source: SECURITY goal G28; Casdoor 2026-9094, Camel-Keycloak 2026-23552 (what went wrong elsewhere).
 */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { IAM } from '@aws-sdk/client-iam';
import { operations } from '../../src/api/cognito-idp/index.ts';
import { collections } from '../../src/domain/collections.ts';
import { userCollection } from '../../src/domain/directory/users.ts';
import { update } from '../../src/domain/ports/records.ts';
import { memoryRecords } from '../../src/stores/memory.ts';
import { claimsOf, makePool, makeUser, PASSWORD, signIn } from '../support/pool.ts';
import { ACCOUNT, startServer, stillClock, type TestServer } from '../support/server.ts';

type Input = Readonly<Record<string, unknown>>;
interface Operation {
  readonly caller: string;
  readonly input: { readonly shape?: Readonly<Record<string, { isOptional(): boolean }>> };
}
const OPERATIONS = Object.entries(operations as unknown as Readonly<Record<string, Operation>>);

/** What belongs to a pool. Both have `ada`; the names of `others` are of one alone. */
interface Tenant {
  readonly UserPoolId: string;
  readonly ClientId: string;
  readonly AccessToken: string;
  readonly RefreshToken: string;
  readonly Token: string;
  readonly Secret: string;
  readonly ClientSecret: string;
  readonly Session: string;
  readonly SessionId: string;
  readonly Username: string;
  readonly GroupName: string;
  readonly ProviderName: string;
  readonly Identifier: string;
  readonly DeviceKey: string;
}
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

/** What operations need besides, good as far as it can be judged by itself. */
const MEMBERS: Input = {
  AttributeName: 'email',
  AuthFlow: 'USER_PASSWORD_AUTH',
  ChallengeName: 'SELECT_CHALLENGE',
  ClientName: 'another',
  Code: '123456',
  ConfirmationCode: '123456',
  Credential: {},
  CredentialId: 'a-credential',
  Domain: 'a-domain',
  MFAOptions: [],
  Name: 'Another',
  Password: PASSWORD,
  PoolName: 'renamed',
  ProposedPassword: `${PASSWORD}-2`,
  ProviderDetails: { client_id: 'a', client_secret: 'b', authorize_scopes: 'openid' },
  ProviderType: 'Google',
  SSOSession: { MaxValidityMinutes: 5 },
  TokenSession: { MaxPerUser: 1 },
  UserAttributeNames: ['email'],
  UserAttributes: [{ Name: 'email', Value: 'mallory@example.com' }],
  UserCode: '123456',
  UserSessionTracking: 'DISABLED',
};
const VERIFIER = {
  PasswordVerifier: Buffer.alloc(384, 7).toString('base64'),
  Salt: Buffer.alloc(16, 7).toString('base64'),
};
/** Optional members without which an operation would not come to the point. */
const FLOWS: Readonly<Record<string, (of: Tenant) => Input>> = {
  InitiateAuth: ({ Username }) => ({ AuthFlow: 'USER_AUTH', AuthParameters: { USERNAME: Username } }),
  AdminInitiateAuth: ({ Username }) => ({ AuthFlow: 'USER_AUTH', AuthParameters: { USERNAME: Username } }),
  RespondToAuthChallenge: ({ Username, Session }) => ({
    Session,
    ChallengeResponses: { USERNAME: Username, ANSWER: 'PASSWORD', PASSWORD },
  }),
  AdminRespondToAuthChallenge: ({ Username, Session }) => ({
    Session,
    ChallengeResponses: { USERNAME: Username, ANSWER: 'PASSWORD', PASSWORD },
  }),
  ChangePassword: () => ({ PreviousPassword: PASSWORD }),
  ConfirmDevice: () => ({ DeviceSecretVerifierConfig: VERIFIER }),
  GetTokensFromRefreshToken: ({ DeviceKey }) => ({ DeviceKey }),
  UpdateDeviceStatus: () => ({ DeviceRememberedStatus: 'remembered' }),
  AdminUpdateDeviceStatus: () => ({ DeviceRememberedStatus: 'remembered' }),
};
/** What takes a name that another pool has, because it makes one of its own. */
const MAKES_ITS_OWN: readonly string[] = [
  'AdminCreateUser Username',
  'CreateGroup GroupName',
  'CreateIdentityProvider ProviderName',
  'CreateResourceServer Identifier',
  'SignUp Username',
];

describe('two pools with everything alike', () => {
  let server: TestServer;
  const clock = stillClock();
  const records = memoryRecords(clock);
  let mine: Tenant;
  let theirs: Tenant;

  before(async () => {
    server = await startServer({ clock, store: { records } });
    mine = await makeTenant();
    const { sub } = claimsOf(mine.AccessToken);
    theirs = await makeTenant(String(sub), 'bob');
  });
  after(() => server.close());

  /** @param sub of `ada`, in place of her own @param other somebody whom only this pool has */
  async function makeTenant(sub?: string, other = 'ada'): Promise<Tenant> {
    const pool = await makePool(
      server,
      {
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
        DeviceConfiguration: { ChallengeRequiredOnNewDevice: false, DeviceOnlyRememberedOnUserPrompt: true },
      },
      {
        ExplicitAuthFlows: [
          'ALLOW_USER_PASSWORD_AUTH',
          'ALLOW_ADMIN_USER_PASSWORD_AUTH',
          'ALLOW_USER_AUTH',
          'ALLOW_REFRESH_TOKEN_AUTH',
        ],
      },
    );
    const { idp, UserPoolId, ClientId } = pool;
    const tracking = { UserSessionTracking: 'ENABLED', TokenSession: { MaxPerUser: 20 } } as const;
    await idp.setUserPoolSessionConfiguration({ UserPoolId, ...tracking });
    await makeUser(pool, 'ada', { email: `ada@${UserPoolId.split('_')[1]!.toLowerCase()}.example.com` });
    if (other !== 'ada') await makeUser(pool, other);
    if (sub) await update(records, userCollection, [UserPoolId, 'ada'], (user) => ({ ...user, sub }));
    const GroupName = `people-of-${other}`;
    await idp.createGroup({ UserPoolId, GroupName });
    const Identifier = `orders-of-${other}`;
    const Scopes = [{ ScopeName: 'read', ScopeDescription: 'r' }];
    await idp.createResourceServer({ UserPoolId, Identifier, Name: 'Orders', Scopes });
    const ProviderName = other === 'ada' ? 'Google' : 'Facebook';
    await idp.createIdentityProvider({
      UserPoolId,
      ProviderName,
      ProviderType: ProviderName,
      ProviderDetails: { client_id: 'a', client_secret: 'b', authorize_scopes: 'openid' },
    });
    const { AccessToken, RefreshToken, NewDeviceMetadata } = await signIn(pool, 'ada');
    const { Session } = await idp.initiateAuth({
      ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: 'ada' },
    });
    const { Sessions } = await idp.listUserSessions({ AccessToken });
    return {
      UserPoolId,
      ClientId,
      AccessToken: AccessToken!,
      RefreshToken: RefreshToken!,
      Token: RefreshToken!,
      Secret: `secret-of-${other}-`.padEnd(51, 'x').replaceAll('-', '_'),
      ClientSecret: `secret-of-${other}-`.padEnd(51, 'x').replaceAll('-', '_'),
      Session: Session!,
      SessionId: Sessions![0]!.SessionId!,
      Username: other,
      GroupName,
      ProviderName,
      Identifier,
      DeviceKey: NewDeviceMetadata!.DeviceKey!,
    };
  }

  const call = (name: string, input: Input, options = server.client): Promise<unknown> => {
    const client = new CognitoIdentityProvider(options) as unknown as Record<
      string,
      (input: Input) => Promise<unknown>
    >;
    return client[`${name.slice(0, 1).toLowerCase()}${name.slice(1)}`]!(input);
  };

  /** A whole request of a tenant's own. */
  function inputOf(name: string, { input, caller }: Operation, of: Tenant): Input {
    const known: Input = { ...MEMBERS, ...of };
    const needed = Object.entries(input.shape ?? {}).filter(
      ([member, schema]) => !schema.isOptional() || (member === 'AccessToken' && caller === 'user'),
    );
    const lacking = needed.filter(([member]) => !(member in known)).map(([member]) => member);
    assert.deepEqual(lacking, [], `${name} needs a line in MEMBERS`);
    return { ...Object.fromEntries(needed.map(([member]) => [member, known[member]])), ...FLOWS[name]?.(of) };
  }

  /** All that is kept of a pool. */
  async function keptOf({ UserPoolId }: Tenant): Promise<readonly unknown[]> {
    const pages = await Promise.all(
      collections.map((collection) => records.page<object>(collection, { prefix: [], limit: 1000 })),
    );
    return pages.flatMap((page) =>
      page.records.filter((record) => JSON.stringify(record).includes(UserPoolId)),
    );
  }

  async function leavesTheirs(act: () => Promise<void>): Promise<void> {
    const before = await keptOf(theirs);
    await act();
    assert.ok(isDeepStrictEqual(await keptOf(theirs), before), 'something of the other pool changed');
  }

  describe('to an administrator of one of them', () => {
    let options: TestServer['client'];
    before(async () => {
      const iam = new IAM(server.client);
      await iam.createUser({ UserName: 'mine' });
      const Resource = `arn:aws:cognito-idp:*:${ACCOUNT}:userpool/${mine.UserPoolId}`;
      const Statement = [{ Effect: 'Allow', Action: 'cognito-idp:*', Resource }];
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      await iam.putUserPolicy({ UserName: 'mine', PolicyName: 'p', PolicyDocument });
      const { AccessKey } = await iam.createAccessKey({ UserName: 'mine' });
      options = server.clientAs({
        accessKeyId: AccessKey!.AccessKeyId!,
        secretAccessKey: AccessKey!.SecretAccessKey!,
      });
      await call('DescribeUserPool', { UserPoolId: mine.UserPoolId }, options);
    });

    for (const [name, operation] of OPERATIONS)
      if (operation.caller === 'iam' && 'UserPoolId' in (operation.input.shape ?? {}))
        it(`${name} is not allowed in the other`, () =>
          leavesTheirs(async () => {
            await assert.rejects(call(name, inputOf(name, operation, theirs), options), {
              name: 'AccessDeniedException',
            });
          }));
  });

  describe('do not take what is the other’s', () => {
    for (const [name, operation] of OPERATIONS) {
      const shape = operation.input.shape ?? {};
      const isOfPool = ['UserPoolId', 'ClientId', 'AccessToken', 'Session'].some((member) => member in shape);
      const foreign = BELONGING.filter((member) => member in shape);
      // Who names one thing alone, and brings its proof along, is theirs.
      const alone = ['UserPoolId', 'ClientId', 'AccessToken'].filter((member) => member in shape);
      for (const member of isOfPool ? foreign : []) {
        const title = `${name} ${member}`;
        const isWhole = alone.length === 1 && alone[0] === member;
        if (isWhole || MAKES_ITS_OWN.includes(title)) continue;
        it(`at ${name}: ${member}`, () =>
          leavesTheirs(async () => {
            const input = {
              ...inputOf(name, operation, mine),
              ...FLOWS[name]?.({ ...mine, [member]: theirs[member] }),
            };
            await assert.rejects(call(name, { ...input, [member]: theirs[member] }), (error: Error) => {
              // What ConfirmDevice says of a device that was promised to nobody here.
              if (error.message === 'Invalid device key given.') return true;
              assert.match(
                error.name,
                /NotFound|NotAuthorized|Unauthorized|CodeMismatch|ExpiredCode|Unsupported/,
              );
              return true;
            });
          }));
      }
    }

    it('in parameters that carry a token', async () => {
      for (const AuthFlow of ['REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN'])
        await assert.rejects(
          call('InitiateAuth', {
            ClientId: mine.ClientId,
            AuthFlow,
            AuthParameters: { REFRESH_TOKEN: theirs.RefreshToken },
          }),
          { name: 'NotAuthorizedException', message: 'Invalid Refresh Token' },
        );
    });
  });

  it('at each other’s OAuth endpoints', async () => {
    const at = (path: string, init: RequestInit) => fetch(`${server.url}/${mine.UserPoolId}${path}`, init);
    const form = (parameters: Record<string, string>): RequestInit => ({
      method: 'POST',
      body: new URLSearchParams(parameters),
    });
    const { RefreshToken: refresh, ClientId, AccessToken } = theirs;
    const grant = { grant_type: 'refresh_token', refresh_token: refresh };

    const userInfo = await at('/oauth2/userInfo', { headers: { authorization: `Bearer ${AccessToken}` } });
    const byTheirs = await at('/oauth2/token', form({ ...grant, client_id: ClientId }));
    const byMine = await at('/oauth2/token', form({ ...grant, client_id: mine.ClientId }));
    const revoked = await at('/oauth2/revoke', form({ token: refresh, client_id: ClientId }));

    assert.deepEqual([userInfo.status, byTheirs.status, byMine.status, revoked.status], [403, 401, 400, 401]);
  });

  // The last: it ends what the others need.
  describe('when a person of the same subject signs out of one', () => {
    it('leave him signed in at the other', async () => {
      assert.equal(claimsOf(mine.AccessToken).sub, claimsOf(theirs.AccessToken).sub);
      await call('GlobalSignOut', { AccessToken: mine.AccessToken });

      await assert.rejects(call('GetUser', { AccessToken: mine.AccessToken }), {
        name: 'NotAuthorizedException',
      });
      const user = (await call('GetUser', { AccessToken: theirs.AccessToken })) as {
        UserAttributes: { Name: string; Value: string }[];
      };
      const email = user.UserAttributes.find(({ Name }) => Name === 'email')!.Value;
      assert.equal(email, `ada@${theirs.UserPoolId.split('_')[1]!.toLowerCase()}.example.com`);
    });
  });
});
