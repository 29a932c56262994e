/** The pool's functions that write and send its letters: CustomMessage, CustomEmailSender, CustomSMSSender. */
import assert from 'node:assert/strict';
import { answer, makeFactorPool, startByPassword } from '../../../support/factors.ts';
import { poolFunctions } from '../../../support/pool-functions.ts';
import { listed, makePool, makeUser, PASSWORD, signIn, type MadePool } from '../../../support/pool.ts';
import { functionArn, startServer, type TestServer } from '../../../support/servers/server.ts';

const KMSKeyID = 'arn:aws:kms:us-east-1:123456789012:key/5f0c4a8e-0000-4000-8000-000000000000';
const senderOf = (name: string) => ({ LambdaArn: functionArn(name), LambdaVersion: 'V1_0' as const });

describe('the pool’s functions, about letters', () => {
  const told = poolFunctions();
  let server: TestServer;
  let writing: MadePool;
  let sending: MadePool;
  before(async () => {
    server = await startServer({ functions: told.functions });
    writing = await makePool(server, { LambdaConfig: { CustomMessage: functionArn('CustomMessage') } });
    sending = await makePool(server, {
      AutoVerifiedAttributes: ['email', 'phone_number'],
      LambdaConfig: {
        KMSKeyID,
        CustomEmailSender: senderOf('CustomEmailSender'),
        CustomSMSSender: senderOf('CustomSMSSender'),
      },
    });
  });
  after(() => server.close());
  beforeEach(() => told.reset());

  const signUp = ({ idp, ClientId }: MadePool, Username: string, attributes: Record<string, string>) =>
    idp.signUp({
      ClientId,
      Username,
      Password: PASSWORD,
      UserAttributes: listed(attributes),
      ClientMetadata: { language: 'de' },
    });
  const statusOf = async ({ idp, UserPoolId }: MadePool, Username: string) =>
    (await idp.adminGetUser({ UserPoolId, Username })).UserStatus;

  it('CustomMessage writes the letter of a sign-up, and its code is good', async () => {
    told.answer('CustomMessage', ({ request }) => ({
      emailSubject: `Hallo (${request.clientMetadata.language})`,
      emailMessage: `<b>${request.codeParameter}</b> für ${request.userAttributes.email}`,
    }));

    const { UserSub } = await signUp(writing, 'ada', { email: 'ada@example.com' });

    const { code, html, text, subject } = server.sent.at(-1)!;
    assert.deepEqual(
      [subject, html, text],
      ['Hallo (de)', `<b>${code}</b> für ada@example.com`, `${code} für ada@example.com`],
    );
    const { triggerSource, callerContext, userName, request } = told.eventOf('CustomMessage');
    assert.deepEqual(
      [triggerSource, callerContext.clientId, userName],
      ['CustomMessage_SignUp', writing.ClientId, 'ada'],
    );
    assert.deepEqual(request.userAttributes, {
      sub: UserSub,
      email: 'ada@example.com',
      email_verified: 'false',
      'cognito:user_status': 'UNCONFIRMED',
    });
    await writing.idp.confirmSignUp({ ClientId: writing.ClientId, Username: 'ada', ConfirmationCode: code });
    assert.equal(await statusOf(writing, 'ada'), 'CONFIRMED');
  });

  it('CustomMessage writes invitations, and hears what the administrator gave for it', async () => {
    const { idp, UserPoolId } = writing;
    told.answer('CustomMessage', ({ request }) => ({
      emailMessage: `${request.usernameParameter}: ${request.codeParameter}`,
    }));
    const invite = (MessageAction?: 'RESEND') =>
      idp.adminCreateUser({
        UserPoolId,
        Username: 'ben',
        MessageAction,
        DesiredDeliveryMediums: ['EMAIL'],
        UserAttributes: [{ Name: 'email', Value: 'ben@example.com' }],
        ClientMetadata: { language: 'fr' },
      });

    for (const action of [undefined, 'RESEND'] as const) {
      await invite(action);

      const { code, text, subject } = server.sent.at(-1)!;
      assert.deepEqual([text, subject], [`ben: ${code}`, 'Your temporary password']);
      const { triggerSource, request, callerContext } = told.eventOf('CustomMessage');
      assert.equal(triggerSource, 'CustomMessage_AdminCreateUser');
      assert.deepEqual(request.clientMetadata, { language: 'fr' });
      assert.equal(callerContext.clientId, 'CLIENT_ID_NOT_APPLICABLE');
    }
  });

  it('CustomMessage that leaves the code out is no answer, and leaves nobody', async () => {
    told.answer('CustomMessage', () => ({ emailMessage: 'Welcome!' }));

    await assert.rejects(signUp(writing, 'cleo', { email: 'cleo@example.com' }), {
      name: 'InvalidLambdaResponseException',
      message: 'Unrecognizable lambda output',
    });

    await assert.rejects(statusOf(writing, 'cleo'), { name: 'UserNotFoundException' });
  });

  it('CustomEmailSender is told an address that is nobody’s before its code came back', async () => {
    const LambdaConfig = { KMSKeyID, CustomEmailSender: senderOf('CustomEmailSender') };
    const pool = await makeFactorPool(server, { mode: 'ON', factors: ['email'], pool: { LambdaConfig } });
    await makeUser(pool, 'eve');
    const { Session } = await startByPassword(pool, 'eve');

    await answer(pool, 'MFA_SETUP', Session, { USERNAME: 'eve', EMAIL: 'eve@example.com' });

    const { triggerSource, request } = told.eventOf('CustomEmailSender');
    assert.equal(triggerSource, 'CustomEmailSender_Authentication');
    assert.equal(request.userAttributes.email, 'eve@example.com');
  });

  it('CustomEmailSender is told the new address of who keeps the old one until then', async () => {
    const pool = await makePool(server, {
      AutoVerifiedAttributes: ['email'],
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
      LambdaConfig: { KMSKeyID, CustomEmailSender: senderOf('CustomEmailSender') },
    });
    await makeUser(pool, 'fay', { email: 'fay@example.com', email_verified: 'true' });
    const { AccessToken } = await signIn(pool, 'fay');

    await pool.idp.updateUserAttributes({
      AccessToken,
      UserAttributes: listed({ email: 'new@example.com' }),
    });

    const { email, email_verified } = told.eventOf('CustomEmailSender').request.userAttributes;
    assert.deepEqual([email, email_verified], ['new@example.com', 'false']);
  });

  for (const [name, attribute, value] of [
    ['CustomEmailSender', 'email', 'dora@example.com'],
    ['CustomSMSSender', 'phone_number', '+15550100'],
  ] as const)
    it(`${name} sends the code in place of the installation, and it is good`, async () => {
      const sent = server.sent.length;

      const { CodeDeliveryDetails } = await signUp(sending, name, { [attribute]: value });

      assert.equal(CodeDeliveryDetails!.AttributeName, attribute);
      assert.equal(server.sent.length, sent);
      const { triggerSource, request } = told.eventOf(name);
      assert.equal(triggerSource, `${name}_SignUp`);
      const { idp, ClientId } = sending;
      await idp.confirmSignUp({ ClientId, Username: name, ConfirmationCode: request.code });
      assert.equal(await statusOf(sending, name), 'CONFIRMED');
    });
});
