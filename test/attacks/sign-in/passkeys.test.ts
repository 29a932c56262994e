/** Hostile passkeys at registration: responses that are about another page, another relying party, another person, another challenge; that were shown before, or are of a kind that is not believed. */
import assert from 'node:assert/strict';
import {
  authenticator,
  cbor,
  type Authenticator,
  type Deviation,
} from '../../support/clients/authenticator.ts';
import {
  askForPasskey,
  creationOptions,
  enroll,
  makePasskeyPool,
  ORIGIN,
  RP,
} from '../../support/passkeys.ts';
import { makeUser, signIn, type MadePool } from '../../support/pool.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

describe('hostile passkeys at registration', () => {
  let server: TestServer;
  let pool: MadePool;
  let AccessToken: string;
  let device: Authenticator;

  before(async () => {
    server = await startServer();
    pool = await makePasskeyPool(server);
    await makeUser(pool, 'ada');
    await makeUser(pool, 'mallory');
    AccessToken = (await signIn(pool, 'ada')).AccessToken!;
    device = authenticator({ origin: ORIGIN });
    await enroll(pool, device, AccessToken);
  });
  after(() => server.close());

  const complete = (Credential: object, token = AccessToken, where = pool) =>
    where.idp.completeWebAuthnRegistration({
      AccessToken: token,
      // A document may be anything.
      Credential: Credential as Record<string, string>,
    });

  const places: readonly (readonly [string, Deviation, string])[] = [
    ...[
      'https://evil.example',
      'http://shop.example',
      'https://shop.example.evil.example',
      'https://evilshop.example',
      'https://shop.example:8443',
      'https://shop.example/',
      'https://SHOP.example',
      'https://user@shop.example',
      'https://shop.example#.evil.example',
      'android:apk-key-hash:AAAA',
      'null',
      'http://localhost',
    ].map((origin) => [`at ${origin}`, { origin }, 'OriginNotAllowed'] as const),
    ['in a frame of another site', { crossOrigin: true }, 'OriginNotAllowed'],
    ['below a page of another site', { topOrigin: 'https://evil.example' }, 'OriginNotAllowed'],
    ['for another relying party', { rpId: 'evil.example' }, 'RelyingPartyMismatch'],
    ['for a subdomain', { rpId: `login.${RP}` }, 'RelyingPartyMismatch'],
    ['as an answer to a sign-in', { type: 'webauthn.get' }, 'CredentialNotSupported'],
    ['by nobody present', { present: false }, 'CredentialNotSupported'],
    ['with a key of an unknown kind', { algorithm: -47 }, 'CredentialNotSupported'],
    ['with a key of another kind than it says', { algorithm: -257 }, 'CredentialNotSupported'],
    ['with an RSA key of 1,024 bits', { kind: 'rsa-1024' }, 'CredentialNotSupported'],
    ['with an RSA key whose exponent is 3', { kind: 'rsa-exponent-3' }, 'CredentialNotSupported'],
    ['attested by a maker', { format: 'fido-u2f' }, 'CredentialNotSupported'],
    ['attested in a way that nobody knows', { format: 'trust-me' }, 'CredentialNotSupported'],
    ['attested by nobody, with a statement', { attestation: [['alg', -7]] }, 'CredentialNotSupported'],
    [
      'attested with a wrong signature',
      {
        format: 'packed',
        attestation: [
          ['alg', -7],
          ['sig', Buffer.from('no signature')],
        ],
      },
      'CredentialNotSupported',
    ],
    ['attested by a certificate of its maker', { certified: true }, 'CredentialNotSupported'],
  ];
  for (const [title, deviation, error] of places) {
    it(`refuses one that is made ${title}`, async () => {
      const made = device.create(await creationOptions(pool, AccessToken), deviation);
      device.made.pop();

      await assert.rejects(complete(made), { name: `WebAuthn${error}Exception` });
    });
  }

  it('takes one that is made at a subdomain', async () => {
    await enroll(pool, authenticator({ origin: `https://login.${RP}` }), AccessToken);
  });

  it('refuses an authenticator that does not verify its owner, where the pool demands it', async () => {
    const strict = await makePasskeyPool(server, { UserVerification: 'required' });
    await makeUser(strict, 'ada');
    const token = (await signIn(strict, 'ada')).AccessToken!;
    const options = await creationOptions(strict, token);
    const made = authenticator({ origin: ORIGIN }).create(options, { verified: false });

    assert.equal(options.authenticatorSelection.userVerification, 'required');
    await assert.rejects(complete(made, token, strict), {
      name: 'WebAuthnCredentialNotSupportedException',
    });
  });

  it('refuses what is shown twice, also at once', async () => {
    const other = authenticator({ origin: ORIGIN });
    const made = other.create(await creationOptions(pool, AccessToken));

    const results = await Promise.allSettled(Array.from({ length: 20 }, () => complete(made)));

    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    await assert.rejects(complete(made), { name: 'WebAuthnChallengeNotFoundException' });
  });

  it('refuses a passkey that is kept already, of whomever', async () => {
    const mallory = (await signIn(pool, 'mallory')).AccessToken!;
    const credentialId = device.made[0]!.id;
    const thief = authenticator({ origin: ORIGIN });

    for (const token of [AccessToken, mallory]) {
      const made = thief.create(await creationOptions(pool, token), { credentialId });
      await assert.rejects(complete(made, token), { name: 'InvalidParameterException' });
    }
  });

  it("refuses a challenge of another person's, of another pool, of nobody", async () => {
    const mallory = (await signIn(pool, 'mallory')).AccessToken!;
    const elsewhere = await makePasskeyPool(server);
    await makeUser(elsewhere, 'ada');
    const there = (await signIn(elsewhere, 'ada')).AccessToken!;
    const options = await creationOptions(pool, mallory);
    const foreign = [
      options,
      await creationOptions(elsewhere, there),
      { ...options, challenge: Buffer.alloc(32).toString('base64url') },
    ];

    for (const each of foreign)
      await assert.rejects(complete(authenticator({ origin: ORIGIN }).create(each)), {
        name: 'WebAuthnChallengeNotFoundException',
      });
  });

  it('refuses a challenge that another client asked for', async () => {
    const { UserPoolClient } = await pool.idp.createUserPoolClient({
      UserPoolId: pool.UserPoolId,
      ClientName: 'other',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    });
    const other = { ...pool, ClientId: UserPoolClient!.ClientId! };
    const made = authenticator({ origin: ORIGIN }).create(await creationOptions(pool, AccessToken));

    await assert.rejects(complete(made, (await signIn(other, 'ada')).AccessToken), {
      name: 'WebAuthnClientMismatchException',
    });
  });

  it('refuses what is no response, however it is made', async () => {
    const { response, ...rest } = device.create(await creationOptions(pool, AccessToken));
    device.made.pop();
    const deep = Buffer.alloc(12_000, 0x81).toString('base64url');
    const bad: readonly object[] = [
      {},
      [],
      { ...rest },
      { ...rest, response: {} },
      { ...rest, response, rawId: 'other' },
      { ...rest, response, type: 'password' },
      { ...rest, response: { ...response, clientDataJSON: 'bm90IGpzb24' } },
      { ...rest, response: { ...response, attestationObject: deep } },
      { ...rest, response: { ...response, attestationObject: 'A'.repeat(20_000) } },
      { ...rest, response: { ...response, attestationObject: '=not base64url=' } },
      { ...rest, response: { ...response, attestationObject: cbor(new Map()).toString('base64url') } },
      { ...rest, response: { ...response, transports: Array.from({ length: 100 }, () => 'usb') } },
    ];

    for (const each of bad)
      await assert.rejects(complete(each), { name: 'WebAuthnCredentialNotSupportedException' });
  });
});

