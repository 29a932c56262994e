/** Recipes of bad signatures that change the request's target. */
import { accepts, refuses, sign } from './sigv4-kit.ts';

export const TARGET_ROWS: Readonly<Record<string, () => Promise<void>>> = {
  'path a%2Fb vs a/b': async () => {
    await accepts(sign({ path: '/a%2Fb' }));
    await refuses({ ...(await sign({ path: '/a%2Fb' })), target: '/a/b' }, 'signature-mismatch');
    await refuses({ ...(await sign({ path: '/a/b' })), target: '/a%2Fb' }, 'signature-mismatch');
  },
  'path with %252F (double encoding)': async () => {
    await accepts(sign({ path: '/a%252Fb' }));
    await refuses({ ...(await sign({ path: '/a%252Fb' })), target: '/a%2Fb' }, 'signature-mismatch');
  },
  'path with . and .. segments': async () => {
    await accepts({ ...(await sign({ path: '/b' })), target: '/a/.././b' });
    await refuses({ ...(await sign({ path: '/b' })), target: '/a/../c' }, 'signature-mismatch');
  },
  'path // ': async () => accepts({ ...(await sign({ path: '/a/b' })), target: '//a//b' }),
  // In a query both spellings are one; a path is signed as it was sent.
  'lower-case %2f vs %2F': async () => {
    await accepts({ ...(await sign({ query: { a: '/' } })), target: '/?a=%2f' });
    await accepts({ ...(await sign({ query: { a: '/' } })), target: '/?a=%2F' });
    await accepts(sign({ path: '/a%2fb' }));
    await refuses({ ...(await sign({ path: '/a%2fb' })), target: '/a%2Fb' }, 'signature-mismatch');
  },
  'path with unescaped space, +, ~': async () => {
    await accepts(sign({ path: '/a b+c~d' }));
    await refuses({ ...(await sign({ path: '/a b' })), target: '/a+b' }, 'signature-mismatch');
  },
  'query a=1&a=2 order swapped': async () => {
    const request = await sign({ query: { a: ['1', '2'] } });
    await accepts({ ...request, target: '/?a=1&a=2' });
    await accepts({ ...request, target: '/?a=2&a=1' });
  },
  'query key with no = ': async () => accepts({ ...(await sign({ query: { acl: '' } })), target: '/?acl' }),
  'query + meaning space': async () => {
    const request = await sign({ query: { a: 'b c' } });
    await accepts({ ...request, target: '/?a=b%20c' });
    await refuses({ ...request, target: '/?a=b+c' }, 'signature-mismatch');
  },
  'query with ; separator': async () => {
    await accepts({ ...(await sign({ query: { a: '1;b=2' } })), target: '/?a=1;b=2' });
    await refuses(
      { ...(await sign({ query: { a: '1', b: '2' } })), target: '/?a=1;b=2' },
      'signature-mismatch',
    );
  },
  'query key case differs': async () => {
    await accepts({ ...(await sign({ query: { b: '1', A: '2', a: '3' } })), target: '/?a=3&A=2&b=1' });
    await refuses({ ...(await sign({ query: { a: '1' } })), target: '/?A=1' }, 'signature-mismatch');
  },
  'UTF-8 NFC vs NFD path': async () => {
    const [nfc, nfd] = ['é'.normalize('NFC'), 'é'.normalize('NFD')].map(
      (each) => `/${encodeURIComponent(each)}`,
    );
    await accepts(sign({ path: nfc! }));
    await refuses({ ...(await sign({ path: nfc! })), target: nfd! }, 'signature-mismatch');
  },
  'invalid UTF-8 percent bytes': async () => {
    const request = await sign();
    await refuses({ ...request, target: '/%ff%fe' }, 'signature-mismatch');
    await refuses({ ...request, target: '/?a=%c0%af' }, 'signature-mismatch');
    await refuses({ ...request, target: '/?a=%zz' }, 'target-malformed');
    await refuses({ ...request, target: '/?a=%' }, 'target-malformed');
  },
  'empty path with query': async () =>
    accepts({ ...(await sign({ query: { a: '1' } })), target: 'http://cognate.example?a=1' }),
  'fragment in request target': async () => refuses({ ...(await sign()), target: '/#a' }, 'target-malformed'),
  'absolute-form request target': async () => {
    await accepts({ ...(await sign()), target: 'http://cognate.example/' });
    await refuses({ ...(await sign()), target: 'http://elsewhere.example/' }, 'target-malformed');
  },
};
