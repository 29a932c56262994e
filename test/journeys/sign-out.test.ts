/**
 * Signing out everywhere: what a browser, an application and an identity pool have in hand is void at once.
 */
import assert from 'node:assert/strict';
import { createFormBrowser } from '../support/clients/form-browser.ts';
import { makePool, makeUser, PASSWORD, signIn, type MadePool } from '../support/pool.ts';
import { onBoth, type Installation } from '../support/servers/installation.ts';

const CALLBACK = 'http://localhost:3999/back';

describe('signing out everywhere', () =>
  onBoth((start) => {
    let server: Installation;
    let pool: MadePool;

    before(async () => {
      server = await start();
      pool = await makePool(
        server,
        {},
        {
          AllowedOAuthFlowsUserPoolClient: true,
          AllowedOAuthFlows: ['code'],
          AllowedOAuthScopes: ['openid'],
          CallbackURLs: [CALLBACK],
          SupportedIdentityProviders: ['COGNITO'],
        },
      );
      await makeUser(pool, 'ada');
    });
    after(() => server.close());

    it('ends the session of the hosted page too', async () => {
      const browser = createFormBrowser(({ href }) => href.startsWith(CALLBACK));
      const start = `${server.url}/${pool.UserPoolId}/oauth2/authorize?${String(new URLSearchParams({ response_type: 'code', client_id: pool.ClientId, redirect_uri: CALLBACK, scope: 'openid' }))}`;
      await browser.submit(await browser.visit(start), { username: 'ada', password: PASSWORD });
      const again = await browser.visit(start);
      server.clock.pass(2);

      await pool.idp.globalSignOut({ AccessToken: (await signIn(pool, 'ada')).AccessToken });

      const afterwards = await browser.visit(start);
      assert.ok(again.url.searchParams.get('code'), 'the session signs in by itself');
      assert.match(afterwards.html, /type="password"/);
    });
  }));
