/** The HTTP door: limits of bodies, browsers, and requests that the parser itself must refuse. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import {
  assertJson,
  assertXml,
  callsTo,
  FORM_TYPE,
  JSON_TYPE,
  TARGET,
} from '../support/matrices/tiny-calls.ts';
import { signed, type Credentials } from '../support/signing.ts';
import { ADMIN, EXPIRED, GUEST, startTiny, type Tiny } from '../support/servers/tiny-service.ts';

const KIB = 1024;

let tiny: Tiny;
let calls: ReturnType<typeof callsTo>;
before(async () => {
  tiny = await startTiny({ bodySeconds: 0.3 });
  calls = callsTo(tiny);
});
after(() => tiny.close());

/** What the server says to bytes written as they are; the socket is then left alone until the server ends it. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(tiny.port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
/** The head of a signed call and 257 KiB of its body; the rest never comes. */
async function startOf(body: string, credentials: Credentials): Promise<string> {
  const { method, target, headers } = await signed(
    {
      headers: {
        host: `127.0.0.1:${tiny.port}`,
        'content-type': JSON_TYPE,
        'x-amz-target': `${TARGET}.SetUICustomization`,
      },
      body,
    },
    { credentials, at: new Date(), service: 'cognito-idp', region: 'eu-west-1' },
  );
  const lines = [...headers.filter(([name]) => name !== 'content-length'), ['content-length', body.length]];
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${target} HTTP/1.1\r\n${head}\r\n${body.slice(0, 257 * KIB)}`;
}
/** `{"ClientId":"c","Password":…}` of exactly `size` bytes. */
const bodyOf = (size: number): string => {
  const empty = JSON.stringify({ CSS: '' });
  return JSON.stringify({ CSS: 'x'.repeat(size - empty.length) });
};

describe('bodies', () => {
  it('of 256 KiB are read, and one byte more is refused', async () => {
    const start = '{"ClientId":"';
    const padded = (size: number) => `${start}${'x'.repeat(size - start.length - 2)}"}`;

    assertJson(await calls.json('SignUp', padded(256 * KIB)), 400, 'InvalidParameterException');
    assertJson(
      await calls.json('SignUp', padded(256 * KIB + 1)),
      413,
      'RequestEntityTooLargeException',
      /262144 bytes/,
    );
  });
  it('may be larger where the operation says so, for who may call it', async () => {
    const answer = await calls.signedJson('SetUICustomization', bodyOf(1024 * KIB));

    assert.equal(answer.status, 200, answer.text);
    assertJson(
      await calls.signedJson('SetUICustomization', bodyOf(1024 * KIB + 1)),
      413,
      'RequestEntityTooLargeException',
      /1048576 bytes/,
    );
  });
  it('beyond 256 KiB are not read for who may not call the operation, or does not sign', async () => {
    const large = bodyOf(300 * KIB);

    assertJson(await calls.json('SetUICustomization', large), 403, 'MissingAuthenticationTokenException');
    for (const [who, status, code] of [
      [{ ...ADMIN, accessKeyId: 'AKIANOBODY0000000000' }, 403, 'UnrecognizedClientException'],
      [EXPIRED, 403, 'ExpiredTokenException'],
      [GUEST, 400, 'AccessDeniedException'],
    ] as const) {
      const answer = await raw(await startOf(large, who));

      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.ok(answer.includes(`"${code}"`), answer);
    }
  });
  it('beyond 256 KiB tell nothing of whose a key is to who has heard of its id alone', async () => {
    const proven = await raw(await startOf(bodyOf(300 * KIB), GUEST));
    assert.ok(proven.includes('assumed-role/app/guest'), proven);
    // Without the body's hash in the head nothing is proven before the body is read.
    const start = await startOf(bodyOf(300 * KIB), { ...GUEST, secretAccessKey: 'guessed' });
    const unproven = start.replace(/^x-amz-content-sha256: .*\r\n/m, '').replace(';x-amz-content-sha256', '');

    const answer = await raw(unproven);

    assert.match(answer, /AccessDeniedException/);
    assert.doesNotMatch(answer, /assumed-role|guest|arn:/);
  });
  it('of forms have the limit of the operation that they name, told in XML', async () => {
    const padding = 'x'.repeat(256 * KIB);

    assertXml(
      await calls.bareForm(`Action=DeleteRole&Version=2010-05-08&A=${padding}`),
      403,
      'MissingAuthenticationToken',
    );
    const large = `Action=DeleteRole&Version=2010-05-08&RoleName=app&A=${padding}`;
    assert.equal((await calls.form(large, ADMIN, 'iam')).status, 200);
    assertXml(await calls.form(large, GUEST, 'iam'), 403, 'AccessDenied');
    for (const form of [
      `Action=AssumeRole&Version=2011-06-15&A=${padding}`,
      `Action=DeleteRole&Version=2010-05-08&A=${padding}${padding}`,
    ])
      assertXml(await calls.form(form, ADMIN, 'iam'), 413, 'RequestEntityTooLarge');
    const saidTooLate = `A=${padding}&Action=DeleteRole&Version=2010-05-08`;
    assertXml(await calls.form(saidTooLate, ADMIN, 'iam'), 413, 'RequestEntityTooLarge');
  });
  it('far beyond the limit are refused by what they declare', async () => {
    const answer = await raw(
      `POST / HTTP/1.1\r\nHost: a\r\nX-Amz-Target: ${TARGET}.SignUp\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: 99999999999\r\n\r\n{`,
    );

    assert.match(answer, /^HTTP\/1\.1 413 /);
    assert.match(answer, /connection: close/i);
  });
  it('that come without end are given up', async () => {
    const chunk = `10000\r\n${'x'.repeat(64 * KIB)}\r\n`;

    const answer = await raw(
      `POST / HTTP/1.1\r\nHost: a\r\nX-Amz-Target: ${TARGET}.SignUp\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(100)}`,
    );

    assert.match(answer, /^HTTP\/1\.1 413 /);
  });
  it('that never arrive are given up in time', async () => {
    const answer = await raw(
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${FORM_TYPE}\r\nContent-Length: 100\r\n\r\nAction=`,
    );

    assert.match(answer, /^HTTP\/1\.1 408 /);
    assert.match(answer, /<Code>RequestTimeout<\/Code>/);
  });
});

describe('requests that two readers might read differently', () => {
  const post = 'POST / HTTP/1.1\r\nHost: a\r\n';
  for (const [title, text] of [
    [
      'obs-fold continuation line',
      `${post}X-Amz-Target: ${TARGET}\r\n .SignUp\r\nContent-Length: 2\r\n\r\n{}`,
    ],
    [
      'Transfer-Encoding chunked plus Content-Length',
      `${post}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n`,
    ],
    ['two lengths', `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    [
      'a bare line feed in a header',
      `${post}X-Amz-Target: a\nAuthorization: b\r\nContent-Length: 2\r\n\r\n{}`,
    ],
  ] as const) {
    it(`are refused by the HTTP parser: ${title}`, async () =>
      assert.match(await raw(text), /^HTTP\/1\.1 400 /));
  }
});

describe('browsers', () => {
  it('may call from any page: what they ask in advance is granted', async () => {
    const answer = await tiny.send({
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers':
          'cache-control,content-type,x-amz-target,x-amz-user-agent,amz-sdk-request,x-evil\t',
      },
    });

    assert.equal(answer.status, 200);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    assert.equal(answer.headers['access-control-allow-methods'], 'GET, POST, DELETE, OPTIONS');
    assert.equal(
      answer.headers['access-control-allow-headers'],
      'cache-control, content-type, x-amz-target, x-amz-user-agent, amz-sdk-request',
    );
    assert.equal(answer.headers['access-control-allow-credentials'], undefined);
  });
  it('see the id and the kind of an error, of success and of refusal', async () => {
    for (const answer of [
      await calls.json('SetUICustomization', { CSS: '' }),
      await calls.json('SignUp', '{'),
      await calls.bareForm(''),
    ]) {
      assert.equal(answer.headers['access-control-allow-origin'], '*');
      assert.match(
        String(answer.headers['access-control-expose-headers']),
        /x-amzn-requestid, x-amzn-errortype, x-amzn-errormessage/,
      );
      assert.equal(answer.headers['cache-control'], 'no-store');
    }
  });
});
