/**
 * An application made with Amplify, unmodified and pointed at us: everything that its Auth category does with a user pool.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SetUserPoolMfaConfigRequest, UserPoolMfaType } from '@aws-sdk/client-cognito-identity-provider';
import { Amplify } from 'aws-amplify';
import * as auth from 'aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';
import { sharedInMemoryStorage } from 'aws-amplify/utils';
import { generate } from 'otplib';
import { makePool, makeUser, PASSWORD, type MadePool } from '../support/pool.ts';
import { onBoth, type Installation } from '../support/servers/installation.ts';

/** Handlers as they are written for AWS Lambda: one word is asked for, after the password where there was one. */
const HANDLERS = {
  define: `exports.handler = async (event) => {
    const last = event.request.session.at(-1);
    if (last?.challengeName === 'SRP_A') event.response.challengeName = 'PASSWORD_VERIFIER';
    else if (!last || last.challengeName === 'PASSWORD_VERIFIER') event.response.challengeName = 'CUSTOM_CHALLENGE';
    else event.response[last.challengeResult ? 'issueTokens' : 'failAuthentication'] = true;
    return event;
  };`,
  create: `exports.handler = async (event) => {
    event.response.publicChallengeParameters = { question: 'The word?' };
    event.response.privateChallengeParameters = { word: 'blue' };
    return event;
  };`,
  verify: `exports.handler = (event, context, callback) => {
    event.response.answerCorrect = event.request.challengeAnswer === event.request.privateChallengeParameters.word;
    callback(null, event);
  };`,
};
const LAMBDA = 'arn:aws:lambda:us-east-1:123456789012:function:';

/** A configuration whose functions are these handlers. */
function configured(): { folder: string; file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'cognate-functions-'));
  for (const [name, text] of Object.entries(HANDLERS)) writeFileSync(join(folder, `${name}.cjs`), text);
  const functions = Object.fromEntries(
    Object.keys(HANDLERS).map((name) => [name, { module: `file:${name}.cjs` }]),
  );
  const file = join(folder, 'cognate.yaml');
  writeFileSync(file, JSON.stringify({ triggers: { folder, functions } }));
  return { folder, file };
}

