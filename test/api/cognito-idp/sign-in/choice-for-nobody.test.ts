/** Sign-in by choice where the client hides who exists: people it knows and people it does not get the same answers. */
import assert from 'node:assert/strict';
import { answer, lastCode, makeChoicePool, otherThan, startByChoice } from '../../../support/factors.ts';
import { makeUser, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

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
    await server.settled();
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
    await server.settled();
    assert.equal(server.sent.length, sent);
    await assert.rejects(guessed, {
      name: 'CodeMismatchException',
      message: 'Invalid code or auth state for the user.',
    });
  });

  it('when a guess is wrong, up to the last', async () => {
    const guesses = async (name: string) => {
      const { Session } = await begin(name, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
      await server.settled();
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

  it('when somebody is disabled, to whom nothing is sent', async () => {
    const { idp, UserPoolId } = discreet;
    const preferring = () => begin('gone', { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    await makeUser(discreet, 'gone', { email: 'gone@example.com', email_verified: 'true' });
    const before = await preferring();
    await server.settled();
    await idp.adminDisableUser({ UserPoolId, Username: 'gone' });
    const sent = server.sent.length;

    const { ChallengeName, ChallengeParameters, Session } = await preferring();
    await server.settled();
    const guessed = answer(discreet, 'EMAIL_OTP', Session, { USERNAME: 'gone', EMAIL_OTP_CODE: '123456' });

    assert.deepEqual([ChallengeName, ChallengeParameters], ['EMAIL_OTP', before.ChallengeParameters]);
    assert.equal(server.sent.length, sent);
    await assert.rejects(guessed, { name: 'CodeMismatchException' });
  });

  it('and sends the code all the same', async () => {
    const { Session } = await begin('eve', { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    await server.settled();

    const { AuthenticationResult } = await answer(discreet, 'EMAIL_OTP', Session, {
      USERNAME: 'eve',
      EMAIL_OTP_CODE: lastCode(server),
    });

    assert.ok(AuthenticationResult!.AccessToken);
  });

  it('when people sign in with their address, and SRP names them', async () => {
    const byEmail = await makeChoicePool(server, ['PASSWORD'], {
      pool: { UsernameAttributes: ['email'] },
      client: { PreventUserExistenceErrors: 'ENABLED' },
    });
    await makeUser(byEmail, 'known@example.com', { email: 'known@example.com' });
    const srp = (name: string) =>
      startByChoice(byEmail, name, { PREFERRED_CHALLENGE: 'PASSWORD_SRP', SRP_A: 'f'.repeat(256) });
    const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

    const [known, unknown, again] = [
      await srp('known@example.com'),
      await srp('unknown@example.com'),
      await srp('unknown@example.com'),
    ];
    const prove = ({ ChallengeParameters: told, Session }: typeof known) =>
      answer(byEmail, 'PASSWORD_VERIFIER', Session, {
        USERNAME: told!.USER_ID_FOR_SRP!,
        PASSWORD_CLAIM_SIGNATURE: 'c2ln',
        PASSWORD_CLAIM_SECRET_BLOCK: told!.SECRET_BLOCK!,
        TIMESTAMP: 'Mon Nov 3 02:51:00 UTC 2026',
      }).catch(({ name, message }: Error) => `${name}: ${message}`);

    const names = [known, unknown, again].map((each) => each.ChallengeParameters!.USER_ID_FOR_SRP!);
    assert.match(names[0]!, UUID);
    assert.match(names[1]!, UUID);
    assert.equal(names[1], names[2]);
    assert.equal(await prove(unknown), 'NotAuthorizedException: Incorrect username or password.');
    assert.equal(await prove(known), await prove(again));
  });
});
