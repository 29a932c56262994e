/**
 * What app clients ask about people whom they name, or whose refresh token they have, in each state of their account.
 *
 * Of clients that may tell who exists; of those that hide it, attacks/unknown-users/hidden-people.test.ts. Source: Cognito API reference, errors of each operation; InitiateAuth ("You can't sign in a user with a federated IdP").
 */
import assert from 'node:assert/strict';
import type { InitiateAuthResponse } from '@aws-sdk/client-cognito-identity-provider';
import { createCaller, createSrpClient, type Caller } from '../../../bench/callers.ts';
import { codeTo, shown } from '../../../support/people.ts';
import { NEW_PASSWORD, PASSWORD } from '../../../support/pool.ts';
import { row, statesOfUsers, type Outcomes, type Person } from '../../../support/matrices/states.ts';

/** Signing in: what is wrong with an account is told to who proved that it is his. */
const SIGNING_IN: Outcomes = {
  CONFIRMED: 'done',
  UNCONFIRMED: 'UserNotConfirmedException',
  FORCE_CHANGE_PASSWORD: 'done',
  RESET_REQUIRED: 'PasswordResetRequiredException',
  disabled: 'NotAuthorizedException',
  EXTERNAL_PROVIDER: 'NotAuthorizedException',
  deleted: 'UserNotFoundException',
};
/** Confirming an account, which is of newcomers. */
const CONFIRMING: Outcomes = {
  CONFIRMED: 'NotAuthorizedException',
  UNCONFIRMED: 'done',
  FORCE_CHANGE_PASSWORD: 'NotAuthorizedException',
  RESET_REQUIRED: 'NotAuthorizedException',
  disabled: 'NotAuthorizedException',
  EXTERNAL_PROVIDER: 'NotAuthorizedException',
  deleted: 'UserNotFoundException',
};
/** Recovering a password, which is of those who have one of their own. */
const RECOVERING: Outcomes = {
  CONFIRMED: 'done',
  UNCONFIRMED: 'done',
  FORCE_CHANGE_PASSWORD: 'NotAuthorizedException',
  RESET_REQUIRED: 'done',
  disabled: 'NotAuthorizedException',
  EXTERNAL_PROVIDER: 'NotAuthorizedException',
  deleted: 'UserNotFoundException',
};
/** Refresh tokens, which end with what brought their owner into his state. */
const RENEWING: Outcomes = {
  CONFIRMED: 'done',
  UNCONFIRMED: 'done',
  FORCE_CHANGE_PASSWORD: 'done',
  RESET_REQUIRED: 'PasswordResetRequiredException',
  disabled: 'NotAuthorizedException',
  EXTERNAL_PROVIDER: 'done',
  deleted: 'NotAuthorizedException',
};

