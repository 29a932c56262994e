/**
 * A passkey in a real browser: made on a page of the relying party by Chromium's virtual authenticator, and signed in with.
 *
 * The page does what an app does: it hands the options to `navigator.credentials` and the answer to the API. It is served from `localhost`, the one place where browsers make passkeys without TLS.
 */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CDPSession, Page } from 'playwright-core';
import { withBrowsers } from '../support/clients/browser.ts';
import { askForPasskey, creationOptions, makePasskeyPool } from '../support/passkeys.ts';
import { claimsOf, makeUser, signIn, type MadePool } from '../support/pool.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';

/** What runs in the page. */
interface Browser {
  PublicKeyCredential: {
    parseCreationOptionsFromJSON(options: unknown): unknown;
    parseRequestOptionsFromJSON(options: unknown): unknown;
  };
  navigator: {
    credentials: Record<'create' | 'get', (request: { publicKey: unknown }) => Promise<{ toJSON(): object }>>;
  };
}

withBrowsers('a passkey in Chromium', (browsers) => {
  let server: TestServer;
  let pool: MadePool;
  let site: Server;
  let page: Page;
  let devtools: CDPSession;

  before(async () => {
    server = await startServer();
    pool = await makePasskeyPool(server, { RelyingPartyId: 'localhost', UserVerification: 'required' });
    await makeUser(pool, 'ada');
    site = createServer((_request, response) =>
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>app</title>'),
    );
    await new Promise<void>((resolve) => site.listen(0, 'localhost', resolve));
    page = await (await browsers.open()).newPage();
    await page.goto(`http://localhost:${(site.address() as AddressInfo).port}/`);
    devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
  });
  after(async () => {
    site.closeAllConnections();
    await new Promise((resolve) => site.close(resolve));
    await server.close();
  });

  const create = (options: unknown): Promise<object> =>
    page.evaluate(async (given) => {
      const { PublicKeyCredential, navigator } = globalThis as unknown as Browser;
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(given);
      return (await navigator.credentials.create({ publicKey })).toJSON();
    }, options);
  const get = (options: unknown): Promise<object> =>
    page.evaluate(async (given) => {
      const { PublicKeyCredential, navigator } = globalThis as unknown as Browser;
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(given);
      return (await navigator.credentials.get({ publicKey })).toJSON();
    }, options);

  it('is made, signs its owner in, and is not made twice', async () => {
    const { AccessToken } = await signIn(pool, 'ada');
    const Credential = await create(await creationOptions(pool, AccessToken!));
    await pool.idp.completeWebAuthnRegistration({
      AccessToken,
      Credential: Credential as Record<string, string>,
    });

    const { options, answer } = await askForPasskey(pool, 'ada');
    const signed = JSON.stringify(await get(options));
    const { AuthenticationResult } = await answer(signed);

    assert.equal(claimsOf(AuthenticationResult!.AccessToken!).username, 'ada');
    const { Credentials } = await pool.idp.listWebAuthnCredentials({ AccessToken });
    assert.deepEqual(
      Credentials!.map(({ RelyingPartyId, AuthenticatorAttachment, AuthenticatorTransports }) => ({
        RelyingPartyId,
        AuthenticatorAttachment,
        AuthenticatorTransports,
      })),
      [
        {
          RelyingPartyId: 'localhost',
          AuthenticatorAttachment: 'platform',
          AuthenticatorTransports: ['internal'],
        },
      ],
    );
    const again = await creationOptions(pool, AccessToken!);
    await assert.rejects(create(again), /InvalidStateError/);
    const replayed = await askForPasskey(pool, 'ada');
    await assert.rejects(replayed.answer(signed), { name: 'NotAuthorizedException' });
  });

  it('is not made for a domain that the page is not of', async () => {
    const elsewhere = await makePasskeyPool(server);
    await makeUser(elsewhere, 'ada');
    const { AccessToken } = await signIn(elsewhere, 'ada');

    await assert.rejects(create(await creationOptions(elsewhere, AccessToken!)), /SecurityError/);
  });
});
