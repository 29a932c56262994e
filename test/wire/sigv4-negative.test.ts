/** Our own list of bad signatures, row by row: each row's recipe is done to a good request, and its expectation met. */
import assert from 'node:assert/strict';
import { isFailure } from '../../src/base/failure.ts';
import { corpusJson, withCorpus } from '../support/corpora.ts';
import {
  accepts,
  LONG,
  refuses,
  seconds,
  SHORT,
  sign,
  twice,
  verify,
  withAuthorization,
  withHeader,
} from './sigv4-kit.ts';
import { TARGET_ROWS } from './sigv4-target-recipes.ts';

interface Row {
  readonly class: string;
  readonly recipe: string;
  readonly expect: string;
}
/** What is done for each row. */
const ROWS: Readonly<Record<string, () => Promise<void>>> = {
  'change one byte of signature': async () =>
    refuses(
      withAuthorization(await sign(), (value) => value.replace(/.$/, (last) => (last === '0' ? '1' : '0'))),
      'signature-mismatch',
    ),
  'signature upper-cased hex': async () =>
    refuses(
      withAuthorization(await sign(), (value) => value.replace(/\w+$/, (hex) => hex.toUpperCase())),
      'signature-mismatch',
    ),
  'signature empty': async () =>
    refuses(
      withAuthorization(await sign(), (value) => value.replace(/\w+$/, '')),
      'signature-incomplete',
    ),
  'signature with trailing space or tab': async () => {
    const request = await sign();
    await refuses(
      withAuthorization(request, (value) => `${value} `),
      'signature-mismatch',
    );
    await refuses(
      withAuthorization(request, (value) => `${value}\t`),
      'signature-mismatch',
    );
  },
  'Credential scope date != x-amz-date day': async () =>
    refuses(
      withAuthorization(await sign(), (value) => value.replace('/20260102/', '/20260101/')),
      'signature-mismatch',
    ),
  'scope region other than service region': async () =>
    refuses(sign({}, { region: 'eu-west-1' }), 'signature-mismatch'),
  'scope service other than called service': async () =>
    refuses(sign({}, { service: 's3' }), 'signature-mismatch'),
  'scope terminator not aws4_request': async () =>
    refuses(
      withAuthorization(await sign(), (value) => value.replace('aws4_request', 'aws5_request')),
      'signature-mismatch',
    ),
  'access key of a deleted user': async () =>
    refuses(
      sign({}, { credentials: { ...LONG, accessKeyId: 'AKIADELETED000000000' } }),
      'access-key-unknown',
    ),
  'temporary key without X-Amz-Security-Token': async () =>
    refuses(
      sign({}, { credentials: { accessKeyId: SHORT.accessKeyId, secretAccessKey: SHORT.secretAccessKey } }),
      'session-token-invalid',
    ),
  "temporary key with another session's token": async () =>
    refuses(sign({}, { credentials: { ...SHORT, sessionToken: 'token-of-two' } }), 'session-token-invalid'),
  'security token present but not in SignedHeaders': async () => {
    const request = await sign(
      {},
      { credentials: { accessKeyId: SHORT.accessKeyId, secretAccessKey: SHORT.secretAccessKey } },
    );
    await refuses(
      withHeader(request, 'x-amz-security-token', () => 'token-of-one'),
      'signature-mismatch',
    );
  },
  'x-amz-date 301 s old': () => refuses(sign({}, { at: seconds(-301) }), 'signature-expired'),
  'x-amz-date 301 s ahead': () => refuses(sign({}, { at: seconds(301) }), 'signature-expired'),
  'x-amz-date exactly 300 s old': async () => {
    await accepts(sign({}, { at: seconds(-300) }));
    await accepts(sign({}, { at: seconds(300) }));
  },
  // Refused, and documented: every signer in use sends X-Amz-Date.
  'x-amz-date absent, Date header present and signed': async () => {
    const request = await sign({ headers: { date: 'Fri, 02 Jan 2026 12:00:00 GMT' } });
    await refuses(
      withHeader(request, 'x-amz-date', () => undefined),
      'signature-incomplete',
      'signature-mismatch',
    );
    const renamed = withAuthorization(
      withHeader(request, 'x-amz-date', () => undefined),
      (value) => value.replace(';x-amz-date', ''),
    );
    await refuses(renamed, 'signature-incomplete');
  },
  'both x-amz-date and Date differ': () =>
    accepts(sign({ headers: { date: 'Thu, 01 Jan 2015 00:00:00 GMT' } })),
  'x-amz-date in two header lines': async () =>
    refuses(twice(await sign(), 'x-amz-date'), 'signature-incomplete'),
  'Host not in SignedHeaders': async () =>
    refuses(
      withAuthorization(await sign(), (value) => value.replace('SignedHeaders=host;', 'SignedHeaders=')),
      'signature-mismatch',
    ),
  'any x-amz-* header present but unsigned': async () =>
    refuses(
      withHeader(await sign(), 'x-amz-target', () => 'Service.DeleteEverything'),
      'signature-mismatch',
    ),
  'Content-Type present but unsigned on POST form': async () =>
    refuses(
      withHeader(await sign(), 'content-type', () => 'application/x-www-form-urlencoded; charset=utf-8'),
      'signature-mismatch',
    ),
  'SignedHeaders lists a header that is absent': async () =>
    refuses(
      withHeader(await sign({ headers: { 'my-header': 'x' } }), 'my-header', () => undefined),
      'signature-mismatch',
    ),
  'SignedHeaders not sorted': async () =>
    refuses(
      withAuthorization(await sign(), (value) =>
        value.replace('host;x-amz-content-sha256', 'x-amz-content-sha256;host'),
      ),
      'signature-mismatch',
    ),
  'SignedHeaders with duplicate name': async () =>
    refuses(
      withAuthorization(await sign(), (value) => value.replace('host;', 'host;host;')),
      'signature-mismatch',
    ),
  'SignedHeaders with upper case': async () =>
    refuses(
      withAuthorization(await sign(), (value) => value.replace('host;', 'Host;')),
      'signature-mismatch',
    ),
  'header value with inner runs of spaces': async () => {
    const request = await sign({ headers: { 'my-header': 'a b c' } });
    await accepts(withHeader(request, 'my-header', () => 'a   b \t c'));
  },
  'header value with leading/trailing OWS': async () => {
    const request = await sign({ headers: { 'my-header': 'a' } });
    await accepts(withHeader(request, 'my-header', () => ' \ta  '));
  },
  'same header twice, values joined by comma in order': async () => {
    const request = withHeader(await sign({ headers: { 'my-header': 'a,b' } }), 'my-header', () => 'a');
    await accepts({ ...request, headers: [...request.headers, ['my-header', 'b']] });
  },
  'same header twice, order swapped after signing': async () => {
    const request = withHeader(await sign({ headers: { 'my-header': 'a,b' } }), 'my-header', () => 'b');
    await refuses({ ...request, headers: [...request.headers, ['my-header', 'a']] }, 'signature-mismatch');
  },
  // The signer hashes UTF-8; the same bytes on the wire are accepted, other bytes for the same letter are not.
  'header value with non-ASCII bytes': async () => {
    const request = await sign({ headers: { 'my-header': 'né' } });
    await accepts(withHeader(request, 'my-header', () => Buffer.from('né').toString('latin1')));
    await refuses(
      withHeader(request, 'my-header', () => 'né'),
      'signature-mismatch',
    );
    await refuses(
      withHeader(request, 'my-header', () => 'nĩ'),
      'signature-mismatch',
    );
  },
  'X-Forwarded-Host differs from signed Host': async () => {
    const request = await sign();
    await accepts(withHeader(request, 'x-forwarded-host', () => 'elsewhere.example'));
    const moved = withHeader(request, 'host', () => 'elsewhere.example');
    await refuses(
      withHeader(moved, 'x-forwarded-host', () => 'cognate.example'),
      'signature-mismatch',
    );
  },
  'two Authorization headers': async () =>
    refuses(twice(await sign(), 'authorization'), 'signature-incomplete'),
  'Authorization header and X-Amz-Signature query both': async () => {
    for (const name of ['X-Amz-Signature', 'x-amz-signature', 'X-Amz-%53ignature']) {
      const request = await sign({ query: { [decodeURIComponent(name)]: 'a'.repeat(64) } });
      await refuses({ ...request, target: `/?${name}=${'a'.repeat(64)}` }, 'signature-incomplete');
    }
  },
  'Authorization with duplicate Credential= parts': async () =>
    refuses(
      withAuthorization(await sign(), (value) =>
        value.replace('Credential=', 'Credential=AKIAX/20260102/us-east-1/service/aws4_request, Credential='),
      ),
      'signature-incomplete',
    ),
  'algorithm AWS4-HMAC-SHA1 / NONE / lower case': async () => {
    for (const algorithm of ['AWS4-HMAC-SHA1', 'NONE', 'aws4-hmac-sha256', 'AWS4-HMAC-SHA256-PAYLOAD', '']) {
      await refuses(
        withAuthorization(await sign(), (value) => value.replace('AWS4-HMAC-SHA256', algorithm)),
        'signature-incomplete',
      );
    }
  },
  'AWS4-ECDSA-P256-SHA256 with region set, unsupported': async () => {
    const request = await sign({ headers: { 'x-amz-region-set': '*' } });
    await refuses(
      withAuthorization(request, (value) => value.replace('HMAC-SHA256', 'ECDSA-P256-SHA256')),
      'signature-incomplete',
    );
  },
  ...TARGET_ROWS,
  'body changed after signing': async () =>
    refuses(
      { ...(await sign({}, { applyChecksum: false })), body: Buffer.from('a=c') },
      'signature-mismatch',
    ),
  'x-amz-content-sha256 differs from body hash': async () =>
    refuses({ ...(await sign()), body: Buffer.from('a=c') }, 'content-hash-mismatch'),
  'x-amz-content-sha256 UNSIGNED-PAYLOAD where not allowed': () =>
    refuses(sign({ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }), 'signature-incomplete'),
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER (MinIO CVE-2025-31489, 2026-40344, 2026-41145)': async () => {
    for (const value of ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', '']) {
      await refuses(sign({ headers: { 'x-amz-content-sha256': value } }), 'signature-incomplete');
    }
  },
  // As AWS does; an option that remembers signatures is not built.
  'replay: same signed POST twice in window': async () => {
    const request = await sign();
    await accepts(request);
    await accepts(request);
  },
  'same signature, other method': async () =>
    refuses({ ...(await sign()), method: 'DELETE' }, 'signature-mismatch'),
  'same signature, other path on same service': async () =>
    refuses({ ...(await sign()), target: '/other' }, 'signature-mismatch'),
};

