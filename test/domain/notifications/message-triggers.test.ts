/**
 * The functions of a pool that write its letters, or send them.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../../src/base/failure.ts';
import type { Letter, LetterOccasion } from '../../../src/domain/notifications/notifications.ts';
import { CODE, OCCASIONS, sms, USER, write, type World } from '../../support/letters.ts';

describe('letters', () => {
  describe('written by the pool’s function', () => {
    const answering = (response: Record<string, unknown>): World => ({
      functions: { CustomMessage: () => response },
    });

    for (const [occasion, name] of Object.entries(OCCASIONS) as [LetterOccasion, string][])
      it(`ask it about ${occasion}, and do not tell it the code`, async () => {
        const { asked } = await write({ occasion }, answering({}));

        assert.deepEqual(asked, [
          {
            trigger: 'CustomMessage',
            event: {
              version: '1',
              triggerSource: `CustomMessage_${name}`,
              region: 'us-east-1',
              userPoolId: 'us-east-1_a1b2c3d4e',
              userName: 'zoe',
              callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: 'client' },
              request: {
                codeParameter: '{####}',
                linkParameter: '{##Click Here##}',
                usernameParameter: occasion === 'invitation' ? '{username}' : null,
                userAttributes: { ...USER.attributes, sub: USER.sub, 'cognito:user_status': 'UNCONFIRMED' },
                clientMetadata: { from: 'the test' },
              },
              response: { smsMessage: null, emailMessage: null, emailSubject: null },
            },
          },
        ]);
      });

    it('say what it answers', async () => {
      const world = answering({
        emailMessage: '<b>{####}</b>',
        emailSubject: 'Psst',
        smsMessage: 'sh {####}',
      });

      const { message } = await write({}, world);
      const { message: short } = await write(sms, world);

      assert.deepEqual([message.html, message.subject, short.text], ['<b>012345</b>', 'Psst', 'sh 012345']);
    });

    it('keep the pool’s words where it says nothing', async () => {
      const world = {
        ...answering({ emailSubject: null, emailMessage: '{####}!' }),
        messages: { verificationSubject: 'Welcome' },
      };

      const { message } = await write({}, world);

      assert.deepEqual([message.html, message.subject], ['012345!', 'Welcome']);
    });

    it('may hold the link in place of the code where the pool confirms by link', async () => {
      const world = { ...answering({ emailMessage: 'Go {##there##}' }), messages: { confirmsByLink: true } };

      const { message } = await write({}, world);

      assert.match(message.text, /^Go there: https:\/\/id\.example\.com\//);
    });

    const malformed: readonly (readonly [string, Partial<Letter>, Record<string, unknown>])[] = [
      ['an e-mail without the code', {}, { emailMessage: 'Hello' }],
      ['a text message without the code', sms, { smsMessage: 'Hello' }],
      ['a link where the pool confirms by code', {}, { emailMessage: 'Go {##there##}' }],
      ['an invitation without the name', { occasion: 'invitation' }, { emailMessage: '{####}' }],
      ['an invitation without the password', { occasion: 'invitation' }, { emailMessage: '{username}' }],
      ['a number', {}, { emailMessage: 7 }],
      ['a subject that is a list', {}, { emailSubject: ['a'] }],
      ['an e-mail that is too long', {}, { emailMessage: `{####}${'x'.repeat(20_000)}` }],
      ['a text message that is too long', sms, { smsMessage: `{####}${'x'.repeat(140)}` }],
      ['a subject that is too long', {}, { emailSubject: 'x'.repeat(141) }],
    ];
    for (const [what, letter, response] of malformed)
      it(`are not sent when it answers ${what}`, async () => {
        await assert.rejects(write(letter, answering(response)), (error) =>
          isFailure(error, 'trigger-answer-malformed'),
        );
      });
  });

  describe('sent by the pool’s function', () => {
    const sending = (trigger: 'CustomEmailSender' | 'CustomSMSSender'): World => ({
      functions: {
        [trigger]: () => ({}),
        CustomMessage: () => assert.fail('nobody writes what another sends'),
      },
    });

    for (const [occasion, name] of Object.entries(OCCASIONS) as [LetterOccasion, string][])
      it(`leave by it alone, with the code in clear: ${occasion}`, async () => {
        const { asked, sent } = await write({ occasion }, sending('CustomEmailSender'));
        const { asked: short, sent: none } = await write({ occasion, ...sms }, sending('CustomSMSSender'));

        assert.deepEqual([sent, none], [[], []]);
        assert.deepEqual(
          [...asked, ...short].map(({ event }) => [event.version, event.triggerSource]),
          [
            ['1', `CustomEmailSender_${name}`],
            ['1', `CustomSMSSender_${name}`],
          ],
        );
        const request = {
          code: CODE,
          userAttributes: { ...USER.attributes, sub: USER.sub, 'cognito:user_status': 'UNCONFIRMED' },
          clientMetadata: { from: 'the test' },
        };
        assert.deepEqual(asked[0]!.event.request, { type: 'customEmailSenderRequestV1', ...request });
        assert.deepEqual(short[0]!.event.request, { type: 'customSMSSenderRequestV1', ...request });
      });

    it('leave by the installation on the other channel', async () => {
      const { functions } = sending('CustomSMSSender');

      const { sent } = await write({}, { functions: { CustomSMSSender: functions!.CustomSMSSender } });

      assert.equal(sent.length, 1);
    });

    it('are not sent when it fails', async () => {
      const failing: World = {
        functions: {
          CustomEmailSender() {
            throw new Error('out of stamps');
          },
        },
      };

      await assert.rejects(write({}, failing), /out of stamps/);
    });
  });
});
