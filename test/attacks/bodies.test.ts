/** Hostile bodies: whatever is sent, the answer is the protocol's own, and a text that is taken comes back unchanged or made safe. */
import assert from 'node:assert/strict';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { STS } from '@aws-sdk/client-sts';
import { corpus, corpusJson, corpusNames, withCorpus } from '../support/corpora.ts';
import { assertJson, useTiny } from '../support/matrices/tiny-calls.ts';

const FOLDER = 'JSONTestSuite/test_parsing';
const ROLE = { RoleArn: 'arn:aws:iam::123456789012:role/app' };
/** What XML 1.0 cannot hold, and what the reader makes of the replacement. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

describe('hostile bodies', () => {
  const door = useTiny();

  withCorpus(
    'JSONTestSuite sent as bodies',
    () => corpusNames(FOLDER),
    (names) => {
      for (const name of names.filter((each) => each.startsWith('n_'))) {
        it(`${name} is a SerializationException`, async () => {
          const answer = await door.tiny.send({
            headers: {
              'content-type': 'application/x-amz-json-1.1',
              'x-amz-target': 'AWSCognitoIdentityProviderService.SignUp',
            },
            body: corpus(`${FOLDER}/${name}`)!,
          });

          assertJson(answer, 400, 'SerializationException');
        });
      }
    },
  );

  withCorpus(
    'naughty strings',
    () => corpusJson<readonly string[]>('blns/blns.json'),
    (strings) => {
      it('come back from the JSON protocol as they were', async () => {
        const client = new CognitoIdentityProvider(door.tiny.client());
        for (const text of strings.filter((each) => each !== '')) {
          const { UserSub } = await client.signUp({ ClientId: 'c', Username: text, Password: 'secret' });
          assert.equal(UserSub, text);
        }
      });
      it('come back from the query protocol as they were, but for what XML cannot hold', async () => {
        const client = new STS(door.tiny.client());
        for (const text of strings.filter((each) => Array.from(each).length > 1)) {
          const { SourceIdentity } = await client.assumeRole({ ...ROLE, RoleSessionName: text });
          assert.equal(SourceIdentity, text.replaceAll(FORBIDDEN, '\ufffd'));
        }
      });
      it('as names of members and operations are refused or ignored', async () => {
        for (const text of strings) {
          const named = await door.calls.json(
            'SignUp',
            JSON.stringify({ ClientId: 'c', Username: 'u', Password: 'secret', [`x${text}`]: 1 }),
          );
          assert.equal(named.status, 200, named.text);
          const form = await door.calls.bareForm(
            `Action=${encodeURIComponent(text.toWellFormed())}&Version=2011-06-15`,
          );
          assert.ok(form.status === 400, form.text);
        }
      });
    },
  );

  describe('bodies made to confuse', () => {
    for (const [title, body] of [
      ['a member named twice', '{"ClientId":"c","Username":"a","Username":"b","Password":"secret"}'],
      ['__proto__', '{"ClientId":"c","Username":"a","Password":"secret","__proto__":{"caller":"iam"}}'],
      ['33 levels', `{"ClientId":${'['.repeat(32)}${']'.repeat(32)}}`],
      ['100,000 levels', '['.repeat(100_000)],
      ['a byte order mark', '\ufeff{}'],
      ['UTF-16', Buffer.from('{"a":1}', 'utf16le').toString('latin1')],
      ['half a surrogate pair', String.raw`{"ClientId":"c","Username":"\ud800","Password":"secret"}`],
      ['nothing', ''],
    ] as const) {
      it(`are a SerializationException: ${title}`, async () => {
        assertJson(await door.calls.json('SignUp', body), 400, 'SerializationException');
      });
    }
    it('cannot give an object another prototype', async () => {
      await door.calls.json('SignUp', '{"constructor":{"prototype":{"polluted":1}},"ClientId":"c"}');

      assert.equal('polluted' in {}, false);
    });
  });
});
