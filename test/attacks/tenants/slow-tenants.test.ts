/**
 * One pool's slow deliveries and functions: they delay that pool alone.
 *
 * A real mail server and a real receiver of webhooks hold back what one pool sends. While they do, another
 * pool's calls are answered. No time is measured: what is held back stays so until the other pool was served.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateUserPoolRequest } from '@aws-sdk/client-cognito-identity-provider';
import { smtpMail, type SmtpMail } from '../../../src/messages/smtp.ts';
import { startMailServer, type MailServer } from '../../support/servers/mail-server.ts';
import { makePool, signUp, type MadePool } from '../../support/pool.ts';
import {
  functionArn,
  startServer,
  type ServerOptions,
  type TestServer,
} from '../../support/servers/server.ts';
import { SECRET } from '../../support/triggers.ts';

/** More than the mail server has connections, and than one host has had. */
const MANY = 60;

let server: TestServer;
const start = async (options: ServerOptions): Promise<void> => {
  server = await startServer(options);
};
const poolWith = (more: Partial<CreateUserPoolRequest> = {}): Promise<MadePool> => makePool(server, more);

async function until(title: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    assert.ok(tries < 1000, title);
    await sleep(10);
  }
}
const names = Array.from({ length: MANY }, (_, at) => `user-${at}`);

describe('messages of one pool that the mail server is slow to take', () => {
  let mailServer: MailServer;
  let mail: SmtpMail;
  before(async () => {
    mailServer = await startMailServer({ stalls: '@slow.example' });
    mail = smtpMail({
      host: '127.0.0.1',
      port: mailServer.port,
      tls: 'none',
      from: 'shop@example.com',
      domains: [],
    });
    await start({
      deliver: (message) => mail.send(message),
      messageLimits: { emailsPerAddress: 10_000 },
    });
  });
  after(async () => {
    mailServer.release();
    await server.close();
    mail.close();
    await mailServer.close();
  });

  it('do not delay those of another', async () => {
    const [slow, quick] = [await poolWith(), await poolWith()];
    const held = names.map((name) => signUp(slow, name, { email: `${name}@slow.example` }));
    void Promise.allSettled(held);
    await until('nothing is held back', () => mailServer.waiting() >= 5);
    await signUp(quick, 'ada', { email: 'ada@quick.example' });

    assert.deepEqual(
      mailServer.mails.map(({ to }) => to),
      [['ada@quick.example']],
    );
    assert.ok(mailServer.waiting() < 20, `${mailServer.waiting()} connections are taken`);
  });
});

describe('functions of one pool that are slow to answer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cognate-'));
  const held: ServerResponse[] = [];
  const receiver = createServer((request, response) => {
    if (request.url === '/slow') held.push(response);
    else
      void (async () => {
        let body = '';
        for await (const chunk of request) body += String(chunk);
        response.end(body);
      })();
  });
  before(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    const functions = Object.fromEntries(
      ['slow', 'quick'].map((name) => [name, { webhook: `${url}/${name}`, secret: SECRET }]),
    );
    writeFileSync(join(folder, 'own.yaml'), JSON.stringify({ triggers: { functions } }));
    await start({ environment: { COGNATE_CONFIG: join(folder, 'own.yaml') } });
  });
  after(async () => {
    await server.close();
    receiver.closeAllConnections();
    receiver.close();
    rmSync(folder, { recursive: true });
  });

  it('do not delay those of another, also where both stand at one host', async () => {
    const preSignUp = (name: string) => ({ LambdaConfig: { PreSignUp: functionArn(name) } });
    const [slow, quick] = [await poolWith(preSignUp('slow')), await poolWith(preSignUp('quick'))];
    const calls = names.map((Username) =>
      slow.idp.adminCreateUser({
        UserPoolId: slow.UserPoolId,
        Username,
        MessageAction: 'SUPPRESS',
      }),
    );
    void Promise.allSettled(calls);
    await until('nothing is held back', () => held.length >= 50);
    const { User } = await quick.idp.adminCreateUser({
      UserPoolId: quick.UserPoolId,
      Username: 'ada',
      MessageAction: 'SUPPRESS',
    });

    assert.equal(User?.Username, 'ada');
    assert.ok(
      held.every(({ destroyed }) => !destroyed),
      'it was answered only once calls of the slow pool were given up',
    );
  });
});