/** Rows that another place meets, or that wait. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'access key of a disabled user, cached verdict warm':
    'disabling a key is said by the keeper of the keys; nothing here keeps a verdict',
  'expired session token, correct signature':
    'said by the keeper of the keys (session-token-expired); worded in test/api/dispatch.test.ts',
  'obs-fold continuation line': 'refused by the HTTP parser: test/api/dispatch.test.ts',
  'Transfer-Encoding chunked plus Content-Length': 'refused by the HTTP parser: test/api/dispatch.test.ts',
  'forward-auth: X-Forwarded-Uri not equal to what upstream will see': 'the gateway’s',
  'forward-auth: X-Forwarded-Method spoofed': 'the gateway’s',
  'forward-auth: header with underscore alias X_Forwarded_Uri': 'the gateway’s',
  'forward-auth without body access': 'the gateway’s; here: verification without the body, in sigv4.test.ts',
  'presigned: X-Amz-Expires 0, negative, >604800': 'sigv4-presigned.test.ts',
  'presigned: expired by 1 s': 'sigv4-presigned.test.ts',
  'presigned: X-Amz-Date in the future': 'sigv4-presigned.test.ts',
  'presigned: extra unsigned query parameter added': 'sigv4-presigned.test.ts',
  'presigned: parameter names in other case or twice (aws-iam-authenticator CVE-2022-2385)':
    'sigv4-presigned.test.ts',
  'compare uses constant time':
    'a measurement of 100,000 samples, not a test of this suite; the comparison is base/secret.ts equal()',
};

withCorpus(
  'bad signatures',
  () => corpusJson<readonly Row[]>('own/sigv4-negative.json'),
  (rows) => {
    for (const { recipe, expect, class: kind } of rows) {
      const row = ROWS[recipe];
      if (row) it(`${kind}: ${recipe}: ${expect}`, row);
    }
    it('has a test or a reason for every row, and no more', () => {
      const known = [...Object.keys(ROWS), ...Object.keys(ELSEWHERE)].toSorted();
      assert.deepEqual(known, rows.map(({ recipe }) => recipe).toSorted());
    });
  },
);

describe('signatures in other places', () => {
  it('are refused in the query string, in clear words', async () => {
    const request = await sign({ query: { 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256' } });
    const says = (words: RegExp) => (error: unknown) =>
      isFailure(error, 'signature-incomplete') && words.test(String(error.facts['reason']));

    await assert.rejects(verify(request), says(/in its header and in its query string/));
    await assert.rejects(
      verify(withHeader(request, 'authorization', () => undefined)),
      says(/query string is not supported/),
    );
  });
  it('are missed when there are none', async () => {
    const request = await sign();

    await refuses(
      withHeader(request, 'authorization', () => undefined),
      'signature-missing',
    );
    await refuses(
      withAuthorization(request, () => 'Bearer eyJ'),
      'signature-incomplete',
    );
  });
  it('never let a secret into the refusal’s facts', async () => {
    const request = withAuthorization(await sign({}, { credentials: SHORT }), (value) =>
      value.replace(/.$/, '~'),
    );

    await assert.rejects(verify(request), (error) => {
      const told = JSON.stringify([isFailure(error) && error.facts, String(error)]);
      return !told.includes('short-secret') && !told.includes('token-of-one');
    });
  });
});
