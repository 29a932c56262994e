/**
 * Text messages: what a real receiver gets, and what is said when it does not take it.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isFailure } from '../../src/base/failure.ts';
import { createFetch } from '../../src/base/fetch.ts';
import type { Message } from '../../src/domain/ports/messages.ts';
import { webhookSms } from '../../src/messages/sms.ts';
import { stillClock } from '../contracts/still-clock.ts';
import { freePort } from '../support/servers/server.ts';

const KEY = Buffer.alloc(32, 7);
const AT = '2026-03-01T12:00:00.000Z';
const message = (over: Partial<Message> = {}): Message => ({
  channel: 'sms', to: '+15550100', kind: 'authentication', poolId: 'us-east-1_a', username: 'zoe', code: '012345', text: 'Your code is 012345', ...over,
}); // prettier-ignore

describe('text messages by webhook', () => {
  let receiver: Server;
  let url: string;
  let calls: { method?: string; path?: string; headers: IncomingHttpHeaders; body: string }[];
  /** The status of each answer in turn; 200 afterwards. */
  let statuses: number[];

  before(async () => {
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url: path, headers } = request;
        calls.push({ method, path, headers, body: Buffer.concat(chunks).toString('utf8') });
        response.writeHead(statuses.shift() ?? 200, { location: '/elsewhere' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/sms`;
  });
  beforeEach(() => {
    calls = [];
    statuses = [];
  });
  after(() => {
    receiver.closeAllConnections();
    receiver.close();
  });

  const gateway = ({ to = url, allow = ['127.0.0.0/8'] } = {}) =>
    webhookSms({
      url: to,
      key: KEY,
      fetch: createFetch({ addressesOf: 'operator', allow }),
      clock: stillClock(AT),
    });
  const isToldDiscreetly = (reason: RegExp) => (error: unknown) => {
    assert.ok(isFailure(error, 'delivery-failed'), String(error));
    assert.match(String(error.facts['reason']), reason);
    assert.doesNotMatch(JSON.stringify(error.facts), /012345|555/);
    return true;
  };

  it('are a signed call that says what to send to whom', async () => {
    await gateway().send(message());

    const [{ method, path, headers, body }] = calls as [(typeof calls)[number]];
    assert.deepEqual([method, path, headers['content-type']], ['POST', '/sms', 'application/json']);
    assert.deepEqual(JSON.parse(body), {
      type: 'message.sms',
      timestamp: AT,
      data: {
        to: '+15550100',
        text: 'Your code is 012345',
        occasion: 'authentication',
        poolId: 'us-east-1_a',
      },
    });
    const signed = [headers['webhook-id'], headers['webhook-timestamp'], body].join('.');
    assert.equal(headers['webhook-timestamp'], String(Date.parse(AT) / 1000));
    assert.equal(
      headers['webhook-signature'],
      `v1,${createHmac('sha256', KEY).update(signed).digest('base64')}`,
    );
  });

  it('are tried once more, as the same call, where the fault may pass', async () => {
    for (const status of [500, 503, 429]) {
      calls = [];
      statuses = [status];
      await gateway().send(message());

      const ids = calls.map(({ headers }) => headers['webhook-id']);
      assert.deepEqual([ids.length, new Set(ids).size], [2, 1]);
    }
  });

  it('have an id each', async () => {
    await gateway().send(message());
    await gateway().send(message());

    assert.equal(new Set(calls.map(({ headers }) => headers['webhook-id'])).size, 2);
  });

  it('fail with a receiver that fails twice', async () => {
    statuses = [503, 503];

    await assert.rejects(gateway().send(message()), isToldDiscreetly(/answered 503/));

    assert.equal(calls.length, 2);
  });

  for (const status of [400, 401, 404, 301, 307])
    it(`fail at once with one that answers ${status}`, async () => {
      statuses = [status];

      await assert.rejects(gateway().send(message()), isToldDiscreetly(/answered \d{3}/));

      assert.deepEqual(
        calls.map(({ path }) => path),
        ['/sms'],
      );
    });

  it('fail where nobody listens', async () => {
    const to = `http://127.0.0.1:${await freePort()}/sms`;

    await assert.rejects(gateway({ to }).send(message()), isToldDiscreetly(/fetch-failed/));
  });

  it('do not go to a private address that is not allowed', async () => {
    await assert.rejects(gateway({ allow: [] }).send(message()), isToldDiscreetly(/fetch-refused/));

    assert.equal(calls.length, 0);
  });

  it('go to one phone number and to nothing else', async () => {
    for (const to of [
      '',
      '15550100',
      '+1555,+1666',
      '+1555 0100',
      '+1555\n',
      '+1',
      `+${'1'.repeat(16)}`,
      'zoe@example.com',
    ])
      await assert.rejects(gateway().send(message({ to })), isToldDiscreetly(/phone number/), to);

    assert.equal(calls.length, 0);
  });
});
