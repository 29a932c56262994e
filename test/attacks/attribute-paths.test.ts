/**
 * What nobody may say of himself, tried on every path by which attributes come in (SECURITY G24).
 *
 * A row is an attribute, a column a path; each cell is refused, and leaves the user as they were. That holds for a client whose
 * writable attributes are listed, and for one that was made without WriteAttributes.
 */
import assert from 'node:assert/strict';
import { mapClaims } from '../../src/domain/federation/mapping.ts';
import { makeReachable, shown } from '../support/people.ts';
import { makePool, makeUser, PASSWORD, signIn, type MadePool } from '../support/pool.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';

/** Attributes that are the pool's, an administrator's, or given once. */
const ROWS: readonly (readonly [string, string])[] = [
  ['sub', '5d7e8a36-0000-4000-8000-000000000001'],
  ['identities', '[]'],
  ['email_verified', 'true'],
  ['phone_number_verified', 'true'],
  ['cognito:groups', 'admins'],
  ['cognito:username', 'root'],
  ['cognito:user_status', 'CONFIRMED'],
  ['dev:custom:grade', 'gold'],
  ['custom:grade', 'gold'],
  ['custom:role', 'admin'],
  ['custom:origin', 'elsewhere'],
  ['custom:unknown', 'x'],
];
/** Given once: whoever has none yet may be told what his is. */
const GIVEN_ONCE = ['custom:origin'];
const WRITABLE = ['email', 'phone_number', 'nickname', 'custom:origin'];

const CLIENTS = {
  'whose attributes are listed': { WriteAttributes: WRITABLE },
  'made without WriteAttributes': {},
} as const;

for (const [kind, client] of Object.entries(CLIENTS))
  describe(`attributes that a person may not write by a client ${kind}`, () => {
    let server: TestServer;
    let pool: MadePool;
    let token: string;
    let count = 0;

    before(async () => {
      server = await startServer();
      pool = await makePool(
        server,
        {
          Schema: [
            { Name: 'grade', AttributeDataType: 'String', DeveloperOnlyAttribute: true, Mutable: true },
            { Name: 'role', AttributeDataType: 'String', Mutable: true },
            { Name: 'origin', AttributeDataType: 'String', Mutable: false },
          ],
        },
        client,
      );
      await makeReachable(pool, 'ada', { 'custom:origin': 'here', 'custom:role': 'reader' });
      token = (await signIn(pool, 'ada')).AccessToken!;
    });
    after(() => server.close());

    const REFUSED = ['NotAuthorizedException', 'InvalidParameterException'];
    const refused = (error: Error): boolean => REFUSED.includes(error.name);
    const newName = () => `person-${(count += 1)}`;

    const PATHS: Readonly<Record<string, (name: string, value: string) => Promise<unknown>>> = {
      SignUp: (Name, Value) =>
        pool.idp.signUp({
          ClientId: pool.ClientId,
          Username: newName(),
          Password: PASSWORD,
          UserAttributes: [{ Name, Value }],
        }),
      UpdateUserAttributes: (Name, Value) =>
        pool.idp.updateUserAttributes({
          AccessToken: token,
          UserAttributes: [
            { Name: 'nickname', Value: 'changed' },
            { Name, Value },
          ],
        }),
      DeleteUserAttributes: (name) =>
        pool.idp.deleteUserAttributes({ AccessToken: token, UserAttributeNames: ['nickname', name] }),
      VerifyUserAttribute: (AttributeName) =>
        pool.idp.verifyUserAttribute({ AccessToken: token, AttributeName, Code: '123456' }),
      'a new password': async (name, value) => {
        const { idp, UserPoolId, ClientId } = pool;
        const Username = newName();
        const TemporaryPassword = 'Temporary-Horse-1';
        const UserAttributes = [{ Name: 'custom:origin', Value: 'here' }];
        await idp.adminCreateUser({
          UserPoolId,
          Username,
          MessageAction: 'SUPPRESS',
          TemporaryPassword,
          UserAttributes,
        });
        const { Session } = await idp.initiateAuth({
          ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: Username, PASSWORD: TemporaryPassword },
        });
        const ChallengeResponses = {
          USERNAME: Username,
          NEW_PASSWORD: PASSWORD,
          [`userAttributes.${name}`]: value,
        };
        return idp.respondToAuthChallenge({
          ClientId,
          Session,
          ChallengeName: 'NEW_PASSWORD_REQUIRED',
          ChallengeResponses,
        });
      },
    };

    for (const [path, write] of Object.entries(PATHS))
      for (const [name, value] of ROWS) {
        if (path === 'SignUp' && 'WriteAttributes' in client && GIVEN_ONCE.includes(name)) continue;
        it(`${name} by ${path}`, async () => {
          const before = (await shown(pool, 'ada')).attributes;

          await assert.rejects(write(name, value), refused);

          assert.deepEqual((await shown(pool, 'ada')).attributes, before);
        });
      }

    for (const name of ['sub', 'identities', 'cognito:groups', 'cognito:username'])
      it(`${name} by what a provider says, also where it is mapped`, () => {
        const provider = {
          poolId: pool.UserPoolId,
          name: 'Upstream',
          type: 'OIDC',
          identifiers: [],
          attributeMapping: { [name]: 'claim', nickname: 'nick' },
          details: {},
          createdAt: '',
          modifiedAt: '',
        } as const;

        assert.deepEqual(mapClaims(provider, { claim: 'x', nick: 'A' }), { nickname: 'A' });
      });

    for (const name of ['sub', 'identities', 'cognito:groups', 'custom:unknown'])
      it(`${name} by an administrator, because it is the pool's own or nothing`, async () => {
        await makeUser(pool, `owned-${name.replace(':', '-')}`);

        await assert.rejects(
          pool.idp.adminUpdateUserAttributes({
            UserPoolId: pool.UserPoolId,
            Username: 'ada',
            UserAttributes: [{ Name: name, Value: 'x' }],
          }),
          { name: 'InvalidParameterException' },
        );
      });

    it('an address is not verified by its being verified before it changed', async () => {
      const twice = await makePool(server);
      await makeReachable(twice, 'ada');
      const { AccessToken } = await signIn(twice, 'ada');

      await twice.idp.updateUserAttributes({
        AccessToken,
        UserAttributes: [{ Name: 'email', Value: 'victim@example.com' }],
      });

      assert.equal((await shown(twice, 'ada')).attributes.email_verified, 'false');
    });
  });
