/**
 * One line in the log for each refused token and each refused request to the pages: under the id that the caller was shown,
 * with the `sub` of the user that a token is of, and with nothing that was sent.
 */
import assert from 'node:assert/strict';
import { NEW_PASSWORD, claimsOf, signIn } from '../../support/pool.ts';
import {
  answered,
  refused,
  watchRefusals,
  WRONG,
  type Answer,
  type Watched,
} from '../../support/matrices/refusal-lines.ts';
import { CALLBACK, createBrowser } from '../oidc/world.ts';

let watched: Watched;

describe('a refused token leaves one line', function () {
  this.timeout(20_000);
  before(async () => {
    watched = await watchRefusals();
  });
  after(() => watched.world.close());

  const form = (path: string, members: Record<string, string>) => async (): Promise<Answer> =>
    answered(
      await fetch(`${watched.world.base}/oauth2/${path}`, {
        method: 'POST',
        body: new URLSearchParams(members),
      }),
    );

  for (const [where, show] of Object.entries({
    GetTokensFromRefreshToken: (RefreshToken: string) => () =>
      refused(watched.pool.idp.getTokensFromRefreshToken({ ClientId: watched.pool.ClientId, RefreshToken })),
    'the token endpoint': (token: string) =>
      form('token', { grant_type: 'refresh_token', refresh_token: token, client_id: watched.pool.ClientId }),
  }))
    it(`with its user, who is disabled: a refresh token at ${where}`, async () => {
      const { name, sub } = await watched.newcomer();
      const { RefreshToken } = await signIn(watched.pool, name);
      await watched.pool.idp.adminDisableUser({ UserPoolId: watched.pool.UserPoolId, Username: name });

      await watched.assertLine(show(watched.secret(RefreshToken)), sub);
    });

  it('without a user: a code at the token endpoint that is none', async () => {
    const code = watched.secret('no-such-code-was-ever-given');
    const members = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      client_id: watched.client.id,
    };

    await watched.assertLine(form('token', members), undefined);
  });
  it('at the revocation endpoint: of another client, a form without a token', async () => {
    const { name } = await watched.newcomer();
    const { AccessToken } = await signIn(watched.pool, name);

    await watched.assertLine(form('revoke', { client_id: watched.client.id }), undefined);
    await watched.assertLine(
      form('revoke', { token: watched.secret(AccessToken), client_id: watched.client.id }),
      undefined,
    );
  });
  it('at the userinfo endpoint: none, a wrong one, one of a disabled user', async () => {
    const { name, sub } = await watched.newcomer();
    const browser = createBrowser();
    const { access_token: token } = await watched.world.redeem(
      watched.client,
      await watched.world.signIn(watched.world.authorize(watched.client), name, browser),
    );
    for (const { value } of browser.jar) watched.secret(value);
    const ask = (authorization?: string) => async () =>
      answered(
        await fetch(`${watched.world.base}/oauth2/userInfo`, {
          headers: authorization ? { authorization } : {},
        }),
      );

    await watched.assertLine(ask(), undefined);
    await watched.assertLine(ask(`Bearer ${watched.secret('not-a-token-at-all')}`), undefined);
    await watched.pool.idp.adminDisableUser({ UserPoolId: watched.pool.UserPoolId, Username: name });
    await watched.assertLine(ask(`Bearer ${watched.secret(token)}`), sub);
    assert.equal(claimsOf(token)['sub'], sub);
  });
  it('at the pages: an unknown login, an unknown client, an address to sign out to, a scope', async () => {
    const get = (path: string) => async () =>
      answered(await fetch(`${watched.world.base}${path}`, { redirect: 'manual' }));

    await watched.assertLine(get(`/login/${watched.secret('no-such-login-is-here')}`), undefined);
    await watched.assertLine(get('/oauth2/authorize?client_id=nobody&response_type=code'), undefined);
    await watched.assertLine(
      get(`/logout?client_id=${watched.client.id}&logout_uri=https://evil.example`),
      undefined,
    );
    await watched.assertLine(
      get(`/oauth2/idpresponse?code=${watched.secret('a-code-of-nobody')}&state=abcdefgh`),
      undefined,
    );
    await watched.assertLine(async () => {
      const { headers } = await fetch(watched.world.authorize(watched.client, { scope: 'nothing' }), {
        redirect: 'manual',
      });
      assert.match(headers.get('location') ?? '', /error=invalid_scope/);
      return { id: headers.get('x-amzn-requestid'), text: headers.get('location') ?? '' };
    }, undefined);
  });
  it('with the bearer: a wrong code for an address, a wrong password before', async () => {
    const { name, sub } = await watched.newcomer();
    const AccessToken = watched.secret((await signIn(watched.pool, name)).AccessToken);
    const { idp } = watched.pool;

    await watched.assertLine(
      () =>
        refused(
          idp.verifyUserAttribute({ AccessToken, AttributeName: 'email', Code: watched.secret('135791') }),
        ),
      sub,
    );
    await watched.assertLine(
      () =>
        refused(idp.changePassword({ AccessToken, PreviousPassword: WRONG, ProposedPassword: NEW_PASSWORD })),
      sub,
    );
  });
  it('with nothing of the passwords, codes, sessions, tokens and cookies that were sent', () => {
    watched.assertNothingTold({ least: 15 });
  });
});
