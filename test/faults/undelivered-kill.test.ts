/**
 * The process is killed while a message is on its way to the mail server: nobody is there by half.
 */
import assert from 'node:assert/strict';
import { setTimeout as elapsed } from 'node:timers/promises';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { systemClock } from '../../src/base/clock.ts';
import { startMailServer, type MailServer } from '../support/servers/mail-server.ts';
import { makePool, PASSWORD } from '../support/pool.ts';
import { startProcess, type CognateProcess } from '../support/servers/process.ts';
import { clientsOf } from '../support/servers/server.ts';

const clientOf = (url: string) => clientsOf(url, systemClock);

describe('a process that is killed while it sends', function () {
  this.timeout(60_000);
  let mailServer: MailServer;
  const running: CognateProcess[] = [];
  before(async () => (mailServer = await startMailServer({ stalls: true })));
  after(async () => {
    for (const each of running) await each.kill();
    running[0]?.remove();
    await mailServer.close();
  });
  async function start(folder?: string): Promise<CognateProcess> {
    const environment = {
      COGNATE_SMTP_HOST: '127.0.0.1',
      COGNATE_SMTP_PORT: String(mailServer.port),
      COGNATE_SMTP_FROM: 'no-reply@example.com',
    };
    const started = await startProcess(environment, { folder });
    running.push(started);
    return started;
  }

  it('leaves nobody whom its message did not reach, and every name free', async () => {
    const first = await start();
    const { idp, UserPoolId, ClientId } = await makePool(clientOf(first.url));
    const UserAttributes = [{ Name: 'email', Value: 'ada@example.com' }];
    const calls = [
      idp.signUp({ ClientId, Username: 'ada', Password: PASSWORD, UserAttributes }),
      idp.adminCreateUser({ UserPoolId, Username: 'ben', UserAttributes, DesiredDeliveryMediums: ['EMAIL'] }),
    ].map((call) => call.catch((error: Error) => error));
    // Both messages are with the mail server, which has taken neither.
    for (let waits = 0; mailServer.waiting() < calls.length && waits < 3000; waits += 1) await elapsed(10);

    await first.kill();

    assert.ok((await Promise.all(calls)).every((answer) => answer instanceof Error));
    const second = await start(first.folder);
    const again = new CognitoIdentityProvider(clientOf(second.url).client);
    const { Users } = await again.listUsers({ UserPoolId });
    assert.deepEqual(Users, []);
    const retried = again.signUp({ ClientId, Username: 'ada', Password: PASSWORD, UserAttributes });
    const watch = setInterval(() => mailServer.release(), 10);
    assert.ok((await retried).UserSub);
    clearInterval(watch);
  });
});
