/**
 * Names that mean harm, in letters: they are words in one, and whole in its link.
 */
import assert from 'node:assert/strict';
import { corpusJson, withCorpus } from '../support/corpora.ts';
import { CODE, USER, write } from '../support/letters.ts';

withCorpus(
  'names that mean harm, in letters',
  () => corpusJson<readonly string[]>('blns/blns.json'),
  (names) => {
    const template = '<p title="x">{username}</p>{####}';
    const [before = '', after = ''] = template.replace('{####}', CODE).split('{username}');

    it('are all here', () => assert.equal(names.length, 515));

    it('are words and nothing else, and end no line', async () => {
      for (const username of names) {
        const { message } = await write(
          { occasion: 'invitation', user: { ...USER, username } },
          { messages: { inviteEmail: template } },
        );

        const { html = '', text } = message;
        assert.ok(html.startsWith(before) && html.endsWith(after), username);
        const filled = html.slice(before.length, html.length - after.length);
        assert.doesNotMatch(filled, /[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/, username);
        assert.doesNotMatch(filled + text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u, username);
        assert.equal(message.subject, 'Your temporary password');
      }
    });

    it('are carried whole by a link', async () => {
      for (const username of names) {
        const { message } = await write(
          { user: { ...USER, username } },
          { messages: { confirmsByLink: true } },
        );

        const [, href = ''] = /href="([^"<>\s]+)"/.exec(message.html!) ?? [];
        const query = new URL(href.replaceAll('&amp;', '&')).searchParams;
        assert.deepEqual([...query.keys()], ['client_id', 'user_name', 'confirmation_code']);
        assert.equal(query.get('user_name'), username.toWellFormed());
      }
    });
  },
);
