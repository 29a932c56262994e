/** Passkeys: registering, listing and removing them, and signing in by them. Source: API reference, StartWebAuthnRegistration and its kin. */
import assert from 'node:assert/strict';
import { authenticator } from '../../../support/clients/authenticator.ts';
import {
  askForPasskey,
  creationOptions,
  enroll,
  keyHolder,
  makePasskeyPool,
  ORIGIN,
  passkeysOf,
  RP,
} from '../../../support/passkeys.ts';
import { somebody } from '../../../support/people.ts';
import { claimsOf, makePool, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('passkeys', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePasskeyPool(server);
  });
  after(() => server.close());

  it('StartWebAuthnRegistration: tells a browser all that a passkey is made of, which CompleteWebAuthnRegistration takes', async () => {
    const { name, AccessToken } = await somebody(pool);

    const { CredentialCreationOptions: given } = await pool.idp.startWebAuthnRegistration({ AccessToken });

    const options = given as unknown as Awaited<ReturnType<typeof creationOptions>>;
    const sub = String(claimsOf(AccessToken).sub);
    assert.deepEqual(options.rp, { id: RP, name: RP });
    assert.deepEqual(options.user, {
      id: Buffer.from(sub).toString('base64url'),
      name,
      displayName: name,
    });
    assert.deepEqual(options.authenticatorSelection, {
      requireResidentKey: true,
      residentKey: 'required',
      userVerification: 'preferred',
    });
    assert.equal(options.attestation, 'none');
    assert.deepEqual(options.pubKeyCredParams, [
      { type: 'public-key', alg: -7 },
      { type: 'public-key', alg: -8 },
      { type: 'public-key', alg: -257 },
    ]);
    assert.equal(Buffer.from(options.challenge, 'base64url').length, 32);
    const Credential = authenticator({ origin: ORIGIN }).create(options);
    await pool.idp.completeWebAuthnRegistration({ AccessToken, Credential });
  });

  it('CompleteWebAuthnRegistration: keeps a passkey, which ListWebAuthnCredentials shows and is not offered to be made again', async () => {
    const { AccessToken } = await somebody(pool);
    const device = authenticator({ origin: ORIGIN });

    const Credential = device.create(await creationOptions(pool, AccessToken));
    await pool.idp.completeWebAuthnRegistration({ AccessToken, Credential });

    const { Credentials } = await pool.idp.listWebAuthnCredentials({ AccessToken });
    assert.deepEqual(Credentials, [
      {
        CredentialId: device.made[0]!.id,
        FriendlyCredentialName: 'Google Password Manager',
        RelyingPartyId: RP,
        AuthenticatorAttachment: 'platform',
        AuthenticatorTransports: ['hybrid', 'internal'],
        CreatedAt: new Date(server.clock.now().getTime()),
      },
    ]);
    const { excludeCredentials } = await creationOptions(pool, AccessToken);
    assert.deepEqual(
      excludeCredentials.map(({ id }) => id),
      [device.made[0]!.id],
    );
  });

  it("ListWebAuthnCredentials: shows one's own, page by page, and after DeleteWebAuthnCredential the rest", async () => {
    const { AccessToken, device } = await keyHolder(pool);
    await enroll(pool, device, AccessToken);
    await enroll(pool, device, AccessToken);
    await keyHolder(pool);

    const first = await pool.idp.listWebAuthnCredentials({ AccessToken, MaxResults: 2 });
    const second = await pool.idp.listWebAuthnCredentials({
      AccessToken,
      MaxResults: 2,
      NextToken: first.NextToken,
    });
    await pool.idp.deleteWebAuthnCredential({ AccessToken, CredentialId: device.made[1]!.id });

    const idsOf = (shown: typeof first.Credentials) => shown!.map(({ CredentialId }) => CredentialId!);
    const seen = [...idsOf(first.Credentials), ...idsOf(second.Credentials)];
    assert.deepEqual(new Set(seen), new Set(device.made.map(({ id }) => id)));
    assert.equal(seen.length, 3);
    assert.equal(second.NextToken, undefined);
    const left = idsOf(await passkeysOf(pool, AccessToken));
    assert.deepEqual(new Set(left), new Set([device.made[0]!.id, device.made[2]!.id]));
  });

  it('DeleteWebAuthnCredential: removes a passkey, by which InitiateAuth does not ask any more', async () => {
    const { name, AccessToken, device } = await keyHolder(pool);

    await pool.idp.deleteWebAuthnCredential({ AccessToken, CredentialId: device.made[0]!.id });

    assert.deepEqual(await passkeysOf(pool, AccessToken), []);
    const { ChallengeName, AvailableChallenges } = await pool.idp.initiateAuth({
      ClientId: pool.ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: name, PREFERRED_CHALLENGE: 'WEB_AUTHN' },
    });
    assert.equal(ChallengeName, 'SELECT_CHALLENGE');
    assert.ok(!AvailableChallenges!.includes('WEB_AUTHN'));
    await assert.rejects(
      pool.idp.deleteWebAuthnCredential({ AccessToken, CredentialId: device.made[0]!.id }),
      { name: 'ResourceNotFoundException' },
    );
  });

  it("does not remove another's", async () => {
    const { device, AccessToken } = await keyHolder(pool);
    const other = await somebody(pool);

    await assert.rejects(
      pool.idp.deleteWebAuthnCredential({
        AccessToken: other.AccessToken,
        CredentialId: device.made[0]!.id,
      }),
      { name: 'ResourceNotFoundException' },
    );
    assert.equal((await passkeysOf(pool, AccessToken)).length, 1);
  });

  it('sign people in without a password', async () => {
    const { name, device } = await keyHolder(pool);

    const { ChallengeName, options, answer } = await askForPasskey(pool, name);
    const { AuthenticationResult } = await answer(device.get(options));

    assert.equal(ChallengeName, 'WEB_AUTHN');
    assert.deepEqual(
      { rpId: options.rpId, userVerification: options.userVerification },
      { rpId: RP, userVerification: 'preferred' },
    );
    assert.deepEqual(options.allowCredentials, [
      { id: device.made[0]!.id, type: 'public-key', transports: ['hybrid', 'internal'] },
    ]);
    const { Username } = await pool.idp.getUser({ AccessToken: AuthenticationResult!.AccessToken });
    assert.equal(Username, name);
  });

  it('are among the first factors to choose from, and can be chosen', async () => {
    const { name, device } = await keyHolder(pool);
    const { ClientId } = pool;
    const begun = await pool.idp.initiateAuth({
      ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: name },
    });

    const asked = await pool.idp.respondToAuthChallenge({
      ClientId,
      ChallengeName: 'SELECT_CHALLENGE',
      Session: begun.Session,
      ChallengeResponses: { USERNAME: name, ANSWER: 'WEB_AUTHN' },
    });
    const CREDENTIAL = device.get(JSON.parse(asked.ChallengeParameters!.CREDENTIAL_REQUEST_OPTIONS!));
    const done = await pool.idp.respondToAuthChallenge({
      ClientId,
      ChallengeName: 'WEB_AUTHN',
      Session: asked.Session,
      ChallengeResponses: { USERNAME: name, CREDENTIAL },
    });

    assert.ok(begun.AvailableChallenges!.includes('WEB_AUTHN'));
    assert.ok(done.AuthenticationResult!.AccessToken);
  });

  it('sign in by an authenticator that does not count its uses, again and again', async () => {
    const { name, device } = await keyHolder(pool);

    for (let time = 0; time < 2; time += 1) {
      const { options, answer } = await askForPasskey(pool, name);
      const { AuthenticationResult } = await answer(device.get(options, { counter: 0 }));
      assert.ok(AuthenticationResult!.AccessToken);
    }
  });

  for (const kind of ['es256', 'ed25519', 'rsa'] as const) {
    it(`sign people in by keys of ${kind}`, async () => {
      const { name, AccessToken } = await somebody(pool);
      const device = authenticator({ origin: ORIGIN });
      await enroll(pool, device, AccessToken, { kind });
      const { options, answer } = await askForPasskey(pool, name);

      const { AuthenticationResult } = await answer(device.get(options));

      assert.ok(AuthenticationResult!.AccessToken);
    });
  }

  describe('of a pool that names no relying party', () => {
    let named: TestServer;

    before(async () => {
      named = await startServer({ host: 'localhost' });
    });
    after(() => named.close());

    it('are made for the host of the hosted pages, where the pool has a domain', async () => {
      const made = await makePool(named, {
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
      });
      const { AccessToken } = await somebody(made);
      await assert.rejects(creationOptions(made, AccessToken), {
        name: 'WebAuthnConfigurationMissingException',
      });
      await made.idp.createUserPoolDomain({ UserPoolId: made.UserPoolId, Domain: 'shop' });

      await enroll(made, authenticator({ origin: named.url }), AccessToken);

      const { Credentials } = await made.idp.listWebAuthnCredentials({ AccessToken });
      assert.equal(Credentials![0]!.RelyingPartyId, 'localhost');
    });
  });

  it('are taken of an authenticator that attests itself', async () => {
    const { name, AccessToken } = await somebody(pool);
    const device = authenticator({ origin: ORIGIN });

    await enroll(pool, device, AccessToken, { selfAttested: true });

    const { options, answer } = await askForPasskey(pool, name);
    const { AuthenticationResult } = await answer(device.get(options));
    assert.ok(AuthenticationResult!.AccessToken);
  });

  it('are gone with their owner', async () => {
    const { name, AccessToken, device } = await keyHolder(pool);
    await pool.idp.adminDeleteUser({ UserPoolId: pool.UserPoolId, Username: name });
    const { AccessToken: other } = await somebody(pool);

    // Nobody else could register it as long as it is somebody's.
    const Credential = device.create(await creationOptions(pool, other), {
      credentialId: device.made[0]!.id,
    });
    await pool.idp.completeWebAuthnRegistration({ AccessToken: other, Credential });

    await assert.rejects(passkeysOf(pool, AccessToken), { name: 'UserNotFoundException' });
    assert.equal((await passkeysOf(pool, other)).length, 1);
  });
});
