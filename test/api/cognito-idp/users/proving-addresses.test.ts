/** Addresses that people prove, through the official client. */
import assert from 'node:assert/strict';
import { adminWrite, prove, tokenOf, write } from '../../../support/attributes.ts';
import { codeTo, makeReachable, otherThan, place, shown } from '../../../support/people.ts';
import { makePool, makeUser, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('proving addresses', () => {
  let server: TestServer;
  let pool: MadePool;
  /** Its people sign in with a verified e-mail too. */
  let byAlias: MadePool;
  /** As above, and a changed e-mail waits for its proof. */
  let waiting: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(server);
    byAlias = await makePool(server, { AliasAttributes: ['email'] });
    waiting = await makePool(server, {
      AliasAttributes: ['email'],
      AutoVerifiedAttributes: ['email', 'phone_number'],
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email', 'phone_number'] },
    });
  });
  after(() => server.close());

  it('GetUserAttributeVerificationCode: sends a code, that VerifyUserAttribute takes', async () => {
    await makeUser(pool, 'asks', { email: 'asks@example.com' });
    const AccessToken = await tokenOf(pool, 'asks');

    const { CodeDeliveryDetails } = await pool.idp.getUserAttributeVerificationCode({
      AccessToken,
      AttributeName: 'email',
    });

    assert.equal(place(CodeDeliveryDetails), 'email a***@e***');
    assert.equal(server.sent.at(-1)!.kind, 'verify-attribute');
    await prove(pool, 'asks', codeTo(server, 'asks@example.com'));
    assert.equal((await shown(pool, 'asks')).attributes.email_verified, 'true');
  });

  it('VerifyUserAttribute: verifies what the code was sent to, and lets its owner sign in with it', async () => {
    await makeUser(byAlias, 'carl', { email: 'carl@example.com' });
    await assert.rejects(signIn(byAlias, 'carl@example.com'), { name: 'UserNotFoundException' });
    const AccessToken = await tokenOf(byAlias, 'carl');
    await byAlias.idp.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' });

    await byAlias.idp.verifyUserAttribute({
      AccessToken,
      AttributeName: 'email',
      Code: codeTo(server, 'carl@example.com'),
    });

    assert.equal((await byAlias.idp.getUser({ AccessToken })).Username, 'carl');
    assert.ok(await tokenOf(byAlias, 'carl@example.com'));
  });

  it('takes a code once, five wrong ones, and none that is old', async () => {
    await makeReachable(byAlias, 'codes');
    const AccessToken = await tokenOf(byAlias, 'codes');
    const ask = () => byAlias.idp.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' });
    const answer = (Code: string) =>
      byAlias.idp.verifyUserAttribute({ AccessToken, AttributeName: 'email', Code });
    const expired = { name: 'ExpiredCodeException' };
    await assert.rejects(answer('123456'), expired);
    await ask();
    const code = codeTo(server, 'codes@example.com');
    await answer(code);
    await assert.rejects(answer(code), expired);
    await ask();
    const another = codeTo(server, 'codes@example.com');

    for (let tries = 0; tries < 5; tries += 1)
      await assert.rejects(answer(otherThan(another)), { name: 'CodeMismatchException' });

    await assert.rejects(answer(another), { name: 'LimitExceededException' });
  });

  it('takes no code that went to an address which was changed since', async () => {
    await makeReachable(byAlias, 'mover');
    const AccessToken = await tokenOf(byAlias, 'mover');
    await byAlias.idp.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' });
    const old = codeTo(server, 'mover@example.com');
    await adminWrite(byAlias, 'mover', { email: 'mover@new.example', email_verified: 'true' });
    await adminWrite(byAlias, 'mover', { email_verified: 'false' });

    await assert.rejects(prove(byAlias, 'mover', old), { name: 'ExpiredCodeException' });
    assert.equal((await shown(byAlias, 'mover')).attributes.email_verified, 'false');
  });

  it('takes no code for an address that was given up, though it came back', async () => {
    const silent = await makePool(server, { AutoVerifiedAttributes: [] });
    await makeUser(silent, 'back', { email: 'back@example.com' });
    const AccessToken = await tokenOf(silent, 'back');
    await silent.idp.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' });
    await write(silent, 'back', { email: 'away@example.com' });
    await write(silent, 'back', { email: 'back@example.com' });

    await assert.rejects(prove(silent, 'back', codeTo(server, 'back@example.com')), {
      name: 'ExpiredCodeException',
    });
  });

  it('takes the code of an address that was written again as it is', async () => {
    await makeUser(pool, 'same', { email: 'same@example.com' });
    const AccessToken = await tokenOf(pool, 'same');
    await pool.idp.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' });
    await write(pool, 'same', { email: 'same@example.com', name: 'Same' });

    await prove(pool, 'same', codeTo(server, 'same@example.com'));

    assert.equal((await shown(pool, 'same')).attributes.email_verified, 'true');
  });

  it('takes codes for a day', async () => {
    const own = await startServer();
    const day = await makePool(own, {}, { AccessTokenValidity: 24, IdTokenValidity: 24 });
    await makeReachable(day, 'slow');
    const AccessToken = await tokenOf(day, 'slow');
    await day.idp.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' });
    const late = () =>
      day.idp.verifyUserAttribute({
        AccessToken: fresh,
        AttributeName: 'email',
        Code: codeTo(own, 'slow@example.com'),
      });
    own.clock.pass(86_401);
    const fresh = await tokenOf(day, 'slow');

    await assert.rejects(late(), { name: 'ExpiredCodeException' });
    await own.close();
  });

  it('gives an address to one of two who prove it at once', async () => {
    await makeUser(byAlias, 'left', { email: 'shared@example.com' });
    await makeUser(byAlias, 'right', { email: 'shared@example.com' });
    const codes: string[] = [];
    for (const name of ['left', 'right']) {
      await byAlias.idp.getUserAttributeVerificationCode({
        AccessToken: await tokenOf(byAlias, name),
        AttributeName: 'email',
      });
      codes.push(codeTo(server, 'shared@example.com'));
    }

    const outcomes = await Promise.allSettled([
      prove(byAlias, 'left', codes[0]!),
      prove(byAlias, 'right', codes[1]!),
    ]);

    const names = outcomes.map((each) =>
      each.status === 'rejected' ? (each.reason as Error).name : 'proven',
    );
    assert.deepEqual(names.toSorted(), ['AliasExistsException', 'proven']);
    const owners = await Promise.all(['left', 'right'].map((name) => shown(byAlias, name)));
    assert.equal(owners.filter(({ attributes }) => attributes.email_verified === 'true').length, 1);
  });

  it('is of an e-mail or a phone number that is there', async () => {
    await makeUser(pool, 'bare');
    const AccessToken = await tokenOf(pool, 'bare');
    for (const AttributeName of ['email', 'nickname', 'sub']) {
      await assert.rejects(pool.idp.getUserAttributeVerificationCode({ AccessToken, AttributeName }), {
        name: 'InvalidParameterException',
      });
    }
    await assert.rejects(
      pool.idp.verifyUserAttribute({ AccessToken, AttributeName: 'nickname', Code: '123456' }),
      { name: 'InvalidParameterException' },
    );
  });

  it('may be asked for five times an hour, and tried fifteen times', async () => {
    await makeReachable(byAlias, 'eager');
    const AccessToken = await tokenOf(byAlias, 'eager');
    const ask = () => byAlias.idp.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' });
    const outcomes: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      await ask();
      const Code = otherThan(codeTo(server, 'eager@example.com'));
      for (let tries = 0; tries < 4; tries += 1)
        await byAlias.idp
          .verifyUserAttribute({ AccessToken, AttributeName: 'email', Code })
          .catch((error: Error) => outcomes.push(error.name));
    }

    await assert.rejects(ask(), { name: 'LimitExceededException' });
    assert.deepEqual([outcomes.indexOf('LimitExceededException'), outcomes.length], [15, 20]);
  });

  describe('where they wait for their proof', () => {
    it('keep the old value, also to sign in with, until the new one is verified', async () => {
      await makeReachable(waiting, 'ada');

      const { CodeDeliveryDetailsList } = await write(waiting, 'ada', { email: 'ada@new.example' });

      assert.equal(place(CodeDeliveryDetailsList?.[0]), 'email a***@n***');
      const before = (await shown(waiting, 'ada')).attributes;
      assert.deepEqual([before.email, before.email_verified], ['ada@example.com', 'true']);
      assert.ok(await tokenOf(waiting, 'ada@example.com'));
      await assert.rejects(signIn(waiting, 'ada@new.example'), { name: 'UserNotFoundException' });

      await prove(waiting, 'ada', codeTo(server, 'ada@new.example'));

      const after = (await shown(waiting, 'ada')).attributes;
      assert.deepEqual([after.email, after.email_verified], ['ada@new.example', 'true']);
      assert.ok(await tokenOf(waiting, 'ada@new.example'));
      await assert.rejects(signIn(waiting, 'ada@example.com'), { name: 'UserNotFoundException' });
    });

    it('do so each by itself', async () => {
      await makeReachable(waiting, 'two');
      await write(waiting, 'two', { email: 'two@new.example', phone_number: '+15550002222' });

      await prove(waiting, 'two', codeTo(server, '+15550002222'), 'phone_number');

      const { attributes } = await shown(waiting, 'two');
      assert.deepEqual(
        [attributes.email, attributes.phone_number, attributes.phone_number_verified],
        ['two@example.com', '+15550002222', 'true'],
      );
      await prove(waiting, 'two', codeTo(server, 'two@new.example'));
      assert.equal((await shown(waiting, 'two')).attributes.email, 'two@new.example');
    });

    it('give way to a later change', async () => {
      await makeReachable(waiting, 'wavering');
      await write(waiting, 'wavering', { email: 'first@new.example' });
      const first = codeTo(server, 'first@new.example');
      await write(waiting, 'wavering', { email: 'second@new.example' });
      const second = codeTo(server, 'second@new.example');

      if (first !== second)
        await assert.rejects(prove(waiting, 'wavering', first), { name: 'CodeMismatchException' });
      await prove(waiting, 'wavering', second);
      assert.equal((await shown(waiting, 'wavering')).attributes.email, 'second@new.example');
    });

    it('are given up by writing the present value', async () => {
      await makeReachable(waiting, 'staying');
      await write(waiting, 'staying', { email: 'away@new.example' });
      await write(waiting, 'staying', { email: 'staying@example.com' });

      await assert.rejects(prove(waiting, 'staying', codeTo(server, 'away@new.example')), {
        name: 'ExpiredCodeException',
      });
      assert.equal((await shown(waiting, 'staying')).attributes.email_verified, 'true');
    });

    it('change nothing when somebody else was first', async () => {
      await makeReachable(waiting, 'late');
      await write(waiting, 'late', { email: 'wanted@example.com' });
      const code = codeTo(server, 'wanted@example.com');
      await makeReachable(waiting, 'wanted');

      await assert.rejects(prove(waiting, 'late', code), { name: 'AliasExistsException' });

      const { attributes } = await shown(waiting, 'late');
      assert.deepEqual([attributes.email, attributes.email_verified], ['late@example.com', 'true']);
      assert.ok(await tokenOf(waiting, 'late@example.com'));
    });

    it('waits for the proof too, unless he vouches for the address', async () => {
      await makeReachable(waiting, 'gina');
      await adminWrite(waiting, 'gina', { email: 'gina@new.example' });
      assert.equal((await shown(waiting, 'gina')).attributes.email, 'gina@example.com');

      await adminWrite(waiting, 'gina', { email: 'gina@last.example', email_verified: 'true' });

      const { attributes } = await shown(waiting, 'gina');
      assert.deepEqual([attributes.email, attributes.email_verified], ['gina@last.example', 'true']);
      await assert.rejects(prove(waiting, 'gina', codeTo(server, 'gina@new.example')), {
        name: 'ExpiredCodeException',
      });
    });
  });
});
