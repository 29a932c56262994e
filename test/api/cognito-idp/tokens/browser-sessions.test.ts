/**
 * Sessions of browsers at the hosted page, where a pool tracks sessions.
 *
 * Sources: Cognito developer guide, "Managing user sessions"; API reference, ClientSSOSessionConfigType.
 */
import assert from 'node:assert/strict';
import { createBrowser } from '../../oidc/world.ts';
import { REFUSED, sessionWorld } from './session-world.ts';

describe('sessions of browsers', () => {
  const at = sessionWorld();
  const { signIn, renew, isBelieved, listed, current, revoke, comeThrough } = at;

  const sso = async () => (await listed()).find(({ SessionType }) => SessionType === 'SSO');

  it('end at once although the browser has them, and bring in again who signs in anew', async () => {
    const browser = createBrowser();
    const { access_token: token } = await comeThrough(browser);
    const { SessionId } = (await sso())!;

    await revoke(SessionId);

    assert.match((await browser.open(at.ask(at.client))).html, /<h1>Sign in<\/h1>/);
    await isBelieved(token);
    assert.equal(await sso(), undefined);
    at.world.server.clock.pass(1);
    await comeThrough(browser);
    assert.equal((await sso())!.SessionId, SessionId);
    assert.ok((await browser.open(at.ask(at.client))).location?.searchParams.get('code'));
  });

  it('take the tokens that came through them along, when asked to, those of unredeemed codes too', async () => {
    const browser = createBrowser();
    const through = await comeThrough(browser);
    const beside = await signIn();
    const { location } = await browser.open(at.ask(at.client));

    await revoke((await sso())!.SessionId, { RevokeAssociatedSessions: 'LINKED' });

    await assert.rejects(isBelieved(through.access_token), REFUSED);
    await assert.rejects(renew(through.refresh_token, at.client.id), REFUSED);
    await isBelieved(beside.AccessToken);
    const response = await at.world.token({
      grant_type: 'authorization_code',
      code: location!.searchParams.get('code')!,
      redirect_uri: 'https://app.example.com/cb',
      client_id: at.client.id,
    });
    assert.deepEqual([response.status, await response.json()].slice(0, 1), [400]);
    assert.equal((await listed()).length, 1);
  });

  it('end with a token session that came through them, when asked to, and leave the others', async () => {
    const browser = createBrowser();
    const one = await comeThrough(browser);
    const other = await comeThrough(browser);
    const { SessionId } = await current(one.access_token);

    await revoke(SessionId, { RevokeAssociatedSessions: 'LINKED' });

    await assert.rejects(isBelieved(one.access_token), REFUSED);
    await isBelieved(other.access_token);
    assert.match((await browser.open(at.ask(at.client))).html, /<h1>Sign in<\/h1>/);
  });

  it('end with a token that is given back, when asked to', async () => {
    const browser = createBrowser();
    const { refresh_token: Token } = await comeThrough(browser);

    await at.world.userPools.revokeToken({
      ClientId: at.client.id,
      Token,
      RevokeAssociatedSessions: 'LINKED',
    });

    assert.match((await browser.open(at.ask(at.client))).html, /<h1>Sign in<\/h1>/);
    assert.deepEqual(await listed(), []);
  });

  it('stay when a token is given back and nothing is asked', async () => {
    const browser = createBrowser();
    const { refresh_token: Token } = await comeThrough(browser);

    await at.world.userPools.revokeToken({ ClientId: at.client.id, Token });

    assert.ok((await browser.open(at.ask(at.client))).location);
    assert.ok(await sso());
  });

  it('end when the person signs out there', async () => {
    const browser = createBrowser();
    const leaving = await at.world.addClient({ LogoutURLs: ['https://app.example.com/bye'] });
    await comeThrough(browser, leaving);

    await browser.open(
      `${at.world.base}/logout?client_id=${leaving.id}&logout_uri=${encodeURIComponent('https://app.example.com/bye')}`,
    );

    assert.equal(await sso(), undefined);
  });

  it('stay ended once the pool tracks no sessions', async () => {
    const browser = createBrowser();
    await comeThrough(browser);
    await revoke((await sso())!.SessionId);

    await at.track(20, 'DISABLED');

    assert.match((await browser.open(at.ask(at.client))).html, /<h1>Sign in<\/h1>/);
  });

  it('are reused for as long as each client says, from the last sign-in on', async () => {
    const minutes = (ClientId: string, MaxValidityMinutes: number) =>
      at.world.userPools.setUserPoolClientSessionConfiguration({
        UserPoolId: at.world.poolId,
        ClientId,
        SSOSession: { MaxValidityMinutes },
      });
    const [patient, impatient] = [await at.world.addClient(), await at.world.addClient()];
    await minutes(patient.id, 180);
    await minutes(impatient.id, 0);
    const browser = createBrowser();
    await comeThrough(browser, impatient);
    assert.match((await browser.open(at.ask(impatient))).html, /<h1>Sign in<\/h1>/);

    at.world.server.clock.pass(61 * 60);

    assert.match((await browser.open(at.ask(at.client))).html, /<h1>Sign in<\/h1>/);
    assert.ok((await browser.open(at.ask(patient))).location);
    at.world.server.clock.pass(120 * 60);
    assert.match((await browser.open(at.ask(patient))).html, /<h1>Sign in<\/h1>/);
  });
});

describe('sessions of browsers, once the pool tracks none', () => {
  const at = sessionWorld();

  it('stay when a token is given back, whatever is asked', async () => {
    const browser = createBrowser();
    const { refresh_token: Token } = await at.comeThrough(browser);
    await at.track(20, 'DISABLED');

    await at.world.userPools.revokeToken({
      ClientId: at.client.id,
      Token,
      RevokeAssociatedSessions: 'LINKED',
    });

    assert.ok((await browser.open(at.ask(at.client))).location);
  });

  it('are reused for an hour and no longer, whatever a client said', async () => {
    const [browser, other] = [createBrowser(), createBrowser()];
    await at.world.userPools.setUserPoolClientSessionConfiguration({
      UserPoolId: at.world.poolId,
      ClientId: at.client.id,
      SSOSession: { MaxValidityMinutes: 180 },
    });
    await at.comeThrough(browser);
    await at.track(20, 'DISABLED');

    at.world.server.clock.pass(61 * 60);

    assert.match((await browser.open(at.ask(at.client))).html, /<h1>Sign in<\/h1>/);
    await at.comeThrough(other);
    assert.ok((await other.open(at.ask(at.client))).location);
  });
});
