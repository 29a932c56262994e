/**
 * The link of a letter, and the page behind it.
 *
 * Source: Cognito developer guide, "Verifying contact information at sign-up", link style.
 */
import assert from 'node:assert/strict';
import type { SignUpRequest } from '@aws-sdk/client-cognito-identity-provider';
import { corpusJson, withCorpus } from '../../support/corpora.ts';
import { makePool, PASSWORD, signIn, type MadePool } from '../../support/pool.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const BY_LINK = { VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_LINK' } } as const;

describe('the link that confirms an account', () => {
  let server: TestServer;
  let pool: MadePool;
  before(async () => {
    server = await startServer();
    pool = await makePool(server, { ...BY_LINK, AliasAttributes: ['email'] }, { ClientName: 'My shop' });
    await pool.idp.createUserPoolDomain({ Domain: 'my-shop', UserPoolId: pool.UserPoolId });
  });
  after(() => server.close());

  /** Signs up, and gives the link of the letter. */
  async function linkFor(Username: string, more: Partial<SignUpRequest> = {}, { idp, ClientId } = pool) {
    const UserAttributes = [{ Name: 'email', Value: `${Username}@example.com` }];
    await idp.signUp({ ClientId, Username, Password: PASSWORD, UserAttributes, ...more });
    const [, link = ''] = /(https?:\S+)$/.exec(server.sent.at(-1)!.text) ?? [];
    return new URL(link);
  }
  const changed = (link: URL, changes: Readonly<Record<string, string>>): URL => {
    const other = new URL(link);
    for (const [name, value] of Object.entries(changes)) other.searchParams.set(name, value);
    return other;
  };
  async function open(link: URL | string, init: RequestInit = {}) {
    const response = await fetch(link, { redirect: 'manual', ...init });
    // The reference is another at each refusal.
    const html = (await response.text()).replace(/Reference: <code>[0-9a-f-]{36}</, 'Reference: <code><');
    return { status: response.status, headers: response.headers, html };
  }
  const statusOf = async (Username: string) =>
    (await pool.idp.adminGetUser({ UserPoolId: pool.UserPoolId, Username })).UserStatus;
  const wrongOf = (link: URL): string =>
    link.searchParams.get('confirmation_code') === '000000' ? '111111' : '000000';
  /** What is shown for a link that is worth nothing. */
  async function refusal() {
    const { html, status } = await open(
      changed(await linkFor(`someone-${server.sent.length}`), { confirmation_code: 'nonsense' }),
    );
    assert.equal(status, 400);
    assert.match(html, /This link does not work/);
    return html;
  }

  it('confirms the account and verifies the address', async () => {
    const link = await linkFor('ada');

    const { status, html } = await open(link);

    assert.equal(status, 200);
    assert.match(html, /<h1>Your account is confirmed<\/h1>/);
    assert.match(html, /Go back to <strong>My shop<\/strong>/);
    const { UserStatus, UserAttributes } = await pool.idp.adminGetUser({
      UserPoolId: pool.UserPoolId,
      Username: 'ada@example.com',
    });
    assert.equal(UserStatus, 'CONFIRMED');
    assert.equal(UserAttributes!.find(({ Name }) => Name === 'email_verified')!.Value, 'true');
    assert.ok((await signIn(pool, 'ada')).AccessToken);
  });

  it('is a page that does nothing, is kept by nobody, and tells nobody where it was', async () => {
    const link = await linkFor('bea');

    for (const { headers, html } of [await open(link), await open(link)]) {
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*form-action 'none'/);
      assert.doesNotMatch(html, /<script|<form|confirmation_code/);
      assert.ok(!html.includes(link.searchParams.get('confirmation_code')!));
    }
  });

  it('works in pools where people are called by their address', async () => {
    const byEmail = await makePool(server, { ...BY_LINK, UsernameAttributes: ['email'] });
    const { idp, UserPoolId } = byEmail;
    const link = await linkFor('cy', { Username: 'cy@example.com', UserAttributes: undefined }, byEmail);

    assert.equal((await open(link)).status, 200);

    const { UserStatus } = await idp.adminGetUser({ UserPoolId, Username: 'cy@example.com' });
    assert.equal(UserStatus, 'CONFIRMED');
  });

  it('works once, of a hundred who open it at once', async () => {
    const link = await linkFor('dan');

    const pages = await Promise.all(Array.from({ length: 100 }, () => open(link)));

    assert.equal(pages.filter(({ status }) => status === 200).length, 1);
    assert.equal(await statusOf('dan'), 'CONFIRMED');
  });

  it('is sent on from the pool’s domain', async () => {
    const link = await linkFor('eve');

    const { status, headers } = await open(`${server.url}/domains/my-shop/confirmUser${link.search}`);

    assert.deepEqual([status, headers.get('location')], [302, link.href]);
    assert.equal(await statusOf('eve'), 'UNCONFIRMED');
  });

  it('is not opened by a program that asks whether it leads anywhere, nor by a form', async () => {
    const link = await linkFor('fay');

    assert.equal((await open(link, { method: 'HEAD' })).status, 200);
    assert.ok((await open(link, { method: 'POST' })).status >= 400);

    assert.equal(await statusOf('fay'), 'UNCONFIRMED');
    assert.equal((await open(link)).status, 200);
  });

  it('says the same of whatever is wrong with it', async () => {
    const usual = await refusal();
    const used = await linkFor('gus');
    await open(used);
    const link = await linkFor('hal');
    const twice = new URL(link);
    twice.searchParams.append('user_name', 'gus');
    const without = new URL(link);
    without.searchParams.delete('confirmation_code');
    const links = {
      used,
      'of a name that nobody has': changed(link, { user_name: 'nobody' }),
      'with a wrong code': changed(link, { confirmation_code: wrongOf(link) }),
      'without a code': without,
      'with an empty code': changed(link, { confirmation_code: '' }),
      'with a name twice': twice,
      'with a name that is too long': changed(link, { user_name: 'x'.repeat(300) }),
      'with a code that is too long': changed(link, { confirmation_code: '1'.repeat(3000) }),
    };

    for (const [what, each] of Object.entries(links)) {
      const { status, html } = await open(each);
      assert.deepEqual([status, html], [400, usual], what);
    }
    assert.equal(await statusOf('hal'), 'UNCONFIRMED');
    assert.equal((await open(link)).status, 200);
  });

  it('is worth nothing after five wrong ones', async () => {
    const link = await linkFor('ivo');
    const wrong = changed(link, { confirmation_code: wrongOf(link) });
    for (let tries = 0; tries < 5; tries += 1) await open(wrong);

    const { status, html } = await open(link);

    assert.deepEqual([status, html], [400, await refusal()]);
    assert.equal(await statusOf('ivo'), 'UNCONFIRMED');
  });

  it('is worth nothing after a day', async () => {
    const own = await startServer();
    const daily = await makePool(own, BY_LINK);
    const { idp, ClientId, UserPoolId } = daily;
    const UserAttributes = [{ Name: 'email', Value: 'jo@example.com' }];
    await idp.signUp({ ClientId, Username: 'jo', Password: PASSWORD, UserAttributes });
    const [, link = ''] = /(https?:\S+)$/.exec(own.sent.at(-1)!.text) ?? [];
    own.clock.pass(86_401);

    const { status } = await open(link);

    assert.equal(status, 400);
    await own.close();
    assert.ok(UserPoolId);
  });

  it('is worth nothing at another client or another pool', async () => {
    const other = await makePool(server);
    const link = await linkFor('kai');

    const { status, html } = await open(changed(link, { client_id: other.ClientId }));
    const elsewhere = await open(link.href.replace(pool.UserPoolId, other.UserPoolId));

    assert.deepEqual([status, elsewhere.status], [400, 400]);
    assert.match(html, /This application is not known/);
    assert.equal(await statusOf('kai'), 'UNCONFIRMED');
  });

  it('does not take an address away from who signs in with it', async () => {
    const { idp, UserPoolId } = pool;
    await idp.adminCreateUser({
      UserPoolId,
      Username: 'holder',
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: 'leo@example.com' },
        { Name: 'email_verified', Value: 'true' },
      ],
    });
    const link = await linkFor('leo');

    const { status, html } = await open(link);

    assert.equal(status, 400);
    assert.match(html, /Another account uses this address already/);
    assert.deepEqual([await statusOf('leo'), (await idp.adminGetUser({ UserPoolId, Username: 'leo@example.com' })).Username], ['UNCONFIRMED', 'holder']); // prettier-ignore
  });

  it('carries any name, and the page repeats none', async () => {
    const name = `"><img/src=x>&'é${'x'.repeat(20)}`;
    const link = await linkFor('mia', {
      Username: name,
      UserAttributes: [{ Name: 'email', Value: 'mia@example.com' }],
    });

    const { status, html } = await open(link);

    assert.equal(status, 200);
    assert.doesNotMatch(html, /<img|src=x/);
    assert.equal(await statusOf(name), 'CONFIRMED');
  });

  it('is worth nothing for an hour at an address that tried three hundred others', async () => {
    const link = await linkFor('ola');
    const others = Array.from({ length: 300 }, (_, at) => changed(link, { user_name: `nobody-${at}` }));
    await Promise.all(others.map((other) => open(other)));

    const early = await open(link);
    server.clock.pass(3601);
    const late = await open(link);

    assert.deepEqual([early.status, late.status], [400, 200]);
  });

  withCorpus(
    'opened with names that mean harm',
    () => corpusJson<readonly string[]>('blns/blns.json'),
    (names) => {
      it('says the same as ever', async () => {
        const link = await linkFor('nan');
        const usual = await refusal();

        for (const name of names) {
          const { status, html } = await open(changed(link, { user_name: name }));
          assert.deepEqual([status, html], [400, usual], name);
        }
      });
    },
  );
});
