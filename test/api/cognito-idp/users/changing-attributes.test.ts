/** Attributes that people and administrators change, and addresses that people prove, through the official client. */
import assert from 'node:assert/strict';
import { adminWrite, prove, tokenOf, write } from '../../../support/attributes.ts';
import { codeTo, makeReachable, shown } from '../../../support/people.ts';
import { listed, makePool, makeUser, PASSWORD, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('changing attributes', () => {
  let server: TestServer;
  let pool: MadePool;
  /** Its people sign in with a verified e-mail too. */
  let byAlias: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(
      server,
      {
        Schema: [
          { Name: 'tier', AttributeDataType: 'String', Mutable: true },
          { Name: 'origin', AttributeDataType: 'String', Mutable: false },
          { Name: 'name', Required: true },
        ],
      },
      { WriteAttributes: ['email', 'phone_number', 'name', 'nickname', 'custom:tier', 'custom:origin'] },
    );
    byAlias = await makePool(server, { AliasAttributes: ['email'] });
  });
  after(() => server.close());

  describe('by their owner', () => {
    it('UpdateUserAttributes: writes, and sends a code to a changed address', async () => {
      await makeReachable(pool, 'ada', { name: 'Ada' });
      const AccessToken = await tokenOf(pool, 'ada');

      const { CodeDeliveryDetailsList } = await pool.idp.updateUserAttributes({
        AccessToken,
        UserAttributes: listed({ email: 'ada@new.example', 'custom:tier': 'gold', nickname: 'A' }),
      });

      const { attributes } = await shown(pool, 'ada');
      assert.deepEqual(
        [attributes.email, attributes.email_verified, attributes['custom:tier'], attributes.nickname],
        ['ada@new.example', 'false', 'gold', 'A'],
      );
      assert.deepEqual(CodeDeliveryDetailsList, [
        { AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: 'a***@n***' },
      ]);
      assert.equal(server.sent.at(-1)!.kind, 'changed-attribute');
      await pool.idp.verifyUserAttribute({
        AccessToken,
        AttributeName: 'email',
        Code: codeTo(server, 'ada@new.example'),
      });
      assert.equal((await shown(pool, 'ada')).attributes.email_verified, 'true');
    });

    it('send no code for what did not change, nor for what the pool does not verify', async () => {
      await makeReachable(pool, 'same', { name: 'Same' });
      const before = server.sent.length;

      const answer = await write(pool, 'same', { email: 'same@example.com', phone_number: '+15550001111' });

      assert.deepEqual([answer.CodeDeliveryDetailsList, server.sent.length], [[], before]);
      const { attributes } = await shown(pool, 'same');
      assert.deepEqual([attributes.email_verified, attributes.phone_number_verified], ['true', 'false']);
    });

    it('DeleteUserAttributes: takes them away, an address with its proof', async () => {
      await makeReachable(pool, 'less', { name: 'Less', nickname: 'L' });

      await pool.idp.deleteUserAttributes({
        AccessToken: await tokenOf(pool, 'less'),
        UserAttributeNames: ['nickname', 'email'],
      });

      const { attributes } = await shown(pool, 'less');
      assert.deepEqual(Object.keys(attributes).toSorted(), ['name', 'sub']);
    });

    it('an empty value takes an attribute away', async () => {
      await makeUser(pool, 'empty', { name: 'Empty', nickname: 'E' });

      await write(pool, 'empty', { nickname: '' });

      assert.equal('nickname' in (await shown(pool, 'empty')).attributes, false);
    });

    it('leave what is required, what never changes, and what is not his to write', async () => {
      await makeUser(pool, 'bound', { name: 'Bound', 'custom:origin': 'here' });
      const attempts: readonly (readonly [Record<string, string>, string])[] = [
        [{ name: '' }, 'InvalidParameterException'],
        [{ 'custom:origin': 'there' }, 'InvalidParameterException'],
        [{ 'custom:origin': '' }, 'InvalidParameterException'],
        [{ 'custom:unknown': 'x' }, 'InvalidParameterException'],
        [{ sub: 'x' }, 'InvalidParameterException'],
        [{ email_verified: 'true' }, 'NotAuthorizedException'],
        [{ email: 'no address' }, 'InvalidParameterException'],
      ];
      const before = (await shown(pool, 'bound')).attributes;

      for (const [attributes, name] of attempts)
        await assert.rejects(write(pool, 'bound', { nickname: 'x', ...attributes }), { name });

      assert.deepEqual((await shown(pool, 'bound')).attributes, before);
    });

    it('are written under the rules of the client that the token is of', async () => {
      const narrow = await makePool(server, {}, { WriteAttributes: ['nickname'] });
      await makeUser(narrow, 'ada', { email: 'ada@example.com' });

      await write(narrow, 'ada', { nickname: 'A' });

      await assert.rejects(write(narrow, 'ada', { given_name: 'Ada' }), { name: 'NotAuthorizedException' });
      await assert.rejects(
        narrow.idp.deleteUserAttributes({
          AccessToken: await tokenOf(narrow, 'ada'),
          UserAttributeNames: ['email'],
        }),
        { name: 'NotAuthorizedException' },
      );
    });

    it('leave the last name to sign in with', async () => {
      const byEmail = await makePool(server, { UsernameAttributes: ['email'] });
      await makeUser(byEmail, 'ada@example.com', { email: 'ada@example.com' });

      await assert.rejects(write(byEmail, 'ada@example.com', { email: '' }), {
        name: 'InvalidParameterException',
      });
    });

    it('do not take an address that somebody else signs in with', async () => {
      const byEmail = await makePool(server, { UsernameAttributes: ['email'] });
      await makeUser(byEmail, 'ada@example.com', { email: 'ada@example.com' });
      await makeUser(byEmail, 'ben@example.com', { email: 'ben@example.com' });

      await assert.rejects(write(byEmail, 'ben@example.com', { email: 'ada@example.com' }), {
        name: 'AliasExistsException',
        message: 'An account with the given email or phone number already exists.',
      });
      await write(byEmail, 'ben@example.com', { email: 'ben@new.example' });
      assert.ok(await tokenOf(byEmail, 'ben@new.example'));
      await assert.rejects(signIn(byEmail, 'ben@example.com'), { name: 'UserNotFoundException' });
    });

    it('send so many codes an hour', async () => {
      await makeReachable(pool, 'restless', { name: 'R' });
      const AccessToken = await tokenOf(pool, 'restless');
      const move = (to: string) =>
        pool.idp.updateUserAttributes({ AccessToken, UserAttributes: listed({ email: to }) });
      for (let index = 0; index < 10; index += 1) await move(`restless@${index}.example`);

      await assert.rejects(move('restless@last.example'), { name: 'LimitExceededException' });
      assert.equal((await shown(pool, 'restless')).attributes.email, 'restless@9.example');
      await pool.idp.updateUserAttributes({ AccessToken, UserAttributes: listed({ nickname: 'R' }) });
    });
  });

  describe('by an administrator', () => {
    it('AdminUpdateUserAttributes: writes, also that an address is verified', async () => {
      await makeUser(byAlias, 'dora');

      await adminWrite(byAlias, 'dora', { email: 'dora@example.com', email_verified: 'true' });

      const { idp, UserPoolId } = byAlias;
      await idp.adminUpdateUserAttributes({
        UserPoolId,
        Username: 'dora@example.com',
        UserAttributes: listed({ nickname: 'D' }),
      });
      const { attributes } = await shown(byAlias, 'dora');
      assert.deepEqual([attributes.email_verified, attributes.nickname], ['true', 'D']);
      assert.ok(await tokenOf(byAlias, 'dora@example.com'));
    });

    it('AdminDeleteUserAttributes: takes them away', async () => {
      const { idp, UserPoolId } = byAlias;
      await makeReachable(byAlias, 'emil', { nickname: 'E' });

      await idp.adminDeleteUserAttributes({
        UserPoolId,
        Username: 'emil',
        UserAttributeNames: ['nickname', 'email'],
      });

      assert.deepEqual(Object.keys((await shown(byAlias, 'emil')).attributes), ['sub']);
      await assert.rejects(signIn(byAlias, 'emil@example.com'), { name: 'UserNotFoundException' });
    });

    it('sends a code where the address is not vouched for', async () => {
      await makeReachable(byAlias, 'fred');

      await adminWrite(byAlias, 'fred', { email: 'fred@new.example' });

      assert.equal((await shown(byAlias, 'fred')).attributes.email_verified, 'false');
      await prove(byAlias, 'fred', codeTo(server, 'fred@new.example'));
      assert.equal((await shown(byAlias, 'fred')).attributes.email_verified, 'true');
    });

    it('does not take an address away from who proved it', async () => {
      await makeReachable(byAlias, 'owner');
      await makeUser(byAlias, 'taker');

      await assert.rejects(
        adminWrite(byAlias, 'taker', { email: 'owner@example.com', email_verified: 'true' }),
        { name: 'AliasExistsException' },
      );
      assert.equal('email' in (await shown(byAlias, 'taker')).attributes, false);
    });

    it('leaves what is required and what never changes', async () => {
      await makeUser(pool, 'fixed', { name: 'Fixed', 'custom:origin': 'here' });
      const { idp, UserPoolId } = pool;
      const invalid = { name: 'InvalidParameterException' };
      for (const name of ['name', 'custom:origin', 'sub', 'identities'])
        await assert.rejects(
          idp.adminDeleteUserAttributes({ UserPoolId, Username: 'fixed', UserAttributeNames: [name] }),
          invalid,
        );
      await assert.rejects(adminWrite(pool, 'fixed', { 'custom:origin': 'there' }), invalid);
      await assert.rejects(adminWrite(pool, 'nobody', { nickname: 'x' }), { name: 'UserNotFoundException' });
    });
  });

  it('are not for who must set a new password first, nor for who was disabled', async () => {
    const { idp, UserPoolId } = byAlias;
    await makeReachable(byAlias, 'stopped');
    const AccessToken = await tokenOf(byAlias, 'stopped');
    const attempts = () => [
      idp.updateUserAttributes({ AccessToken, UserAttributes: listed({ nickname: 'x' }) }),
      idp.deleteUserAttributes({ AccessToken, UserAttributeNames: ['email'] }),
      idp.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' }),
      idp.verifyUserAttribute({ AccessToken, AttributeName: 'email', Code: '123456' }),
      idp.changePassword({ AccessToken, PreviousPassword: PASSWORD, ProposedPassword: 'Another-Horse-8' }),
      idp.deleteUser({ AccessToken }),
    ];

    await idp.adminResetUserPassword({ UserPoolId, Username: 'stopped' });
    for (const attempt of attempts())
      await assert.rejects(attempt, { name: 'PasswordResetRequiredException' });
    await idp.adminSetUserPassword({ UserPoolId, Username: 'stopped', Password: PASSWORD, Permanent: true });
    await idp.adminDisableUser({ UserPoolId, Username: 'stopped' });
    for (const attempt of attempts()) await assert.rejects(attempt, { name: 'NotAuthorizedException' });
  });
});
