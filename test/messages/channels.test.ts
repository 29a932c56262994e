/**
 * Channels: each message goes the way that is configured for it, and no other.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFailure } from '../../src/base/failure.ts';
import { loadConfig } from '../../src/config.ts';
import type { Message } from '../../src/domain/ports/messages.ts';
import { openMessages } from '../../src/messages/channels.ts';
import { stillClock } from '../contracts/still-clock.ts';
import { CA_FILE, startMailServer } from '../support/servers/mail-server.ts';
import { freePort } from '../support/servers/server.ts';

const SMS_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const PUBLIC = { COGNATE_PUBLIC_URL: 'https://id.example.com' };
const MAIL = { COGNATE_SMTP_HOST: 'localhost', COGNATE_SMTP_FROM: 'no-reply@example.com' };
const email: Message = {
  channel: 'email', to: 'zoe@example.com', kind: 'sign-up', poolId: 'us-east-1_a', username: 'zoe', code: '012345', text: 'Your code is 012345',
}; // prettier-ignore
const sms: Message = { ...email, channel: 'sms', to: '+15550100' };

describe('messages', () => {
  let folder: string;
  let outboxFile: string;
  let log: object[];
  const open: { close(): unknown }[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cognate-messages-'));
    outboxFile = join(folder, 'outbox.jsonl');
    log = [];
  });
  afterEach(async () => {
    for (const each of open.splice(0).toReversed()) await each.close();
    rmSync(folder, { recursive: true });
  });

  /** What `npm start` would open with this environment; posts go to `posted`. */
  function messagesOf(environment: Record<string, string>) {
    const posted: string[] = [];
    const { messages, secrets } = loadConfig(environment);
    const opened = openMessages({
      ...messages,
      secrets: secrets.messages,
      clock: stillClock(),
      log: { error: (line: object) => void log.push(line) },
      fetch: Object.assign(
        async (url: string | URL) => {
          posted.push(String(url));
          return new Response();
        },
        { addressesOf: 'operator' as const },
      ),
    });
    open.push(opened);
    return { opened, posted };
  }
  const written = () =>
    existsSync(outboxFile) ? readFileSync(outboxFile, 'utf8').split('\n').length - 1 : 0;

  it('go to the outbox where nothing else is said', async () => {
    const { opened } = messagesOf({ COGNATE_OUTBOX_FILE: outboxFile });

    await opened.send(email);
    await opened.send(sms);

    assert.equal(written(), 2);
  });

  it('go by the mail server when they are e-mails, whatever outbox there is', async () => {
    const server = await startMailServer();
    open.push(server);
    const { opened, posted } = messagesOf({
      ...MAIL,
      COGNATE_OUTBOX_FILE: outboxFile,
      COGNATE_SMTP_PORT: String(server.port),
    });

    await opened.send(email);
    await opened.send(sms);

    assert.deepEqual([server.mails.length, written(), posted.length], [1, 1, 0]);
  });

  it('go by the webhook when they are text messages', async () => {
    const { opened, posted } = messagesOf({
      COGNATE_OUTBOX_FILE: outboxFile,
      COGNATE_SMS_WEBHOOK_URL: 'https://sms.example.com/hook',
      COGNATE_SMS_WEBHOOK_SECRET: SMS_SECRET,
    });

    await opened.send(sms);
    await opened.send(email);

    assert.deepEqual([posted, written()], [['https://sms.example.com/hook'], 1]);
  });

  it('are refused where others can reach the program and no way is named', async () => {
    const { opened } = messagesOf(PUBLIC);

    for (const each of [email, sms])
      await assert.rejects(opened.send(each), (error) => isFailure(error, 'delivery-failed'));
  });

  it('do not fall back to the outbox when their own way fails, and the log says why without saying what', async () => {
    const { opened } = messagesOf({
      ...MAIL,
      COGNATE_OUTBOX_FILE: outboxFile,
      COGNATE_SMTP_PORT: String(await freePort()),
    });

    await assert.rejects(opened.send(email), (error) => isFailure(error, 'delivery-failed'));

    assert.equal(written(), 0);
    assert.equal(log.length, 1);
    assert.match(JSON.stringify(log), /"event":"message-not-delivered","channel":"email","reason":"E\w+"/);
    assert.doesNotMatch(JSON.stringify(log), /012345|zoe/);
  });

  describe('are configured', () => {
    it('with the password in a file, apart from what may be shown', () => {
      writeFileSync(join(folder, 'password'), 'hunter2\n');

      const { messages, secrets } = loadConfig({
        ...PUBLIC,
        COGNATE_SMTP_HOST: 'smtp.example.com',
        COGNATE_SMTP_FROM: 'Example <no-reply@example.com>',
        COGNATE_SMTP_USER: 'cognate',
        COGNATE_SMTP_PASSWORD_FILE: join(folder, 'password'),
        COGNATE_SMTP_DOMAINS: 'shop.example, news.example',
        COGNATE_SMTP_CA_FILE: CA_FILE,
      });

      assert.deepEqual(messages, {
        outboxFile: undefined,
        sms: undefined,
        smtp: {
          host: 'smtp.example.com', port: 587, tls: 'starttls', user: 'cognate', from: 'Example <no-reply@example.com>', domains: ['shop.example', 'news.example'], caFile: CA_FILE,
        }, // prettier-ignore
      });
      assert.equal(secrets.messages.smtpPassword, 'hunter2');
    });

    const tlsOf = (environment: Record<string, string>) =>
      loadConfig({ ...PUBLIC, ...MAIL, ...environment }).messages.smtp?.tls;
    it('with TLS by what the server is', () => {
      assert.equal(tlsOf({ COGNATE_SMTP_HOST: 'smtp.example.com' }), 'starttls');
      assert.equal(tlsOf({ COGNATE_SMTP_HOST: 'smtp.example.com', COGNATE_SMTP_PORT: '465' }), 'implicit');
      assert.equal(tlsOf({ COGNATE_SMTP_HOST: '127.0.0.1' }), 'none');
      assert.equal(tlsOf({ COGNATE_SMTP_HOST: '127.0.0.1', COGNATE_SMTP_TLS: 'starttls' }), 'starttls');
    });

    const faults: readonly (readonly [string, Record<string, string>, RegExp])[] = [
      ['clear text over a network', { ...MAIL, COGNATE_SMTP_HOST: 'smtp.example.com', COGNATE_SMTP_TLS: 'none' }, /smtp\.tls: may be none at a loopback address only/],
      ['a user without a password', { ...MAIL, COGNATE_SMTP_USER: 'cognate' }, /give both or neither/],
      ['a server without a sender', { COGNATE_SMTP_HOST: 'localhost' }, /messages\.smtp\.from/],
      ['a sender that is none', { ...MAIL, COGNATE_SMTP_FROM: 'a@b.example\r\nBcc: x@y.example' }, /messages\.smtp\.from/],
      ['a webhook without a secret', { COGNATE_SMS_WEBHOOK_URL: 'https://sms.example.com/' }, /messages\.sms\.secret/],
      ['a webhook with a short secret', { COGNATE_SMS_WEBHOOK_URL: 'https://sms.example.com/', COGNATE_SMS_WEBHOOK_SECRET: 'whsec_c2hvcnQ=' }, /messages\.sms\.secret/],
      ['a webhook with credentials in its address', { COGNATE_SMS_WEBHOOK_URL: 'https://user:hunter2@sms.example.com/', COGNATE_SMS_WEBHOOK_SECRET: SMS_SECRET }, /messages\.sms\.url/],
    ]; // prettier-ignore
    for (const [title, environment, fault] of faults)
      it(`never with ${title}`, () => {
        assert.throws(
          () => loadConfig({ ...PUBLIC, ...environment }),
          (error: Error) => fault.test(error.message) && !error.message.includes('hunter2'),
        );
      });
  });
});
