/**
 * awsJson1.1: POST /, the operation in X-Amz-Target, a JSON object both ways.
 *
 * Dates travel as seconds since 1970, bytes as base64; null members count as absent. Bodies are read strictly (strict-json.ts). An answer
 * that says no is always JSON with `__type` and `message`, because clients choke on anything else.
 * Source: Smithy 2.0, "AWS JSON 1.1 protocol"; headers of answers as the services give them.
 */
import { header, Unreadable, type Protocol, type WireRequest, type WireResponse } from './protocol.ts';
import { NotStrictJson, parseStrictJson } from '../base/strict-json.ts';

const CONTENT_TYPE = 'application/x-amz-json-1.1';
const LONGEST_HEADER = 1024;

/** @param target the service's prefix in X-Amz-Target, e.g. `AWSCognitoIdentityProviderService` */
export function awsJson(target: string): Protocol {
  return {
    family: 'json',
    operationName(request) {
      const named = header(request, 'x-amz-target');
      if (named === undefined || (named !== target && !named.startsWith(`${target}.`))) return undefined;
      return named.slice(target.length + 1);
    },
    readInput,
    writeOutput: (_name, output, requestId) => reply(200, output ?? {}, requestId),
    writeFailure: ({ status, code, message }, requestId) =>
      reply(status, { __type: code, message }, requestId, {
        'x-amzn-errortype': `${code}:`,
        'x-amzn-errormessage': headerText(message),
      }),
  };
}

/** True when the request's X-Amz-Target says that it speaks this protocol, to whichever service. */
export const speaksAwsJson = (request: Pick<WireRequest, 'headers'>): boolean =>
  header(request, 'x-amz-target') !== undefined;

/** @throws Unreadable */
function readInput(request: WireRequest): Readonly<Record<string, unknown>> {
  if (request.method !== 'POST')
    throw new Unreadable('UnknownOperationException', 'The method must be POST.');
  const [type = ''] = (header(request, 'content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== CONTENT_TYPE) {
    throw new Unreadable('SerializationException', `The Content-Type must be ${CONTENT_TYPE}.`);
  }
  const value = withoutNulls(parse(request.body));
  if (!isObject(value)) throw new Unreadable('SerializationException', 'The body must be a JSON object.');
  return value;
}

/** @throws Unreadable */
function parse(body: Uint8Array): unknown {
  try {
    return parseStrictJson(body);
  } catch (error) {
    if (error instanceof NotStrictJson) throw new Unreadable('SerializationException', error.message);
    throw error;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Without the members that are null; a null inside a list stays, and is a fault there. What has none is given back as it is. */
function withoutNulls(value: unknown): unknown {
  if (!hasNull(value)) return value;
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(entries.map(([name, each]) => [name, withoutNulls(each)]));
}

const hasNull = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.values(value).some(hasNull));

function reply(
  status: number,
  body: object,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): WireResponse {
  return {
    status,
    headers: { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': requestId, ...headers },
    body: JSON.stringify(toJson(body)),
  };
}

/** `value` in JSON's terms: dates as seconds since 1970, bytes as base64. What is in them already is given back as it is. */
export function toJson(value: unknown): unknown {
  if (isJson(value)) return value;
  if (value instanceof Date) return value.getTime() / 1000;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) return toJson(Object.fromEntries(value));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toJson(each)]));
}

const isJson = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return true;
  if (value instanceof Date || value instanceof Uint8Array || value instanceof Map) return false;
  return Object.values(value).every(isJson);
};

/** A message as a header may hold it: printable ASCII, bounded. Anything else could split the answer. */
const headerText = (message: string): string =>
  message.slice(0, LONGEST_HEADER).replaceAll(/[^\x20-\x7e]/g, '?');
