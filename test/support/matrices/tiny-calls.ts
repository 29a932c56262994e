/** Calls of the made-up operations by hand, and what every refusal must look like. */
import assert from 'node:assert/strict';
import { signed, type Credentials, type Unsigned } from '../signing.ts';
import { ADMIN, startTiny, type Answer, type Tiny } from '../servers/tiny-service.ts';

export const TARGET = 'AWSCognitoIdentityProviderService';
export const JSON_TYPE = 'application/x-amz-json-1.1';
export const FORM_TYPE = 'application/x-www-form-urlencoded';
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Ways to call `tiny` by hand. */
export function callsTo(tiny: Tiny) {
  async function sendSigned(request: Unsigned, credentials: Credentials, service: string): Promise<Answer> {
    const headers = { ...request.headers, host: `127.0.0.1:${tiny.port}` };
    const made = await signed(
      { ...request, headers },
      { credentials, at: new Date(), service, region: 'eu-west-1' },
    );
    const { method, target, body } = made;
    return tiny.send({ method, target, headers: Object.fromEntries(made.headers), body });
  }
  return {
    sendSigned,
    /** An unsigned JSON call. */
    json: (operation: string, body: string | object, headers: Readonly<Record<string, string>> = {}) =>
      tiny.send({
        headers: { 'content-type': JSON_TYPE, 'x-amz-target': `${TARGET}.${operation}`, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    /** A JSON call, signed. */
    signedJson: (operation: string, body: string | object, credentials: Credentials = ADMIN) =>
      sendSigned(
        {
          headers: { 'content-type': JSON_TYPE, 'x-amz-target': `${TARGET}.${operation}` },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        },
        credentials,
        'cognito-idp',
      ),
    /** A form, signed. */
    form: (body: string, credentials: Credentials = ADMIN, service = 'sts') =>
      sendSigned({ headers: { 'content-type': FORM_TYPE }, body }, credentials, service),
    /** A form, not signed. */
    bareForm: (body: string) => tiny.send({ headers: { 'content-type': FORM_TYPE }, body }),
  };
}

/** A started service for the tests around it, and what it has seen forgotten before each of them. */
export function useTiny() {
  // Filled before any test runs.
  const door = {} as { tiny: Tiny; calls: ReturnType<typeof callsTo> };
  before(async () => {
    door.tiny = await startTiny();
    door.calls = callsTo(door.tiny);
  });
  after(() => door.tiny.close());
  beforeEach(() => {
    for (const list of [door.tiny.seen, door.tiny.logged, door.tiny.contexts]) list.length = 0;
  });
  return door;
}

export function assertJson(answer: Answer, status: number, type: string, message?: string | RegExp): void {
  const body = JSON.parse(answer.text) as Readonly<Record<string, string>>;
  assert.deepEqual([answer.status, body['__type']], [status, type], answer.text);
  assert.equal(answer.headers['content-type'], JSON_TYPE);
  assert.equal(answer.headers['x-amzn-errortype'], `${type}:`);
  assert.match(String(answer.headers['x-amzn-requestid']), UUID);
  if (typeof message === 'string') assert.equal(body['message'], message);
  if (message instanceof RegExp) assert.match(body['message'] ?? '', message);
}
export function assertXml(answer: Answer, status: number, code: string, message?: string): void {
  assert.deepEqual(
    [answer.status, /<Code>(.*?)<\/Code>/.exec(answer.text)?.[1]],
    [status, code],
    answer.text,
  );
  assert.equal(answer.headers['content-type'], 'text/xml');
  assert.match(
    answer.text,
    /^<ErrorResponse xmlns="https:\/\/(sts|iam)\.amazonaws\.com\/doc\/20\d\d-\d\d-\d\d\/"><Error><Type>Sender<\/Type>/,
  );
  assert.equal(/<RequestId>(.*?)<\/RequestId>/.exec(answer.text)?.[1], answer.headers['x-amzn-requestid']);
  if (message !== undefined) assert.ok(answer.text.includes(`<Message>${message}</Message>`), answer.text);
}
