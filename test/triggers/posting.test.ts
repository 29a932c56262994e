/**
 * Functions that are asked over HTTP: how our calls are signed, and where they do not go.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { isFailure } from '../../src/base/failure.ts';
import { signedHeaders, webhookKey } from '../../src/base/standard-webhook.ts';
import { eventOf } from '../contracts/triggers.contract.ts';
import {
  ARN,
  clock,
  invokeEndpoint,
  opener,
  SECRET,
  startReceiver,
  webhookReceiver,
} from '../support/triggers.ts';

describe('a webhook’s signature', () => {
  it('is the one of the specification', () => {
    // The example of standardwebhooks.com's libraries.
    const key = webhookKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')!;
    const at = new Date(1_614_265_330_000);

    const headers = signedHeaders(key, {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      at,
      body: '{"test": 2432232314}',
    });

    assert.deepEqual(headers, {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('covers what is sent, and the moment, at each try', async () => {
    const receiver = await webhookReceiver();
    const triggers = await opener({ webhook: receiver.url }).open(4000);

    await triggers.invoke({ trigger: 'PreSignUp', arn: ARN }, eventOf({ does: 'recovers', after: 2 }));
    await receiver.close();

    assert.equal(receiver.seen.length, 3);
    for (const { headers, body } of receiver.seen) {
      const [id, timestamp] = [String(headers['webhook-id']), String(headers['webhook-timestamp'])];
      const mac = createHmac('sha256', Buffer.alloc(32, 7)).update(`${id}.${timestamp}.${body}`);
      assert.equal(headers['webhook-signature'], `v1,${mac.digest('base64')}`);
      assert.equal(Number(timestamp), Math.floor(clock.now().getTime() / 1000));
    }
  });

  for (const secret of ['whsec_', 'whsec_c2hvcnQ=', SECRET.slice(6), `whsec_${'A'.repeat(88)}`, `${SECRET} `])
    it(`is not made with ${JSON.stringify(secret)}`, () => assert.equal(webhookKey(secret), undefined));
});

describe('posting to a function', () => {
  const BRIDGES = [
    ['a webhook', webhookReceiver, (url: string) => ({ webhook: url })],
    ['an invoke endpoint', invokeEndpoint, (url: string) => ({ lambda: url })],
  ] as const;

  for (const [name, start, configured] of BRIDGES) {
    it(`goes to no private address of ${name} that is not allowed`, async () => {
      const receiver = await start();
      const { open, reports } = opener(configured(receiver.url), { allow: [] });

      const asked = (await open(4000)).invoke(
        { trigger: 'PreSignUp', arn: ARN },
        eventOf({ does: 'answers' }),
      );

      await assert.rejects(asked, (error) => isFailure(error, 'trigger-failed'));
      await receiver.close();
      assert.equal(receiver.connections(), 0);
      assert.equal(reports.length, 1);
    });

    it(`tells of ${name} that is not there, after three tries`, async () => {
      const { open, reports } = opener(configured('http://127.0.0.1:1'));

      const asked = (await open(4000)).invoke(
        { trigger: 'PreSignUp', arn: ARN },
        eventOf({ does: 'answers' }),
      );

      await assert.rejects(asked, (error) => isFailure(error, 'trigger-failed'));
      assert.equal(reports[0]?.reason, 'nothing listens there');
    });

    for (const [status, what] of [
      [307, 'sends it on'],
      [404, 'does not know it'],
      [401, 'does not believe us'],
    ] as const)
      it(`gives up at once when ${name} ${what}, and follows nowhere`, async () => {
        const receiver = await startReceiver((_, __, response) =>
          response.writeHead(status, { location: '/elsewhere' }).end('no'),
        );
        const { open } = opener(configured(receiver.url));

        const asked = (await open(4000)).invoke(
          { trigger: 'PreSignUp', arn: ARN },
          eventOf({ does: 'answers' }),
        );

        await assert.rejects(asked, (error) => isFailure(error, 'trigger-failed'));
        await receiver.close();
        assert.equal(receiver.seen.length, 1);
      });
  }

  it('takes JSON that names a member twice for no answer', async () => {
    for (const [, start, configured] of BRIDGES) {
      const receiver = await start();
      const { open } = opener(configured(receiver.url));
      const text = '{"response":{"autoConfirmUser":false,"autoConfirmUser":true}}';

      const asked = (await open(4000)).invoke(
        { trigger: 'PreSignUp', arn: ARN },
        eventOf({ does: 'says', text }),
      );

      await assert.rejects(asked, (error) => isFailure(error, 'trigger-answer-malformed'));
      await receiver.close();
    }
  });

  it('calls a function by its name, with its version or alias, or as it is configured', async () => {
    const receiver = await invokeEndpoint();
    const plain = await opener({ lambda: receiver.url }).open(4000);
    const emulator = await opener({ lambda: receiver.url, function: 'function' }).open(4000);

    await plain.invoke({ trigger: 'PreSignUp', arn: `${ARN}:live` }, eventOf({ does: 'answers' }));
    await emulator.invoke({ trigger: 'PreSignUp', arn: ARN }, eventOf({ does: 'answers' }));
    await receiver.close();

    assert.deepEqual(
      receiver.seen.map(({ path }) => path),
      [
        '/2015-03-31/functions/pre-sign-up/invocations?Qualifier=live',
        '/2015-03-31/functions/function/invocations',
      ],
    );
  });

  it('hears an error that an emulator tells without saying in the head that it is one', async () => {
    const receiver = await invokeEndpoint();
    const { open } = opener({ lambda: receiver.url });
    const text = '{"errorType":"Error","errorMessage":"Not you."}';

    const asked = (await open(4000)).invoke(
      { trigger: 'PreSignUp', arn: ARN },
      eventOf({ does: 'says', text }),
    );

    await assert.rejects(asked, (error) => isFailure(error, 'trigger-refused'));
    await receiver.close();
  });
});