describe('challenges of passkeys', () => {
  let server: TestServer;
  let pool: MadePool;
  let AccessToken: string;
  let device: Authenticator;

  beforeEach(async () => {
    server = await startServer();
    pool = await makePasskeyPool(server);
    await makeUser(pool, 'ada');
    AccessToken = (await signIn(pool, 'ada')).AccessToken!;
    device = authenticator({ origin: ORIGIN });
  });
  afterEach(() => server.close());

  const complete = (Credential: ReturnType<Authenticator['create']>) =>
    pool.idp.completeWebAuthnRegistration({ AccessToken, Credential });

  it('CVE-2026-32132: stay dead once they have expired, also when another is asked for', async () => {
    const made = device.create(await creationOptions(pool, AccessToken));
    server.clock.pass(301);
    const fresh = await creationOptions(pool, AccessToken);

    await assert.rejects(complete(made), { name: 'WebAuthnChallengeNotFoundException' });

    await complete(authenticator({ origin: ORIGIN }).create(fresh));
  });

  it('end with the session of their sign-in', async () => {
    await enroll(pool, device, AccessToken);
    const { options, answer } = await askForPasskey(pool, 'ada');
    server.clock.pass(181);

    await assert.rejects(answer(device.get(options)), {
      message: 'Invalid session for the user, session is expired.',
    });
  });
});
