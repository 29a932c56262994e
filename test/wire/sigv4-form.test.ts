/** Signatures that are right over what they say, and wrong in form: the arithmetic alone would accept them. */
import { accepts, refuses, resigned, sign, withHeader } from './sigv4-kit.ts';

const ALL = ['host', 'x-amz-content-sha256', 'x-amz-date'];

describe('a right signature', () => {
  it('is accepted when nothing else is wrong', async () => accepts(resigned(await sign(), {})));

  it('over a scope of another day is refused', async () => {
    await refuses(resigned(await sign(), { day: '20260101' }), 'signature-mismatch');
  });
  it('over another region or service is refused', async () => {
    await refuses(resigned(await sign(), { region: 'eu-west-1' }), 'signature-mismatch');
    await refuses(resigned(await sign(), { service: 's3' }), 'signature-mismatch');
  });
  it('over a header that was not sent is refused', async () =>
    refuses(resigned(await sign(), { signedHeaders: ['absent', ...ALL] }), 'signature-mismatch'));

  it('over headers out of order, or one of them twice, is refused', async () => {
    await refuses(resigned(await sign(), { signedHeaders: ALL.toReversed() }), 'signature-mismatch');
    await refuses(resigned(await sign(), { signedHeaders: ['host', ...ALL] }), 'signature-mismatch');
  });
  it('that leaves out the host, or an x-amz header, is refused', async () => {
    await refuses(resigned(await sign(), { signedHeaders: ALL.slice(1) }), 'signature-mismatch');
    await refuses(resigned(await sign(), { signedHeaders: ['host', 'x-amz-date'] }), 'signature-mismatch');
  });
  it('over a form whose content type is unsigned is refused', async () => {
    const request = withHeader(await sign(), 'content-type', () => 'application/x-www-form-urlencoded');

    await refuses(resigned(request, {}), 'signature-mismatch');
    await accepts(resigned(request, { signedHeaders: ['content-type', ...ALL] }));
  });
  it('is refused for characters that would be cut down to the bytes it is over', async () => {
    const request = await sign({ path: '/a b', headers: { 'my-header': 'a' } });

    await accepts(request);
    // U+0120 and U+0161 end in the bytes 0x20 and 0x61: a space, an `a`.
    await refuses({ ...request, target: '/a\u0120b' }, 'target-malformed');
    await refuses(
      withHeader(request, 'my-header', () => '\u0161'),
      'signature-mismatch',
    );
  });
});
