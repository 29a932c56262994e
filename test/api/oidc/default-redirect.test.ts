/**
 * Authorization requests without a redirect URI, of clients with a default one.
 *
 * Sources: Cognito API reference, CreateUserPoolClient, DefaultRedirectURI; RFC 6749, sections 3.1.2.3 and 4.1.3.
 */
import assert from 'node:assert/strict';
import { CALLBACK, createWorld, type World } from './world.ts';

describe('an authorization request', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world.close());

  it('without a redirect URI goes to the client’s default, and its code is redeemed without one', async () => {
    const other = 'https://app.example.com/other';
    const withDefault = await world.addClient({
      CallbackURLs: [other, CALLBACK],
      DefaultRedirectURI: CALLBACK,
    });
    const redeem = (back: URL, redirect?: string) =>
      world.token({
        grant_type: 'authorization_code',
        code: back.searchParams.get('code')!,
        redirect_uri: redirect,
        client_id: withDefault.id,
      });
    const signIn = (redirect?: string) =>
      world.signIn(world.authorize(withDefault, { redirect_uri: redirect }));

    const back = await signIn();
    assert.equal(`${back.origin}${back.pathname}`, CALLBACK);
    assert.equal((await redeem(back)).status, 200);
    assert.equal((await redeem(await signIn(), CALLBACK)).status, 200);
    assert.equal((await redeem(await signIn(), other)).status, 400);
    assert.equal((await redeem(await signIn(other))).status, 400);
  });

  it('tells errors at the default redirect URI too', async () => {
    const withDefault = await world.addClient({ DefaultRedirectURI: CALLBACK });

    const response = await fetch(
      world.authorize(withDefault, { redirect_uri: undefined, scope: 'openid evil' }),
      { redirect: 'manual' },
    );

    const location = new URL(response.headers.get('location')!);
    assert.equal(`${location.origin}${location.pathname}`, CALLBACK);
    assert.equal(location.searchParams.get('error'), 'invalid_scope');
  });
});
