/**
 * Which attributes an app client shows, on every path by which they go out: those listed, or, where nothing is listed, the standard ones.
 *
 * A row is an attribute of the schema, a column a path. What is for administrators' eyes is on none of them.
 * Source: Cognito API reference, UserPoolClientType, "ReadAttributes".
 */
import assert from 'node:assert/strict';
import type { SchemaAttributeType } from '@aws-sdk/client-cognito-identity-provider';
import { STANDARD_ATTRIBUTES } from '../../src/domain/pools/attributes.ts';
import { claimsOf, createWorld, PASSWORD, TEMPORARY, type World } from '../api/oidc/world.ts';
import { listed } from '../support/pool.ts';

const OWN = new Set(['sub', 'identities']);
const VALUES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    STANDARD_ATTRIBUTES.filter(({ name }) => !OWN.has(name)).map(({ name }) => [name, `my ${name}`]),
  ),
  birthdate: '1815-12-10',
  email: 'ada@example.com',
  phone_number: '+15550001111',
  email_verified: 'true',
  phone_number_verified: 'true',
  updated_at: '1700000000',
  'custom:role': 'admin',
  'dev:custom:grade': 'gold',
};
const STANDARD = Object.keys(VALUES).filter((name) => !name.includes(':'));
const CLIENTS: Readonly<Record<string, { ReadAttributes?: string[]; sees: readonly string[] }>> = {
  'made without ReadAttributes': { sees: STANDARD },
  'whose attributes are listed': {
    ReadAttributes: ['nickname', 'custom:role', 'dev:custom:grade'],
    sees: ['nickname', 'custom:role'],
  },
};

describe('attributes that a client may read', () => {
  let world: World;

  before(async () => {
    const Schema: SchemaAttributeType[] = [
      { Name: 'role', AttributeDataType: 'String', Mutable: true },
      { Name: 'grade', AttributeDataType: 'String', DeveloperOnlyAttribute: true, Mutable: true },
    ];
    world = await createWorld({}, { Schema });
    await world.addInvited('invited');
    for (const Username of ['ada', 'invited'])
      await world.userPools.adminUpdateUserAttributes({
        UserPoolId: world.poolId,
        Username,
        UserAttributes: listed(VALUES),
      });
  });
  after(() => world.close());

  const names = (shown: object): string[] => Object.keys(shown).filter((name) => name in VALUES);
  const initiated = (ClientId: string, USERNAME: string, password: string) =>
    world.userPools.initiateAuth({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME, PASSWORD: password },
    });

  /** Each: the attributes that it shows. */
  const PATHS: Readonly<Record<string, (ClientId: string) => Promise<string[]>>> = {
    'the ID token of the API': async (id) =>
      names(claimsOf((await initiated(id, 'ada', PASSWORD)).AuthenticationResult!.IdToken!)),
    GetUser: async (id) => {
      const { AccessToken } = (await initiated(id, 'ada', PASSWORD)).AuthenticationResult!;
      const { UserAttributes = [] } = await world.userPools.getUser({ AccessToken });
      return names(Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value])));
    },
    'a new password': async (id) => {
      const { ChallengeParameters } = await initiated(id, 'invited', TEMPORARY);
      return names(JSON.parse(ChallengeParameters!['userAttributes']!) as object);
    },
    'the ID token of the hosted page': async (id) => {
      const client = { id, secret: undefined };
      const { id_token } = await world.redeem(client, await world.signIn(world.authorize(client)));
      return names(claimsOf(id_token));
    },
    userInfo: async (id) => {
      const client = { id, secret: undefined };
      const back = await world.signIn(world.authorize(client, { scope: 'openid' }));
      const { access_token } = await world.redeem(client, back);
      const response = await fetch(`${world.base}/oauth2/userInfo`, {
        headers: { authorization: `Bearer ${access_token}` },
      });
      return names((await response.json()) as object);
    },
  };

  for (const [kind, { sees, ...attributes }] of Object.entries(CLIENTS))
    for (const [path, shownBy] of Object.entries(PATHS))
      it(`by ${path}, of a client ${kind}`, async () => {
        const { id } = await world.addClient({
          ...attributes,
          ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
        });

        assert.deepEqual((await shownBy(id)).toSorted(), [...sees].toSorted());
      });
});
