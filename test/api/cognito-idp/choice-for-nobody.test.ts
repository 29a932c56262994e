/** Sign-in by choice where the client hides who exists: people it knows and people it does not get the same answers. */
import assert from 'node:assert/strict';
import { answer, lastCode, makeChoicePool, otherThan, startByChoice } from '../../support/factors.ts';
import { makeUser, type MadePool } from '../../support/pool.ts';
import { startServer, type TestServer } from '../../support/server.ts';

describe('sign-in by choice answers alike for people it knows and people it does not', () => {
  let server: TestServer;
  let discreet: MadePool;

  before(async () => {
    server = await startServer();
    discreet = await makeChoicePool(server, ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP'], {
      client: { PreventUserExistenceErrors: 'ENABLED' },
    });
    await makeUser(discreet, 'eve', { email: 'eve@example.com', email_verified: 'true' });
  });

  after(() => server.close());
  const begin = (name: string, parameters: Readonly<Record<string, string>> = {}) =>
    startByChoice(discreet, name, parameters);

  it('when it shows choices', async () => {
    const [known, unknown] = [await begin('eve'), await begin('nobody')];

    assert.deepEqual(unknown.AvailableChallenges, known.AvailableChallenges);
    assert.deepEqual(
      [unknown.ChallengeName, Object.keys(unknown).toSorted(), unknown.Session!.length],
      [known.ChallengeName, Object.keys(known).toSorted(), known.Session!.length],
    );
  });

  it('when a code was sent, which was sent to nobody', async () => {
    const preferring = (name: string) => begin(name, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    const known = await preferring('eve');
    const sent = server.sent.length;

    const unknown = await preferring('nobody');
    const again = await preferring('nobody');
    const guessed = answer(discreet, 'EMAIL_OTP', unknown.Session, {
      USERNAME: 'nobody',
      EMAIL_OTP_CODE: '123456',
    });

    assert.deepEqual(Object.keys(unknown.ChallengeParameters!), Object.keys(known.ChallengeParameters!));
    assert.match(unknown.ChallengeParameters!.CODE_DELIVERY_DESTINATION!, /^[a-z]\*{3}@[a-z]\*{3}$/);
    assert.deepEqual(again.ChallengeParameters, unknown.ChallengeParameters);
    assert.equal(server.sent.length, sent);
    await assert.rejects(guessed, {
      name: 'CodeMismatchException',
      message: 'Invalid code or auth state for the user.',
    });
  });

  it('when a guess is wrong, up to the last', async () => {
    const guesses = async (name: string) => {
      const { Session } = await begin(name, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
      const told = [];
      for (let tries = 0; tries < 7; tries += 1)
        told.push(
          await answer(discreet, 'EMAIL_OTP', Session, {
            USERNAME: name,
            EMAIL_OTP_CODE: name === 'frank' ? otherThan(lastCode(server)) : '123456',
          }).catch(({ name: code, message }: Error) => `${code}: ${message}`),
        );
      return told;
    };
    await makeUser(discreet, 'frank', { email: 'frank@example.com', email_verified: 'true' });

    assert.deepEqual(await guesses('stranger'), await guesses('frank'));
  });

  it('when a password is asked for', async () => {
    const told = async (name: string) => {
      const { Session } = await begin(name, { PREFERRED_CHALLENGE: 'PASSWORD' });
      return answer(discreet, 'PASSWORD', Session, { USERNAME: name, PASSWORD: 'Wrong-Horse-7' }).catch(
        ({ name: code, message }: Error) => `${code}: ${message}`,
      );
    };

    assert.equal(await told('nobody'), 'NotAuthorizedException: Incorrect username or password.');
    assert.equal(await told('nobody'), await told('eve'));
  });
});
