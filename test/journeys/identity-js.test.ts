/**
 * The life of an account with amazon-cognito-identity-js, unmodified: signed up, confirmed, forgotten, changed, moved and left.
 */
import assert from 'node:assert/strict';
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserAttribute,
  CognitoUserPool,
  type CognitoUserSession,
} from 'amazon-cognito-identity-js';
import { codeTo } from '../support/people.ts';
import { makePool, type MadePool } from '../support/pool.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';

const [FIRST, SECOND, THIRD] = ['Correct-Horse-7', 'Another-Horse-8', 'Third-Horse-9'] as const;

/** A function that answers by `callback(error, result)`, as a promise. */
const promised = <Result>(ask: (callback: (error?: Error | null, result?: Result) => void) => void) =>
  new Promise<Result | undefined>((resolve, reject) => {
    ask((error, result) => (error ? reject(error) : resolve(result)));
  });

/** One that answers by `{ onSuccess, onFailure }`. */
const settled = <Result>(
  ask: (callbacks: {
    onSuccess: (result: Result) => void;
    onFailure: (error: Error) => void;
    inputVerificationCode: (data: Result) => void;
  }) => void,
) =>
  new Promise<Result>((resolve, reject) => {
    ask({ onSuccess: resolve, onFailure: reject, inputVerificationCode: resolve });
  });

describe('amazon-cognito-identity-js', () => {
  let server: TestServer;
  let pool: MadePool;
  let people: CognitoUserPool;
  let ada: CognitoUser;

  before(async () => {
    server = await startServer();
    pool = await makePool(server, {
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
    });
    people = new CognitoUserPool({
      UserPoolId: pool.UserPoolId,
      ClientId: pool.ClientId,
      endpoint: server.url,
    });
    ada = new CognitoUser({ Username: 'ada', Pool: people });
  });
  after(() => server.close());

  const signIn = (Password: string) =>
    settled<CognitoUserSession>((callbacks) =>
      ada.authenticateUser(new AuthenticationDetails({ Username: 'ada', Password }), callbacks),
    );
  const attributes = async (): Promise<Readonly<Record<string, string>>> => {
    const listed = (await promised<CognitoUserAttribute[]>((done) => ada.getUserAttributes(done))) ?? [];
    return Object.fromEntries(listed.map(({ Name, Value }) => [Name, Value]));
  };
  const email = (Value: string) => new CognitoUserAttribute({ Name: 'email', Value });

  it('signUp, resendConfirmationCode and confirmRegistration make an account', async () => {
    const made = await promised((done: (error?: Error, result?: { userConfirmed: boolean }) => void) =>
      people.signUp('ada', FIRST, [email('ada@example.com')], [], done),
    );
    assert.equal(made?.userConfirmed, false);
    await promised((done) => ada.resendConfirmationCode(done));

    await promised((done) => ada.confirmRegistration(codeTo(server, 'ada@example.com'), false, done));

    assert.ok((await signIn(FIRST)).isValid());
    assert.equal((await attributes()).email_verified, 'true');
  });

  it('forgotPassword and confirmPassword replace a forgotten password', async () => {
    const { CodeDeliveryDetails } = await settled<{ CodeDeliveryDetails: { Destination: string } }>(
      (callbacks) => ada.forgotPassword(callbacks),
    );
    assert.equal(CodeDeliveryDetails.Destination, 'a***@e***');

    await settled((callbacks) =>
      ada.confirmPassword(codeTo(server, 'ada@example.com'), SECOND, {
        onSuccess: () => callbacks.onSuccess(undefined),
        onFailure: callbacks.onFailure,
      }),
    );

    assert.ok((await signIn(SECOND)).isValid());
    await assert.rejects(signIn(FIRST), { name: 'NotAuthorizedException' });
  });

  it('changePassword replaces a known one', async () => {
    await signIn(SECOND);

    await promised((done) => ada.changePassword(SECOND, THIRD, done));

    assert.ok((await signIn(THIRD)).isValid());
  });

  it('updateAttributes, getAttributeVerificationCode and verifyAttribute move to another address', async () => {
    await promised((done) => ada.updateAttributes([email('ada@new.example')], done));
    assert.equal((await attributes()).email, 'ada@example.com');
    await settled((callbacks) =>
      ada.getAttributeVerificationCode('email', {
        ...callbacks,
        onSuccess: () => callbacks.onSuccess(undefined),
        inputVerificationCode: () => callbacks.onSuccess(undefined),
      }),
    );

    await settled((callbacks) => ada.verifyAttribute('email', codeTo(server, 'ada@new.example'), callbacks));

    const { email: address, email_verified: isVerified } = await attributes();
    assert.deepEqual([address, isVerified], ['ada@new.example', 'true']);
  });

  it('deleteAttributes takes one away', async () => {
    const nickname = new CognitoUserAttribute({ Name: 'nickname', Value: 'Countess' });
    await promised((done) => ada.updateAttributes([nickname], done));
    assert.equal((await attributes()).nickname, 'Countess');

    await promised((done) => ada.deleteAttributes(['nickname'], done));

    assert.equal('nickname' in (await attributes()), false);
  });

  it('deleteUser ends the account', async () => {
    await promised((done) => ada.deleteUser(done));

    await assert.rejects(signIn(THIRD), { name: 'UserNotFoundException' });
  });
});
