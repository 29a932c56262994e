/**
 * awsQuery: a form, a query string, or both, with Action and Version in; XML out.
 *
 * A POST may name some parameters, or all, in its query string: one list is made of both, and a name that stands in each is refused.
 * Values in are text, read by query-form.ts; XML is built by fast-xml-builder, whose input is first rid of the characters that XML 1.0
 * cannot hold. An operation without output has no Result element.
 * Source: Smithy 2.0, "AWS query protocol"; XML 1.0, 2.2 (characters) and 2.11 (line ends).
 */
import XMLBuilder from 'fast-xml-builder';
import { queryIn } from '../base/parameters.ts';
import { header, Unreadable, type Protocol, type WireRequest, type WireResponse } from './protocol.ts';
import { decodeForm, unflatten } from './query-form.ts';

const FORM = 'application/x-www-form-urlencoded';
const CONTENT_TYPE = 'text/xml';
/** What XML 1.0 has no way to write, escaped or not. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/**
 * @param version   API version that requests name, e.g. `2011-06-15`
 * @param namespace XML namespace of the answers, e.g. `https://sts.amazonaws.com/doc/2011-06-15/`
 */
export function awsQuery(version: string, namespace: string): Protocol {
  return {
    family: 'query',
    operationName(request) {
      if (!speaksAwsQuery(request)) return undefined;
      const fields = fieldsOf(request);
      return fields.get('Version') === version ? (fields.get('Action') ?? '') : undefined;
    },
    readInput: (request) => unflatten(fieldsOf(request)),
    writeOutput(name, output, requestId) {
      const result = output === undefined ? {} : { [`${name}Result`]: toTree(output) };
      return reply(
        200,
        {
          [`${name}Response`]: {
            '@_xmlns': namespace,
            ...result,
            ResponseMetadata: { RequestId: requestId },
          },
        },
        requestId,
      );
    },
    writeFailure({ status, code, message }, requestId) {
      const error = { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: safeText(message) };
      return reply(
        status,
        { ErrorResponse: { '@_xmlns': namespace, Error: error, RequestId: requestId } },
        requestId,
      );
    },
  };
}

/** True when the request is of this protocol's form, to whichever service: POST with a form, or an Action in the query string. */
export function speaksAwsQuery(request: Pick<WireRequest, 'method' | 'target' | 'headers'>): boolean {
  const { method, target } = request;
  if (method !== 'GET' && method !== 'POST') return false;
  return (method === 'POST' && isForm(request)) || /[?&]Action=/.test(target);
}

function isForm(request: Pick<WireRequest, 'headers'>): boolean {
  const [type = ''] = (header(request, 'content-type') ?? '').split(';');
  return type.trim().toLowerCase() === FORM;
}

/** The parameters of the query string and of the form, as one list. @throws Unreadable `MalformedInput` */
function fieldsOf(request: WireRequest): ReadonlyMap<string, string> {
  const query = queryIn(request.target);
  if (request.body.length === 0) return decodeForm(query);
  if (request.method === 'GET') throw new Unreadable('MalformedInput', 'A GET request has no body.');
  if (!isForm(request)) throw new Unreadable('MalformedInput', `The body must be of the type ${FORM}.`);
  const form = Buffer.from(request.body).toString('latin1');
  return decodeForm(query === '' ? form : `${query}&${form}`);
}

function reply(status: number, document: object, requestId: string): WireResponse {
  const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@_' });
  // A bare carriage return would be read as a line feed; only in text can there be one.
  const body = builder.build(document).replaceAll('\r', '&#xD;');
  return { status, headers: { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': requestId }, body };
}

/** Output in the builder's terms: text, or an object whose lists stand under `member` and whose Maps under `entry`. */
function toTree(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString().replace(/\.\d{3}Z$/, 'Z');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return { member: value.map(toTree) };
  if (value instanceof Map) {
    return { entry: [...value].map(([key, each]) => ({ key: toTree(key), value: toTree(each) })) };
  }
  if (typeof value === 'object' && value !== null) {
    const present = Object.entries(value).filter(([, each]) => each !== undefined && each !== null);
    return Object.fromEntries(present.map(([name, each]) => [name, toTree(each)]));
  }
  return safeText(String(value));
}

/** `text` with U+FFFD for each character that XML cannot hold. */
const safeText = (text: string): string => text.toWellFormed().replaceAll(FORBIDDEN, '\ufffd');