describe('what app clients ask about people', () => {
  const at = statesOfUsers();
  const statusOf = async ({ name }: Person) => (await shown(at.pool, name)).status;
  const named = ({ name }: Person) => ({ ClientId: at.ClientId, Username: name });
  const begin = ({ name }: Pick<Person, 'name'>, AuthParameters: Record<string, string> = {}) =>
    at.idp.initiateAuth({
      ClientId: at.ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: name, ...AuthParameters },
    });
  const respond = (
    { name, begun }: Person,
    ChallengeName: 'SELECT_CHALLENGE' | 'EMAIL_OTP',
    responses: Record<string, string>,
  ) =>
    at.idp.respondToAuthChallenge({
      ClientId: at.ClientId,
      ChallengeName,
      Session: begun.session,
      ChallengeResponses: { USERNAME: name, ...responses },
    });

  describe('when they sign up', () => {
    at.table(CONFIRMING, {
      SignUp: row({
        call: (person) => at.idp.signUp({ ...named(person), Password: PASSWORD }),
        effect: async (person) => assert.equal(await statusOf(person), 'UNCONFIRMED'),
        unusual: {
          CONFIRMED: 'UsernameExistsException',
          UNCONFIRMED: 'UsernameExistsException',
          FORCE_CHANGE_PASSWORD: 'UsernameExistsException',
          RESET_REQUIRED: 'UsernameExistsException',
          disabled: 'UsernameExistsException',
          // The names of a provider's people are theirs, whether or not somebody has one.
          EXTERNAL_PROVIDER: 'InvalidParameterException',
          deleted: 'done',
        },
      }),
      ConfirmSignUp: row({
        prepare: async ({ state, email }) => ({
          code: state === 'UNCONFIRMED' ? codeTo(at.server, email) : '123456',
        }),
        call: (person) => at.idp.confirmSignUp({ ...named(person), ConfirmationCode: person.begun.code }),
        async effect(person) {
          assert.equal(await statusOf(person), 'CONFIRMED');
          assert.ok((await at.enter(person.name, PASSWORD)).AuthenticationResult);
        },
      }),
      ResendConfirmationCode: row({
        call: (person) => at.idp.resendConfirmationCode(named(person)),
        async effect(person) {
          const ConfirmationCode = codeTo(at.server, person.email);
          await at.idp.confirmSignUp({ ...named(person), ConfirmationCode });
          assert.equal(await statusOf(person), 'CONFIRMED');
        },
        unusual: {
          CONFIRMED: 'InvalidParameterException',
          FORCE_CHANGE_PASSWORD: 'InvalidParameterException',
          RESET_REQUIRED: 'InvalidParameterException',
          EXTERNAL_PROVIDER: 'InvalidParameterException',
        },
      }),
    });
  });

  describe('when they forgot their password', () => {
    const phoneOf = async ({ name }: Person) => (await shown(at.pool, name)).attributes.phone_number!;
    async function recovered(person: Person) {
      assert.equal(await statusOf(person), 'CONFIRMED');
      assert.ok((await at.enter(person.name, NEW_PASSWORD)).AuthenticationResult);
      await assert.rejects(at.enter(person.name, PASSWORD), { name: 'NotAuthorizedException' });
    }

    at.table(RECOVERING, {
      ForgotPassword: row({
        call: (person) => at.idp.forgotPassword(named(person)),
        async effect(person) {
          const ConfirmationCode = codeTo(at.server, await phoneOf(person));
          await at.idp.confirmForgotPassword({ ...named(person), ConfirmationCode, Password: NEW_PASSWORD });
          await recovered(person);
        },
      }),
      ConfirmForgotPassword: row({
        async prepare(person) {
          if (person.state === 'EXTERNAL_PROVIDER') return { code: '123456', phone: '' };
          await at.idp.forgotPassword(named(person));
          const phone = await phoneOf(person);
          return { code: codeTo(at.server, phone), phone };
        },
        call: ({ state, begun, ...person }) =>
          at.idp.confirmForgotPassword({
            ...named({ ...person, state, begun }),
            // The reset sent another.
            ConfirmationCode: state === 'RESET_REQUIRED' ? codeTo(at.server, begun.phone!) : begun.code,
            Password: NEW_PASSWORD,
          }),
        effect: recovered,
        unusual: {
          // The code was of a password that is not theirs any more, or never was.
          FORCE_CHANGE_PASSWORD: 'ExpiredCodeException',
          EXTERNAL_PROVIDER: 'ExpiredCodeException',
        },
      }),
    });
  });

  describe('when they sign in', () => {
    let call: Caller & { close(): void };
    before(() => (call = createCaller(at.server.url)));
    after(() => call.close());

    at.table(SIGNING_IN, {
      'InitiateAuth by USER_PASSWORD_AUTH': row({
        call: ({ name, password }) => at.enter(name, password),
        effect: at.isIn,
      }),
      'InitiateAuth by USER_AUTH and the password': row({
        call: (person) => begin(person, { PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: person.password }),
        effect: at.isIn,
      }),
      'RespondToAuthChallenge with the password': row({
        prepare: async (person) => ({ session: (await begin(person)).Session! }),
        call: (person) =>
          respond(person, 'SELECT_CHALLENGE', { ANSWER: 'PASSWORD', PASSWORD: person.password }),
        effect: at.isIn,
        // The session was of who is gone.
        unusual: { deleted: 'NotAuthorizedException' },
      }),
      'RespondToAuthChallenge with a code that was sent': row({
        async prepare(person) {
          const { Session } = await begin(person, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
          const isSent = person.state !== 'EXTERNAL_PROVIDER';
          return { session: Session!, code: isSent ? codeTo(at.server, person.email) : '123456' };
        },
        call: (person) => respond(person, 'EMAIL_OTP', { EMAIL_OTP_CODE: person.begun.code! }),
        effect: at.isIn,
        // Whom a provider brought is asked as if a code were sent.
        unusual: { EXTERNAL_PROVIDER: 'CodeMismatchException', deleted: 'NotAuthorizedException' },
      }),
    });

    for (const [name, asked, error] of [
      ['EMAIL_OTP', 'EMAIL_OTP', 'CodeMismatchException'],
      ['SMS_OTP', 'SELECT_CHALLENGE', 'InvalidParameterException'],
    ] as const)
      it(`InitiateAuth sends nobody whom a provider brought a code (${name}), though it vouches for his address`, async () => {
        const person = await at.fill('EXTERNAL_PROVIDER');
        const { attributes } = await shown(at.pool, person.name);
        const sent = at.server.sent.length;

        const { ChallengeName, Session } = await begin(person, { PREFERRED_CHALLENGE: name });

        const answers = { EMAIL_OTP: { EMAIL_OTP_CODE: '123456' }, SELECT_CHALLENGE: { ANSWER: name } };
        const answered = respond({ ...person, begun: { session: Session! } }, asked, answers[asked]);
        await assert.rejects(answered, { name: error });
        assert.deepEqual([attributes.email_verified, attributes.phone_number_verified], ['true', 'true']);
        assert.deepEqual([ChallengeName, at.server.sent.length], [asked, sent]);
      });

    for (const state of ['EXTERNAL_PROVIDER', 'CONFIRMED'] as const)
      it(`InitiateAuth by USER_SRP_AUTH takes the password of somebody ${state}, where he has one`, async () => {
        const { pool, ClientId } = at;
        const person = await at.fill(state);
        const bySrp = createSrpClient({ call, poolId: pool.UserPoolId, clientId: ClientId });

        const entered = bySrp(person.name, PASSWORD);

        if (state === 'CONFIRMED') await at.isIn(person, await entered);
        else await assert.rejects(entered, /NotAuthorizedException/);
      });
  });

  describe('when they renew and revoke their tokens', () => {
    const renew = ({ RefreshToken }: Person) =>
      at.idp.getTokensFromRefreshToken({ ClientId: at.ClientId, RefreshToken });
    async function believed({ state, name }: Person, { AuthenticationResult }: InitiateAuthResponse) {
      const user = at.idp.getUser({ AccessToken: AuthenticationResult!.AccessToken });
      if (state === 'UNCONFIRMED') return assert.rejects(user, { name: 'UserNotConfirmedException' });
      return assert.equal((await user).Username, name);
    }

    at.table(RENEWING, {
      GetTokensFromRefreshToken: row({ call: renew, effect: believed }),
      'InitiateAuth by REFRESH_TOKEN_AUTH': row({
        call: ({ RefreshToken }) =>
          at.idp.initiateAuth({
            ClientId: at.ClientId,
            AuthFlow: 'REFRESH_TOKEN_AUTH',
            AuthParameters: { REFRESH_TOKEN: RefreshToken },
          }),
        effect: believed,
      }),
      RevokeToken: row({
        call: ({ RefreshToken: Token }) => at.idp.revokeToken({ ClientId: at.ClientId, Token }),
        effect: (person) =>
          assert.rejects(renew(person), {
            name: 'NotAuthorizedException',
            message: 'Refresh Token has been revoked',
          }),
        unusual: { RESET_REQUIRED: 'done', disabled: 'done', deleted: 'done' },
      }),
    });
  });
});
