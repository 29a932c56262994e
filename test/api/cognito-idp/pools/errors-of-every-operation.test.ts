/**
 * Errors that operations have in common: a pool or a client that is not there, a token that is not believed, a member that is missing, a secret hash that is wrong. Made from the operations themselves, as one that comes later
 * will be. Nothing changes by any of them.
 *
 * Source: Cognito API reference, ResourceNotFoundException, NotAuthorizedException, InvalidParameterException of each operation; developer guide, "Computing secret hash values".
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { claimsOf, PASSWORD } from '../../../support/pool.ts';
import { twoTenants } from '../../../support/matrices/tenants.ts';
import {
  call,
  inputOf,
  neededBy,
  OPERATIONS,
  shapeOf,
  type Input,
} from '../../../support/servers/whole-requests.ts';

const ABSENT: Input = { UserPoolId: 'us-east-1_nobody000', ClientId: 'nobody' };
const ADA = { USERNAME: 'ada' };
/** What is asked in the name of a client with a secret, besides pool and client. */
const IN_ITS_NAME: Readonly<Record<string, Input>> = {
  ForgotPassword: {},
  ConfirmForgotPassword: {},
  ConfirmSignUp: {},
  ResendConfirmationCode: {},
  'InitiateAuth USER_SRP_AUTH': { AuthFlow: 'USER_SRP_AUTH', AuthParameters: { ...ADA, SRP_A: 'ff' } },
  'InitiateAuth USER_AUTH': { AuthFlow: 'USER_AUTH', AuthParameters: ADA },
  'AdminInitiateAuth ADMIN_USER_PASSWORD_AUTH': {
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    AuthParameters: { ...ADA, PASSWORD },
  },
  'AdminInitiateAuth USER_AUTH': { AuthFlow: 'USER_AUTH', AuthParameters: ADA },
  RespondToAuthChallenge: { ChallengeResponses: { ...ADA, ANSWER: 'PASSWORD', PASSWORD } },
  AdminRespondToAuthChallenge: { ChallengeResponses: { ...ADA, ANSWER: 'PASSWORD', PASSWORD } },
};

describe('every operation', () => {
  const tenants = twoTenants();
  const mine = () => ({ ...tenants.mine, Username: 'ada' });
  const request = (name: string, input: Input) => call(name, input, tenants.server.client);
  const isRefused = (name: string, input: Input, error: { name: string; message?: string }) =>
    tenants.leaves(tenants.mine, () => assert.rejects(request(name, input), error));

  describe('that names a pool or a client says that there is none', () => {
    for (const [name, operation] of OPERATIONS)
      for (const member of Object.keys(ABSENT).filter((each) => each in shapeOf(operation)))
        it(`${name}: ${member}`, () =>
          isRefused(
            name,
            { ...inputOf(name, operation, mine()), [member]: ABSENT[member] },
            { name: 'ResourceNotFoundException' },
          ));
  });

  describe('that takes an access token refuses', () => {
    const claims = () => claimsOf(tenants.mine.AccessToken);
    const signed = (more: object) => tenants.sign(tenants.mine, 'access', { ...claims(), ...more });
    const anHourAgo = Math.floor(tenants.clock.now().getTime() / 1000) - 3600;
    const TOKENS: Readonly<Record<string, () => Promise<string>>> = {
      'what is none': async () => 'x.y.z',
      'an ID token': async () => tenants.mine.IdToken,
      'one without the scope of self-service': () => signed({ scope: 'openid email' }),
      'one of a client that is not there': () => signed({ client_id: 'nobody' }),
      'one that is over': () => signed({ iat: anHourAgo - 60, auth_time: anHourAgo - 60, exp: anHourAgo }),
      'one that was ended by a sign-out': async () => {
        const { AccessToken } = await tenants.another();
        await request('GlobalSignOut', { AccessToken });
        return AccessToken;
      },
    };

    it('none that is as those are, and good', async () => {
      assert.ok(await request('GetUser', { AccessToken: await signed({}) }));
    });
    for (const [what, make] of Object.entries(TOKENS))
      describe(what, () => {
        let AccessToken: string;
        before(async () => {
          AccessToken = await make();
        });
        for (const [name, operation] of OPERATIONS)
          if ('AccessToken' in shapeOf(operation))
            it(name, () =>
              isRefused(
                name,
                { ...inputOf(name, operation, mine()), Session: undefined, AccessToken },
                { name: 'NotAuthorizedException' },
              ),
            );
      });
  });

  describe('says which member is missing', () => {
    for (const [name, operation] of OPERATIONS)
      for (const member of neededBy(operation))
        it(`${name}: ${member}`, () =>
          isRefused(
            name,
            { ...inputOf(name, operation, mine()), [member]: undefined },
            { name: 'InvalidParameterException' },
          ));
  });

  describe('in the name of a client with a secret demands its hash', () => {
    let ClientId: string;
    let ClientSecret: string;
    let Session: string;

    before(async () => {
      const idp = new CognitoIdentityProvider(tenants.server.client);
      const { UserPoolClient: client } = await idp.createUserPoolClient({
        UserPoolId: tenants.mine.UserPoolId,
        ClientName: 'with-secret',
        GenerateSecret: true,
        ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_USER_AUTH'],
      });
      ClientId = client!.ClientId!;
      ClientSecret = client!.ClientSecret!;
      const AuthParameters = { ...ADA, SECRET_HASH: hashOf('ada') };
      const begun = await idp.initiateAuth({ ClientId, AuthFlow: 'USER_AUTH', AuthParameters });
      Session = begun.Session!;
    });

    const hashOf = (name: string) =>
      createHmac('sha256', ClientSecret).update(`${name}${ClientId}`).digest('base64');
    function inputWith(name: string, more: Input, hash: string | undefined): Input {
      const operation = OPERATIONS.find(([each]) => each === name)![1];
      const input = { ...inputOf(name, operation, { ...mine(), ClientId, Session }), ...more };
      const member = ['AuthParameters', 'ChallengeResponses'].find((each) => each in input);
      if (member === undefined) return { ...input, SecretHash: hash };
      return { ...input, [member]: { ...(input[member] as Input), SECRET_HASH: hash } };
    }

    for (const [title, more] of Object.entries(IN_ITS_NAME))
      it(title, async () => {
        const [name = ''] = title.split(' ');
        const message = `Unable to verify secret hash for client ${ClientId}`;
        const refused = { name: 'NotAuthorizedException', message };

        for (const hash of [undefined, hashOf('eve'), 'nonsense'])
          await isRefused(name, inputWith(name, more, hash), refused);

        const heard = await request(name, inputWith(name, more, hashOf('ada'))).then(
          () => '',
          (error: Error) => error.message,
        );
        assert.notEqual(heard, message);
      });
  });
});
