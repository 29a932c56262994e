/**
 * Invitations: where they go, and what an administrator may say of whom he invites.
 *
 * Source: Cognito API reference, AdminCreateUser.
 */
import assert from 'node:assert/strict';
import { makePool, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const NUMBER = '+15550123';

describe('an invitation', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(server);
  });
  after(() => server.close());

  const lastTo = () => server.sent.at(-1)?.to;

  describe('that names no medium', () => {
    it('goes by SMS to the number that is the name', async () => {
      const { idp, UserPoolId } = await makePool(server, {
        UsernameAttributes: ['phone_number'],
        AutoVerifiedAttributes: [],
      });

      await idp.adminCreateUser({ UserPoolId, Username: NUMBER });

      assert.equal(lastTo(), NUMBER);
    });

    it('goes by SMS once more to who was invited with a number before', async () => {
      const { idp, UserPoolId } = pool;
      const UserAttributes = [
        { Name: 'phone_number', Value: NUMBER },
        { Name: 'email', Value: 'ada@example.com' },
      ];
      await idp.adminCreateUser({ UserPoolId, Username: 'ada', MessageAction: 'SUPPRESS', UserAttributes });

      await idp.adminCreateUser({ UserPoolId, Username: 'ada', MessageAction: 'RESEND' });

      assert.equal(lastTo(), NUMBER);
    });

    it('goes by e-mail to who has no number', async () => {
      const { idp, UserPoolId } = pool;
      const UserAttributes = [{ Name: 'email', Value: 'ben@example.com' }];

      await idp.adminCreateUser({ UserPoolId, Username: 'ben', UserAttributes });

      assert.equal(lastTo(), 'ben@example.com');
    });
  });

  for (const name of ['email', 'phone_number'])
    it(`is refused that calls ${name} verified and gives none`, async () => {
      const { idp, UserPoolId } = pool;
      const UserAttributes = [{ Name: `${name}_verified`, Value: 'true' }];

      await assert.rejects(
        idp.adminCreateUser({ UserPoolId, Username: 'carl', MessageAction: 'SUPPRESS', UserAttributes }),
        {
          name: 'InvalidParameterException',
          message: `Attributes did not conform to the schema: ${name}: The attribute ${name} is required`,
        },
      );
      await assert.rejects(idp.adminGetUser({ UserPoolId, Username: 'carl' }), {
        name: 'UserNotFoundException',
      });
    });
});
