/**
 * E-mail: what a real mail server gets, and what is said when it gets nothing.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { isFailure } from '../../src/base/failure.ts';
import type { Message } from '../../src/domain/ports/messages.ts';
import { smtpMail, type SmtpMail, type SmtpParts } from '../../src/messages/smtp.ts';
import {
  CA_FILE,
  startMailServer,
  type MailServer,
  type MailServerOptions,
} from '../support/servers/mail-server.ts';
import { freePort } from '../support/servers/server.ts';

const CODE = '012345';
const message = (over: Partial<Message> = {}): Message => ({
  channel: 'email', to: 'zoe@example.com', kind: 'sign-up', poolId: 'us-east-1_a', username: 'zoe', code: CODE,
  text: `Your code is ${CODE}`, html: `Your code is <b>${CODE}</b>`, subject: 'Your code', ...over,
}); // prettier-ignore

describe('e-mail by SMTP', () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).toReversed()) await each.close();
  });

  async function server(options: MailServerOptions = {}): Promise<MailServer> {
    const started = await startMailServer(options);
    open.push(started);
    return started;
  }
  function mailTo(port: number, over: Partial<SmtpParts> = {}): SmtpMail {
    const mail = smtpMail({
      host: 'localhost', port, tls: 'none', from: 'Example <no-reply@example.com>', domains: [], ca: readFileSync(CA_FILE, 'utf8'), ...over,
    }); // prettier-ignore
    open.push(mail);
    return mail;
  }
  /** Neither the code nor the address is told to whoever hears of the failure. */
  const isToldDiscreetly = (reason: RegExp) => (error: unknown) => {
    assert.ok(isFailure(error, 'delivery-failed'), String(error));
    assert.match(String(error.facts['reason']), reason);
    assert.doesNotMatch(JSON.stringify(error.facts), /012345|zoe@/);
    return true;
  };

  it('carries text and HTML, subject, sender and reply address', async () => {
    const { port, mails } = await server();

    await mailTo(port).send(message({ subject: 'Dein Schlüssel', replyTo: 'help@example.com' }));

    const [mail] = mails;
    assert.deepEqual([mail!.from, mail!.to], ['no-reply@example.com', ['zoe@example.com']]);
    assert.deepEqual(mail!.headers['from'], ['Example <no-reply@example.com>']);
    assert.deepEqual(mail!.headers['to'], ['zoe@example.com']);
    assert.deepEqual(mail!.headers['reply-to'], ['help@example.com']);
    assert.deepEqual(mail!.headers['auto-submitted'], ['auto-generated']);
    assert.match(mail!.headers['subject']![0]!, /^=\?UTF-8\?Q\?Dein_Schl=C3=BCssel\?=$/);
    assert.deepEqual(mail!.parts, {
      'text/plain': 'Your code is 012345',
      'text/html': 'Your code is <b>012345</b>',
    });
  });

  it('goes by one connection after another message, not by a new one each', async () => {
    const started = await server();
    const mail = mailTo(started.port);

    for (let count = 0; count < 5; count += 1) await mail.send(message());

    assert.deepEqual([started.mails.length, started.connections()], [5, 1]);
  });

  describe('with TLS', () => {
    it('is encrypted from the first byte, and signs in', async () => {
      const { port, mails } = await server({ implicitTls: true, user: 'cognate', password: 'pass word' });

      await mailTo(port, { tls: 'implicit', user: 'cognate', password: 'pass word' }).send(message());

      assert.deepEqual([mails[0]!.isSecure, mails[0]!.user], [true, 'cognate']);
    });

    it('is encrypted by STARTTLS', async () => {
      const { port, mails } = await server({ offersTls: true });

      await mailTo(port, { tls: 'starttls' }).send(message());

      assert.equal(mails[0]!.isSecure, true);
    });

    it('is not sent where the server does not offer it', async () => {
      const { port, mails } = await server({ user: 'cognate', password: 'pass word' });

      await assert.rejects(
        mailTo(port, { tls: 'starttls', user: 'cognate', password: 'pass word' }).send(message()),
        isToldDiscreetly(/ETLS/),
      );

      assert.equal(mails.length, 0);
    });

    for (const tls of ['implicit', 'starttls'] as const)
      it(`is not sent to a server that nobody vouches for: ${tls}`, async () => {
        const { port, mails } = await server({ implicitTls: tls === 'implicit', offersTls: true });

        await assert.rejects(mailTo(port, { tls, ca: undefined }).send(message()), isToldDiscreetly(/E/));

        assert.equal(mails.length, 0);
      });
  });

  describe('that is not delivered', () => {
    it('says so of a server that is down', async () => {
      const port = await freePort();

      await assert.rejects(
        mailTo(port).send(message()),
        isToldDiscreetly(/ECONNREFUSED|ESOCKET|ECONNECTION/),
      );
    });

    it('says so of a recipient whom the server refuses, and goes on with the next', async () => {
      const { port, mails } = await server({ refuses: ['zoe@example.com'] });
      const mail = mailTo(port);

      await assert.rejects(mail.send(message()), isToldDiscreetly(/EENVELOPE 550/));
      await mail.send(message({ to: 'ada@example.com' }));

      assert.deepEqual(
        mails.map(({ to }) => to),
        [['ada@example.com']],
      );
    });

    it('says so of a wrong password', async () => {
      const { port } = await server({ user: 'cognate', password: 'right' });

      await assert.rejects(
        mailTo(port, { user: 'cognate', password: 'wrong' }).send(message()),
        isToldDiscreetly(/^EAUTH 535$/),
      );
    });

    it('is given up with a server that takes its time, and the next goes by another connection', async () => {
      const started = await server({ stalls: true });
      const mail = mailTo(started.port, { limitMs: 200 });

      await assert.rejects(mail.send(message()), isToldDiscreetly(/ABORT/));
      const second = mail.send(message({ to: 'ada@example.com' }));
      const watch = setInterval(() => started.release(), 5);
      await second;
      clearInterval(watch);

      assert.equal(started.connections(), 2);
    });

    it('is not taken behind a thousand others that wait', async () => {
      const { port } = await server({ stalls: true });
      const mail = mailTo(port, { limitMs: 500 });
      const waiting = Array.from({ length: 1000 }, () =>
        mail.send(message()).catch((error: unknown) => error),
      );

      await assert.rejects(mail.send(message()), isToldDiscreetly(/too many messages/));

      const reasons = (await Promise.all(waiting)).map((error) => isFailure(error) && error.facts['reason']);
      assert.ok(reasons.every((reason) => reason === 'EABORT'));
      // They wait no more, and the next has its turn.
      await assert.rejects(mail.send(message()), isToldDiscreetly(/ABORT/));
    });

    it('is given up with a server that says nothing at all', async () => {
      const sockets: Socket[] = [];
      const silent: Server = createServer((socket) => sockets.push(socket));
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      open.push({
        close() {
          sockets.forEach((socket) => socket.destroy());
          silent.close();
        },
      });

      await assert.rejects(
        mailTo((silent.address() as AddressInfo).port, { limitMs: 200 }).send(message()),
        isToldDiscreetly(/ABORT/),
      );
    });
  });

  describe('to what is no single plain address', () => {
    const injections: readonly string[] = [
      '',
      'zoe',
      '@example.com',
      'zoe@',
      'zoe@example.com\r\nBcc: eve@example.com',
      'zoe@example.com\nRCPT TO:<eve@example.com>',
      'zoe\r\n@example.com',
      '"zoe\r\nBcc: eve@example.com"@example.com',
      '"zoe@example.com> RCPT TO:<eve@example.com"@example.com',
      '"zoe"@example.com',
      'zoe@example.com, eve@example.com',
      'zoe@example.com;eve@example.com',
      'zoe@example.com eve@example.com',
      'zoe@example.com\u0000',
      'zoe@example.com\u2028Bcc: eve@example.com',
      'zoe\u200b@example.com',
      'zoe\u202e@example.com',
      'Zoe <zoe@example.com>',
      '<zoe@example.com>',
      'zoe(comment)@example.com',
      '@relay.example,@other.example:zoe@example.com',
      'zoe@eve.example@example.com',
      'zoe@[127.0.0.1]',
      'zoe@example..com',
      'zoe@-example.com',
      '.zoe@example.com',
      'zoe.@example.com',
      'zoe..zoe@example.com',
      'zoe\\@example.com',
      `${'z'.repeat(65)}@example.com`,
      `zoe@${'e.'.repeat(126)}com`,
    ];
    let started: MailServer;
    let mail: SmtpMail;
    beforeEach(async () => {
      started = await server();
      mail = mailTo(started.port);
    });

    it('does not leave, as recipient', async () => {
      for (const to of injections)
        await assert.rejects(mail.send(message({ to })), isToldDiscreetly(/plain/), to);

      assert.equal(started.connections(), 0);
    });

    it('does not leave, as reply address or sender', async () => {
      for (const each of injections) {
        await assert.rejects(mail.send(message({ replyTo: each })), isToldDiscreetly(/plain/), each);
        if (each.includes('<') && !each.includes('"')) continue;
        await assert.rejects(mail.send(message({ from: each })), isToldDiscreetly(/sender/), each);
      }

      assert.equal(started.connections(), 0);
    });

    it('does not leave, with a subject of two lines', async () => {
      for (const subject of ['a\r\nBcc: eve@example.com', 'a\nb', 'a\rb', 'a\u0000b', 'x'.repeat(1001)])
        await assert.rejects(mail.send(message({ subject })), isToldDiscreetly(/one line/));

      assert.equal(started.connections(), 0);
    });

    it('leaves to addresses that people have', async () => {
      const people = [
        'ada.lovelace+news@example.co.uk',
        "o'brien@example.com",
        'a_b-c@example.org',
        'a%b@example.com',
      ];

      for (const to of people) await mail.send(message({ to }));

      assert.deepEqual(
        started.mails.map(({ to }) => to[0]),
        people,
      );
    });

    it('ends no message early by a line of one dot', async () => {
      await mail.send(message({ text: 'a\r\n.\r\nRCPT TO:<eve@example.com>\n.\nb', html: undefined }));

      assert.equal(started.mails.length, 1);
      assert.deepEqual(started.mails[0]!.to, ['zoe@example.com']);
    });
  });

  describe('in the name of a pool', () => {
    it('comes from whom the pool names, of the own domain or one that is allowed', async () => {
      const { port, mails } = await server();
      const mail = mailTo(port, { domains: ['shop.example'] });

      await mail.send(message({ from: 'Ada & Söhne <hello@shop.example>' }));
      await mail.send(message({ from: '"Example, Inc." <accounts@EXAMPLE.com>' }));

      assert.deepEqual(
        mails.map(({ from }) => from),
        ['hello@shop.example', 'accounts@example.com'],
      );
      assert.deepEqual(mails[1]!.headers['from'], ['"Example, Inc." <accounts@example.com>']);
    });

    it('does not come from a domain that the installation does not own up to', async () => {
      const { port, mails } = await server();
      const mail = mailTo(port, { domains: ['shop.example'] });

      for (const from of [
        'ceo@bank.example',
        'x@notshop.example',
        'x@sub.shop.example',
        'a <ceo@bank.example>',
      ])
        await assert.rejects(mail.send(message({ from })), isToldDiscreetly(/not allowed/));

      assert.equal(mails.length, 0);
    });
  });
});
