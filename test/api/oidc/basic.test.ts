/**
 * Basic authentication with an empty secret: what a public client may say of itself, and a client with a secret may not.
 *
 * Source: RFC 6749, section 2.3.1; RFC 7617.
 */
import assert from 'node:assert/strict';
import { CALLBACK, createWorld, type TestClient, type World } from './world.ts';

describe('Basic authentication', () => {
  let world: World;
  let open: TestClient;
  let confidential: TestClient;
  before(async () => {
    world = await createWorld();
    open = await world.addClient();
    confidential = await world.addClient({ GenerateSecret: true });
  });
  after(() => world.close());

  const basic = (id: string, secret = '', scheme = 'Basic ') => ({
    authorization: `${scheme}${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  });
  /** What each endpoint that authenticates clients says to these headers and this form. */
  const ENDPOINTS = {
    async token(client: TestClient, headers: Record<string, string>, more: Record<string, string> = {}) {
      const back = await world.signIn(world.authorize(client));
      const code = back.searchParams.get('code')!;
      const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...more };
      return (await world.token(form, headers)).status;
    },
    async revoke(_client: TestClient, headers: Record<string, string>, more: Record<string, string> = {}) {
      const body = new URLSearchParams({ token: 'made.up', ...more });
      return (await fetch(`${world.base}/oauth2/revoke`, { method: 'POST', headers, body })).status;
    },
  };

  for (const [endpoint, ask] of Object.entries(ENDPOINTS))
    describe(`at the ${endpoint} endpoint`, () => {
      it('with an empty secret is a public client’s', async () => {
        assert.equal(await ask(open, basic(open.id)), 200);
        assert.equal(await ask(open, basic(open.id), { client_id: open.id }), 200);
      });

      it('may stand several spaces behind its scheme', async () => {
        assert.equal(await ask(open, basic(open.id, '', 'basic   ')), 200);
        assert.equal(await ask(confidential, basic(confidential.id, confidential.secret, 'BASIC  ')), 200);
      });

      it('with an empty secret opens nothing to a client that has one', async () => {
        assert.equal(await ask(confidential, basic(confidential.id)), 401);
        assert.equal(await ask(confidential, basic(confidential.id), { client_id: confidential.id }), 401);
      });

      it('is not another client’s than the form names', async () => {
        assert.notEqual(await ask(open, basic(open.id), { client_id: confidential.id }), 200);
        assert.notEqual(await ask(confidential, basic(open.id), { client_id: confidential.id }), 200);
      });

      it('with a secret is not a public client’s', async () => {
        assert.equal(await ask(open, basic(open.id, 'made-up')), 401);
      });
    });
});
