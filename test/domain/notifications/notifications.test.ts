/**
 * Letters: which words go out on which occasion, and what is filled into them.
 */
import assert from 'node:assert/strict';
import type { LetterOccasion } from '../../../src/domain/notifications/notifications.ts';
import type { PoolMessages } from '../../../src/domain/pools/pools.ts';
import { sms, USER, write } from '../../support/letters.ts';

describe('letters', () => {
  describe('in Cognito’s words', () => {
    const usual: readonly (readonly [readonly LetterOccasion[], string, string])[] = [
      [['sign-up', 'resent-code', 'forgot-password', 'changed-attribute', 'verify-attribute'], 'Your confirmation code is 012345', 'Your verification code'],
      [['invitation'], 'Your username is zoe and temporary password is 012345.', 'Your temporary password'],
      [['authentication'], 'Your authentication code is 012345', 'Your authentication code'],
    ]; // prettier-ignore
    for (const [occasions, text, subject] of usual)
      for (const occasion of occasions)
        it(`are sent on the occasion of ${occasion}`, async () => {
          const { message } = await write({ occasion });
          const { message: short } = await write({ occasion, ...sms });

          assert.deepEqual(
            [message.subject, message.text, message.html, message.kind],
            [subject, text, text, occasion],
          );
          assert.deepEqual([short.text, short.subject, short.html], [text, undefined, undefined]);
        });
  });

  describe('in the pool’s own words', () => {
    const messages: PoolMessages = {
      verificationEmail: '<p>Hello,</p><p>your code: <b>{####}</b></p>',
      verificationSubject: 'Welcome',
      verificationSms: 'code {####}',
      inviteEmail: 'Sign in as <i>{username}</i> with {####}',
      inviteSubject: 'Come in',
      inviteSms: '{username} {####}',
      mfaEmail: 'second: {####}',
      mfaSubject: 'Is it you?',
      mfaSms: 'mfa {####}',
      from: 'Shop <hello@shop.example>',
      replyTo: 'help@shop.example',
    };

    it('say them by e-mail, as HTML and as plain text', async () => {
      const { message } = await write({}, { messages });

      assert.equal(message.html, '<p>Hello,</p><p>your code: <b>012345</b></p>');
      assert.equal(message.text, 'Hello,\n\nyour code: 012345');
      assert.deepEqual(
        [message.subject, message.from, message.replyTo],
        ['Welcome', 'Shop <hello@shop.example>', 'help@shop.example'],
      );
    });

    it('say them as text messages', async () => {
      const texts = await Promise.all(
        (['resent-code', 'invitation', 'authentication'] as const).map(
          async (occasion) => (await write({ occasion, ...sms }, { messages })).message.text,
        ),
      );

      assert.deepEqual(texts, ['code 012345', 'zoe 012345', 'mfa 012345']);
    });

    it('say those of invitations and of sign-ins', async () => {
      const { message: invitation } = await write({ occasion: 'invitation' }, { messages });
      const { message: mfa } = await write({ occasion: 'authentication' }, { messages });

      assert.deepEqual(
        [invitation.subject, invitation.html],
        ['Come in', 'Sign in as <i>zoe</i> with 012345'],
      );
      assert.deepEqual([mfa.subject, mfa.html], ['Is it you?', 'second: 012345']);
    });

    it('fall back where the code has no place', async () => {
      const { message } = await write(
        { occasion: 'invitation' },
        { messages: { inviteEmail: 'Welcome, {username}!', inviteSubject: 'Come in' } },
      );

      assert.equal(message.text, 'Your username is zoe and temporary password is 012345.');
    });

    it('tell the name in invitations alone', async () => {
      const { message } = await write({}, { messages: { verificationEmail: 'Dear {username}: {####}' } });

      assert.equal(message.html, 'Dear {username}: 012345');
    });

    it('call people what they sign in with', async () => {
      const byAddress = { pool: { usernameAttributes: ['email', 'phone_number'] as const } };
      const user = { ...USER, username: USER.sub };

      const { message: letter } = await write({ occasion: 'invitation', user }, byAddress);
      const { message: short } = await write({ occasion: 'invitation', user, ...sms }, byAddress);

      assert.match(letter.text, /^Your username is zoe@example\.com and/);
      assert.match(short.text, /^Your username is \+15550100 and/);
    });

    it('have a subject of one line', async () => {
      const { message } = await write(
        {},
        { messages: { verificationSubject: ' Your\r\nBcc: \u2028code\u0000 ' } },
      );

      assert.equal(message.subject, 'Your Bcc: code');
    });
  });

  it('are plain text for who reads no HTML', async () => {
    const verificationEmail =
      '<!doctype html><html><head><title>no</title><style>p { color: red }</style></head><body><!-- [if mso]> <b>no</b> --><h1>Hi &amp; welcome</h1><ul><li>1 &lt; 2</li><li>a < b &#233;&#xe9; &copy; &#0;</li></ul>\n\n\n<div>Code:<br/>{####}</div><script>alert(1)</script></body>';

    const { message } = await write({}, { messages: { verificationEmail } });

    assert.equal(message.text, 'Hi & welcome\n\n1 < 2\n\na < b éé &copy; &#0;\n\nCode:\n012345');
  });

  it('leave out for him what nobody reads, in whatever letters its end is written', async () => {
    const verificationEmail = '<STYLE>p { color: red }</style><p>Code: {####}</p><Script>no</SCRIPT>';

    const { message } = await write({}, { messages: { verificationEmail } });

    assert.equal(message.text, 'Code: 012345');
  });

  it('fill a blank with nothing that is read again', async () => {
    const code = '{username}$&{##x##}';

    const { message } = await write({ occasion: 'invitation', code, user: { ...USER, username: '{####}' } });

    assert.equal(message.text, `Your username is {####} and temporary password is ${code}.`);
  });

  it('leave what is no blank as it is', async () => {
    const verificationEmail = '{##} {# {####} {user} {##a {b##} {##c';

    const { message } = await write({}, { messages: { verificationEmail, confirmsByLink: true } });
    const { message: linked } = await write(
      {},
      { messages: { verificationEmailByLink: `${verificationEmail} {##d##}`, confirmsByLink: true } },
    );

    assert.match(message.text, /^Please click/);
    assert.ok(linked.html!.startsWith('{##} {# 012345 {user} {##a {b##} {##c <a href='), linked.html);
  });

  it('are made in no time of a template that means harm', async () => {
    for (const piece of ['{##', '<', '&', '{', '{##a', '<a', '<!--', '&#'])
      await write({}, { messages: { verificationEmail: piece.repeat(20_000 / piece.length) + '{####}' } });
  });

  describe('with a link', () => {
    const messages: PoolMessages = { confirmsByLink: true };
    const url =
      'https://id.example.com/us-east-1_a1b2c3d4e/confirmUser?client_id=client&user_name=zoe&confirmation_code=012345';

    it('lead to the page that confirms', async () => {
      for (const occasion of ['sign-up', 'resent-code'] as const) {
        const { message } = await write({ occasion }, { messages });

        assert.equal(message.subject, 'Your verification link');
        assert.equal(
          message.html,
          `Please click the link below to verify your email address. <a href="${url.replaceAll('&', '&amp;')}">Verify Email</a>`,
        );
        assert.equal(
          message.text,
          `Please click the link below to verify your email address. Verify Email: ${url}`,
        );
      }
    });

    it('say the pool’s own words', async () => {
      const own = {
        ...messages, verificationEmailByLink: '<p>{##Click <b>here</b>##} or type {####}</p>', verificationSubjectByLink: 'Click',
      }; // prettier-ignore

      const { message } = await write({}, { messages: own });

      assert.equal(message.subject, 'Click');
      assert.equal(
        message.html,
        `<p><a href="${url.replaceAll('&', '&amp;')}">Click <b>here</b></a> or type 012345</p>`,
      );
    });

    it('carry any name safely', async () => {
      const user = { ...USER, username: 'a&b="\'<é?#/+%' };

      const { message } = await write({ user }, { messages });

      const [, link = ''] = /Verify Email: (\S+)$/.exec(message.text) ?? [];
      assert.equal(new URL(link).searchParams.get('user_name'), user.username);
      assert.ok(!message.html!.includes('"\''));
    });

    it('are for accounts to be confirmed, by e-mail, through a client', async () => {
      for (const letter of [
        { occasion: 'forgot-password' },
        { occasion: 'verify-attribute' },
        { occasion: 'changed-attribute' },
        { occasion: 'authentication' },
        sms,
        { clientId: undefined },
      ] as const) {
        const { message } = await write(letter, { messages });

        assert.match(
          message.text,
          /^Your (confirmation|authentication) code is 012345$/,
          JSON.stringify(letter),
        );
      }
    });
  });
});