describe('an Amplify application', () =>
  onBoth((start) => {
    const own = configured();
    let server: Installation;
    let pool: MadePool;
    before(async () => {
      server = await start({ environment: { COGNATE_CONFIG: own.file } });
    });
    after(async () => {
      await server.close();
      rmSync(own.folder, { recursive: true });
    });

    beforeEach(async () => {
      pool = await makePool(server, { UsernameConfiguration: { CaseSensitive: false } });
      configure();
    });
    afterEach(() => auth.signOut());

    function configure(): void {
      Amplify.configure({
        Auth: {
          Cognito: {
            userPoolId: pool.UserPoolId,
            userPoolClientId: pool.ClientId,
            userPoolEndpoint: server.url,
          },
        },
      });
      cognitoUserPoolsTokenProvider.setKeyValueStorage(sharedInMemoryStorage);
    }

    it('signs people up, confirms them, and signs them in by SRP', async () => {
      const options = { userAttributes: { email: 'ada@example.com' } };

      const { nextStep } = await auth.signUp({ username: 'ada', password: PASSWORD, options });
      await auth.confirmSignUp({ username: 'ada', confirmationCode: server.sent.at(-1)!.code });
      const { isSignedIn } = await auth.signIn({ username: 'ada', password: PASSWORD });

      assert.equal(nextStep.signUpStep, 'CONFIRM_SIGN_UP');
      assert.equal(isSignedIn, true);
      const { tokens, userSub } = await auth.fetchAuthSession();
      assert.equal(tokens!.idToken!.payload['email'], 'ada@example.com');
      assert.equal((await auth.getCurrentUser()).userId, userSub);
    });

    it('recovers, changes and keeps passwords', async () => {
      await signUpAs('ada');

      const { nextStep } = await auth.resetPassword({ username: 'ada' });
      const confirmationCode = lastCode('forgot-password');
      await auth.confirmResetPassword({ username: 'ada', confirmationCode, newPassword: 'Second-Horse-8' });
      await auth.signIn({ username: 'ada', password: 'Second-Horse-8' });
      await auth.updatePassword({ oldPassword: 'Second-Horse-8', newPassword: 'Third-Horse-9' });
      await auth.signOut();

      assert.equal(nextStep.resetPasswordStep, 'CONFIRM_RESET_PASSWORD_WITH_CODE');
      assert.equal(nextStep.codeDeliveryDetails.destination, 'a***@e***');
      await assert.rejects(auth.signIn({ username: 'ada', password: 'Second-Horse-8' }), {
        name: 'NotAuthorizedException',
      });
      assert.equal((await auth.signIn({ username: 'ada', password: 'Third-Horse-9' })).isSignedIn, true);
    });

    it('shows, changes, verifies and deletes attributes, and the person', async () => {
      await signUpAs('ada');
      await auth.signIn({ username: 'ada', password: PASSWORD });

      const changed = await auth.updateUserAttributes({
        userAttributes: { email: 'ada@example.org', nickname: 'Countess' },
      });
      await auth.confirmUserAttribute({
        userAttributeKey: 'email',
        confirmationCode: lastCode('changed-attribute'),
      });
      await auth.deleteUserAttributes({ userAttributeKeys: ['nickname'] });

      assert.equal(changed.email.nextStep.updateAttributeStep, 'CONFIRM_ATTRIBUTE_WITH_CODE');
      const { sub: _sub, ...attributes } = await auth.fetchUserAttributes();
      assert.deepEqual(attributes, { email: 'ada@example.org', email_verified: 'true' });
      await auth.deleteUser();
      await assert.rejects(auth.signIn({ username: 'ada', password: PASSWORD }), {
        name: 'UserNotFoundException',
      });
    });

    it('sets up an authenticator application, and asks for its code', async () => {
      await haveFactors('ON', { SoftwareTokenMfaConfiguration: { Enabled: true } });
      await signUpAs('ada');

      const first = await auth.signIn({ username: 'ada', password: PASSWORD });
      assert.equal(first.nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP');
      const secret = first.nextStep.totpSetupDetails.sharedSecret;
      const set = await auth.confirmSignIn({ challengeResponse: await totpCode(secret) });
      await auth.signOut();
      server.clock.pass(30);
      const second = await auth.signIn({ username: 'ada', password: PASSWORD });
      const wrong = await auth
        .confirmSignIn({ challengeResponse: '000000' })
        .catch((error: Error) => error.name);
      const right = await auth.confirmSignIn({ challengeResponse: await totpCode(secret) });

      assert.equal(set.isSignedIn, true);
      assert.equal(second.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
      assert.equal(wrong, 'CodeMismatchException');
      assert.equal(right.isSignedIn, true);
      assert.deepEqual(await auth.fetchMFAPreference(), { enabled: ['TOTP'], preferred: undefined });
    });

    it('sets up an e-mail address as the factor', async () => {
      await haveFactors('ON', { EmailMfaConfiguration: {} });
      await makeUser(pool, 'ada');

      const { nextStep } = await auth.signIn({ username: 'ada', password: PASSWORD });
      const asked = await auth.confirmSignIn({ challengeResponse: 'ada@example.com' });
      const { isSignedIn } = await auth.confirmSignIn({ challengeResponse: lastCode('authentication') });

      assert.equal(nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_EMAIL_SETUP');
      assert.equal(asked.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
      assert.equal(isSignedIn, true);
      assert.equal((await auth.fetchUserAttributes()).email_verified, 'true');
    });

    it('lets a person choose the factor, and asks for the one preferred', async () => {
      const SoftwareTokenMfaConfiguration = { Enabled: true };
      await haveFactors('OPTIONAL', { SoftwareTokenMfaConfiguration, EmailMfaConfiguration: {} });
      await signUpAs('ada');
      await auth.signIn({ username: 'ada', password: PASSWORD });
      const { sharedSecret } = await auth.setUpTOTP();
      await auth.verifyTOTPSetup({ code: await totpCode(sharedSecret) });
      await auth.updateMFAPreference({ totp: 'ENABLED', email: 'ENABLED' });
      await auth.signOut();

      const choice = await auth.signIn({ username: 'ada', password: PASSWORD });
      const asked = await auth.confirmSignIn({ challengeResponse: 'EMAIL' });
      const { isSignedIn } = await auth.confirmSignIn({ challengeResponse: lastCode('authentication') });
      await auth.updateMFAPreference({ email: 'PREFERRED' });
      await auth.signOut();
      const preferred = await auth.signIn({ username: 'ada', password: PASSWORD });

      assert.equal(choice.nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION');
      assert.equal(asked.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
      assert.equal(isSignedIn, true);
      assert.equal(preferred.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
    });

    it('signs in without a password, by a code that is chosen or preferred', async () => {
      await allowChoice();
      await signUpAs('ada');
      const options = { authFlowType: 'USER_AUTH' as const };

      const choice = await auth.signIn({ username: 'ada', options });
      assert.equal(choice.nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION');
      await auth.confirmSignIn({ challengeResponse: 'EMAIL_OTP' });
      const chosen = await auth.confirmSignIn({ challengeResponse: lastCode('authentication') });
      await auth.signOut();
      await auth.signIn({ username: 'ada', options: { ...options, preferredChallenge: 'EMAIL_OTP' } });
      const preferred = await auth.confirmSignIn({ challengeResponse: lastCode('authentication') });
      await auth.signOut();
      const password = await auth.signIn({
        username: 'ada',
        password: PASSWORD,
        options: { ...options, preferredChallenge: 'PASSWORD_SRP' },
      });

      assert.deepEqual([...choice.nextStep.availableChallenges!].toSorted(), [
        'EMAIL_OTP',
        'PASSWORD',
        'PASSWORD_SRP',
      ]);
      assert.equal(chosen.isSignedIn, true);
      assert.equal(preferred.isSignedIn, true);
      assert.equal(password.isSignedIn, true);
    });

    it('signs a person up without a password, and in by having confirmed', async () => {
      await allowChoice();
      const userAttributes = { email: 'ada@example.com' };

      await auth.signUp({
        username: 'ada',
        options: { userAttributes, autoSignIn: { authFlowType: 'USER_AUTH' } },
      });
      const { nextStep } = await auth.confirmSignUp({
        username: 'ada',
        confirmationCode: lastCode('sign-up'),
      });
      const { isSignedIn } = await auth.autoSignIn();

      assert.equal(nextStep.signUpStep, 'COMPLETE_AUTO_SIGN_IN');
      assert.equal(isSignedIn, true);
    });

    it('remembers a device, which stands in for the second factor', async () => {
      const { UserPoolId } = pool;
      await pool.idp.updateUserPool({
        UserPoolId,
        AutoVerifiedAttributes: ['email'],
        DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true },
      });
      await haveFactors('ON', { SoftwareTokenMfaConfiguration: { Enabled: true } });
      await signUpAs('ada');
      const first = await auth.signIn({ username: 'ada', password: PASSWORD });
      assert.equal(first.nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP');
      const secret = first.nextStep.totpSetupDetails.sharedSecret;
      await auth.confirmSignIn({ challengeResponse: await totpCode(secret) });

      await auth.rememberDevice();
      const [device, ...others] = await auth.fetchDevices();
      await auth.signOut();
      const again = await auth.signIn({ username: 'ada', password: PASSWORD });
      await auth.forgetDevice();
      await auth.signOut();
      const forgotten = await auth.signIn({ username: 'ada', password: PASSWORD });

      assert.match(device!.id, /^us-east-1_[0-9a-f-]{36}$/);
      assert.deepEqual(others, []);
      assert.equal(again.isSignedIn, true);
      assert.equal(forgotten.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
    });

    it('answers challenges of the pool’s own, with and without a password before', async () => {
      const { idp, UserPoolId, ClientId } = pool;
      await signUpAs('ada');
      await idp.updateUserPool({
        UserPoolId,
        LambdaConfig: {
          DefineAuthChallenge: `${LAMBDA}define`,
          CreateAuthChallenge: `${LAMBDA}create`,
          VerifyAuthChallengeResponse: `${LAMBDA}verify`,
        },
      });
      await idp.updateUserPoolClient({ UserPoolId, ClientId, ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'] });

      const bare = await auth.signIn({ username: 'ada', options: { authFlowType: 'CUSTOM_WITHOUT_SRP' } });
      const right = await auth.confirmSignIn({ challengeResponse: 'blue' });
      await auth.signOut();
      const options = { authFlowType: 'CUSTOM_WITH_SRP' as const };
      await auth.signIn({ username: 'ada', password: PASSWORD, options });
      const wrong = await auth.confirmSignIn({ challengeResponse: 'red' }).catch(({ name }: Error) => name);

      assert.equal(bare.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE');
      assert.equal(bare.nextStep.additionalInfo!['question'], 'The word?');
      assert.equal(right.isSignedIn, true);
      assert.equal(wrong, 'NotAuthorizedException');
    });

    it('signs out everywhere', async () => {
      await signUpAs('ada');
      await auth.signIn({ username: 'ada', password: PASSWORD });
      const { tokens } = await auth.fetchAuthSession();
      server.clock.pass(1);

      await auth.signOut({ global: true });

      const AccessToken = tokens!.accessToken.toString();
      await assert.rejects(pool.idp.getUser({ AccessToken }), { name: 'NotAuthorizedException' });
    });

    /** A person who has signed up and confirmed. */
    const haveFactors = (
      MfaConfiguration: UserPoolMfaType,
      factors: Pick<SetUserPoolMfaConfigRequest, 'SoftwareTokenMfaConfiguration' | 'EmailMfaConfiguration'>,
    ) => pool.idp.setUserPoolMfaConfig({ UserPoolId: pool.UserPoolId, MfaConfiguration, ...factors });

    async function signUpAs(username: string): Promise<void> {
      const options = { userAttributes: { email: `${username}@example.com` } };
      await auth.signUp({ username, password: PASSWORD, options });
      await auth.confirmSignUp({ username, confirmationCode: lastCode('sign-up') });
    }

    async function allowChoice(): Promise<void> {
      const { idp, UserPoolId, ClientId } = pool;
      const AllowedFirstAuthFactors = ['PASSWORD' as const, 'EMAIL_OTP' as const];
      await idp.updateUserPool({
        UserPoolId,
        AutoVerifiedAttributes: ['email'],
        Policies: { SignInPolicy: { AllowedFirstAuthFactors } },
      });
      await idp.updateUserPoolClient({
        UserPoolId,
        ClientId,
        ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      });
    }

    function lastCode(kind: string): string {
      const letter = server.sent.findLast((each) => each.kind === kind);
      assert.ok(letter, `nothing of kind ${kind} was sent`);
      return letter.code;
    }

    const totpCode = (secret: string): Promise<string> =>
      generate({ secret, epoch: Math.floor(server.clock.now().getTime() / 1000) });
  }));
