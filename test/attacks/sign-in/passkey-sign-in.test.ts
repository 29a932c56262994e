/** Hostile passkeys at sign-in: responses that are about another page, another relying party, another person, another challenge; that were shown before, or changed since. */
import assert from 'node:assert/strict';
import { authenticator, type Authenticator, type Deviation } from '../../support/clients/authenticator.ts';
import { askForPasskey, enroll, makePasskeyPool, ORIGIN, RP } from '../../support/passkeys.ts';
import { makeUser, signIn, type MadePool } from '../../support/pool.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const WRONG = { name: 'NotAuthorizedException', message: 'Incorrect username or password.' };

describe('hostile passkeys at sign-in', () => {
  let server: TestServer;
  let pool: MadePool;
  let device: Authenticator;

  before(async () => {
    server = await startServer();
    pool = await makePasskeyPool(server);
    await makeUser(pool, 'ada');
    await makeUser(pool, 'mallory');
    device = authenticator({ origin: ORIGIN });
    await enroll(pool, device, (await signIn(pool, 'ada')).AccessToken!);
  });
  after(() => server.close());

  const lies: readonly [string, Deviation][] = [
    ['at another site', { origin: 'https://evil.example' }],
    ['at a site whose name ends alike', { origin: 'https://evilshop.example' }],
    ['without TLS', { origin: `http://${RP}` }],
    ['in a frame of another site', { crossOrigin: true }],
    ['below a page of another site', { topOrigin: 'https://evil.example' }],
    ['for another relying party', { rpId: 'evil.example' }],
    ['as a registration', { type: 'webauthn.create' }],
    ['by nobody present', { present: false }],
    ['over another challenge', { challenge: Buffer.alloc(32).toString('base64url') }],
    ['for another person', { userHandle: Buffer.from('another').toString('base64url') }],
    ['by a passkey that nobody has', { credentialId: Buffer.alloc(32).toString('base64url') }],
  ];
  for (const [title, deviation] of lies) {
    it(`refuses what is signed ${title}, and leaves the session`, async () => {
      const { options, answer } = await askForPasskey(pool, 'ada');

      await assert.rejects(answer(device.get(options, deviation)), WRONG);

      assert.ok((await answer(device.get(options))).AuthenticationResult);
    });
  }

  it('refuses what was changed after it was signed', async () => {
    const { options, answer } = await askForPasskey(pool, 'ada');
    const signed = JSON.parse(device.get(options)) as { response: Record<string, string> };
    const flipped = (text: string) => {
      const bytes = Buffer.from(text, 'base64url');
      bytes[bytes.length - 1]! ^= 1;
      return bytes.toString('base64url');
    };
    const changed = (name: string) => ({
      ...signed,
      response: { ...signed.response, [name]: flipped(signed.response[name]!) },
    });

    for (const name of ['authenticatorData', 'signature'])
      await assert.rejects(answer(JSON.stringify(changed(name))), WRONG);
    // Its last character closes the object.
    await assert.rejects(answer(JSON.stringify(changed('clientDataJSON'))), {
      name: 'InvalidParameterException',
    });
  });

  it('refuses what is shown again, in the same session and in a new one', async () => {
    const first = await askForPasskey(pool, 'ada');
    const signed = device.get(first.options);
    await first.answer(signed);

    await assert.rejects(first.answer(signed), { name: 'NotAuthorizedException' });
    const second = await askForPasskey(pool, 'ada');
    await assert.rejects(second.answer(signed), WRONG);
  });

  it('lets one get on of a hundred who show it at once', async () => {
    const { options, answer } = await askForPasskey(pool, 'ada');
    const signed = device.get(options);

    const results = await Promise.allSettled(Array.from({ length: 100 }, () => answer(signed)));

    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('refuses a counter that goes back or stands still', async () => {
    const { options, answer } = await askForPasskey(pool, 'ada');
    await answer(device.get(options, { counter: 1000 }));

    for (const counter of [1000, 999, 0]) {
      const again = await askForPasskey(pool, 'ada');
      await assert.rejects(again.answer(device.get(again.options, { counter })), WRONG);
    }
    const next = await askForPasskey(pool, 'ada');
    assert.ok((await next.answer(device.get(next.options, { counter: 1001 }))).AuthenticationResult);
  });

  it('lets one of two sessions get on with one count', async () => {
    const [one, other] = [await askForPasskey(pool, 'ada'), await askForPasskey(pool, 'ada')];
    const counter = 2000;

    const results = await Promise.allSettled([
      one.answer(device.get(one.options, { counter })),
      other.answer(device.get(other.options, { counter })),
    ]);

    assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  });

  it("refuses another person's passkey", async () => {
    const mallory = authenticator({ origin: ORIGIN });
    await enroll(pool, mallory, (await signIn(pool, 'mallory')).AccessToken!);
    const { options, answer } = await askForPasskey(pool, 'ada');

    await assert.rejects(answer(mallory.get(options)), WRONG);
    const { userHandle } = device.made[0]!;
    await assert.rejects(answer(mallory.get(options, { userHandle })), WRONG);
  });

  it('refuses what was signed for another pool', async () => {
    const elsewhere = await makePasskeyPool(server);
    await makeUser(elsewhere, 'ada');
    await enroll(elsewhere, device, (await signIn(elsewhere, 'ada')).AccessToken!);
    const there = await askForPasskey(elsewhere, 'ada');
    const signed = device.get(there.options);
    const here = await askForPasskey(pool, 'ada');

    await assert.rejects(here.answer(signed), WRONG);
    device.made.pop();
  });

  it('ends the session at the fifth wrong answer', async () => {
    const { options, answer } = await askForPasskey(pool, 'ada');
    for (let time = 0; time < 5; time += 1)
      await assert.rejects(answer(device.get(options, { origin: 'https://evil.example' })), WRONG);

    await assert.rejects(answer(device.get(options)), {
      message: 'Invalid session for the user, session is expired.',
    });
  });

  it('refuses a passkey that was removed while it was asked for', async () => {
    const other = authenticator({ origin: ORIGIN });
    const token = (await signIn(pool, 'ada')).AccessToken!;
    await enroll(pool, other, token);
    const { options, answer } = await askForPasskey(pool, 'ada');
    await pool.idp.deleteWebAuthnCredential({ AccessToken: token, CredentialId: other.made[0]!.id });

    await assert.rejects(answer(other.get(options)), WRONG);
  });

  it('refuses what is no response', async () => {
    const bad = ['{}', 'null', 'not json', '[]', '{"id":1}', 'x'.repeat(40_000)];

    for (const each of bad) {
      const { answer } = await askForPasskey(pool, 'ada');
      await assert.rejects(answer(each), { name: 'InvalidParameterException' });
    }
  });

  it('refuses one that does not verify its owner, where the pool demands it', async () => {
    const strict = await makePasskeyPool(server, { UserVerification: 'required' });
    await makeUser(strict, 'ada');
    const finger = authenticator({ origin: ORIGIN });
    await enroll(strict, finger, (await signIn(strict, 'ada')).AccessToken!);
    const { options, answer } = await askForPasskey(strict, 'ada');

    assert.equal(options.userVerification, 'required');
    await assert.rejects(answer(finger.get(options, { verified: false })), WRONG);
  });

  it('does not offer passkeys of a relying party that the pool no longer has', async () => {
    const moving = await makePasskeyPool(server);
    await makeUser(moving, 'ada');
    const old = authenticator({ origin: ORIGIN });
    await enroll(moving, old, (await signIn(moving, 'ada')).AccessToken!);
    await moving.idp.setUserPoolMfaConfig({
      UserPoolId: moving.UserPoolId,
      WebAuthnConfiguration: { RelyingPartyId: 'new.example' },
    });

    const { ChallengeName } = await askForPasskey(moving, 'ada');

    assert.equal(ChallengeName, 'SELECT_CHALLENGE');
  });
});
