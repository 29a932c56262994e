/**
 * restJson1: the operation is in method and path, its members in path, query, headers and a JSON body.
 *
 * Each operation says where its members lie. Labels are percent-decoded once, strictly; a query parameter that comes twice is refused. Dates and bytes as in awsJson; the kind of an error travels in a header.
 * Source: Smithy 2.0, "AWS restJson1 protocol", "HTTP bindings".
 */
import { queryIn } from '../base/parameters.ts';
import { NotStrictJson, parseStrictJson } from '../base/strict-json.ts';
import { toJson } from './aws-json.ts';
import { header, Unreadable, type Protocol, type WireRequest, type WireResponse } from './protocol.ts';

/** Where an operation stands, and where its members lie. */
interface RestBinding {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `/identitypools/{IdentityPoolId}/events`; a label is a member's name. */
  readonly path: string;
  /** Member by query parameter; those under `numbers` are whole numbers. */
  readonly query?: Readonly<Record<string, string>>;
  readonly numbers?: readonly string[];
  /** Member by header, in small letters. */
  readonly headers?: Readonly<Record<string, string>>;
}
const CONTENT_TYPE = 'application/json';
const NUMBER = /^-?\d{1,16}$/;

/** @param root what the path of every operation begins with, e.g. `/identitypools` */
export function restJson(root: string, bindings: Readonly<Record<string, RestBinding>>): Protocol {
  const routes = Object.entries(bindings).map(([name, binding]) => ({
    name,
    binding,
    steps: binding.path.split('/').slice(1),
  }));

  function find(request: Pick<WireRequest, 'method' | 'target'>) {
    const [path = ''] = request.target.split('?', 1);
    const steps = path.split('/').slice(1);
    return routes.find(
      (route) =>
        route.binding.method === request.method &&
        route.steps.length === steps.length &&
        route.steps.every((step, index) => step.startsWith('{') || step === steps[index]),
    );
  }

  /** @throws Unreadable */
  function readHead(head: Omit<WireRequest, 'body'>): Readonly<Record<string, unknown>> {
    const route = find(head);
    if (!route) throw new Unreadable('UnknownOperationException', 'The operation is not known.');
    const { binding, steps } = route;
    return { ...labelsOf(head, steps), ...queryOf(head, binding), ...headersOf(head, binding) };
  }

  return {
    family: 'json',
    takesPath: (path) => path === root || path.startsWith(`${root}/`),
    operationName(request) {
      const [path = ''] = request.target.split('?', 1);
      if (path !== root && !path.startsWith(`${root}/`)) return undefined;
      return find(request)?.name ?? '';
    },
    readHead,
    readInput(request) {
      const fromHead = readHead(request);
      // What the body says of a member that stands elsewhere does not count.
      return { ...bodyOf(request), ...fromHead };
    },
    writeOutput: (_name, output, requestId) => reply(200, output ?? {}, requestId),
    writeFailure: ({ status, code, message }, requestId) =>
      reply(status, { message }, requestId, { 'x-amzn-errortype': `${code}:` }),
  };
}

/** @throws Unreadable */
function bodyOf(request: WireRequest): Readonly<Record<string, unknown>> {
  if (request.method !== 'POST' || request.body.length === 0) return {};
  const [type = ''] = (header(request, 'content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== CONTENT_TYPE)
    throw new Unreadable('SerializationException', `The Content-Type must be ${CONTENT_TYPE}.`);
  try {
    const value = parseStrictJson(request.body);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Unreadable('SerializationException', 'The body must be a JSON object.');
    return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null));
  } catch (error) {
    if (error instanceof NotStrictJson) throw new Unreadable('SerializationException', error.message);
    throw error;
  }
}

/** @throws Unreadable */
function labelsOf({ target }: Pick<WireRequest, 'target'>, steps: readonly string[]): Record<string, string> {
  const [path = ''] = target.split('?', 1);
  const given = path.split('/').slice(1);
  return Object.fromEntries(
    steps.flatMap((step, index) =>
      step.startsWith('{') ? [[step.slice(1, -1), decoded(given[index] ?? '')]] : [],
    ),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Unreadable('SerializationException', 'The path is not percent-encoded UTF-8.');
  }
}

/** @throws Unreadable */
function queryOf(
  { target }: Pick<WireRequest, 'target'>,
  { query = {}, numbers = [] }: RestBinding,
): Record<string, unknown> {
  const given = new URLSearchParams(queryIn(target));
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, member]) => {
      const [value, ...others] = given.getAll(name);
      if (others.length > 0)
        throw new Unreadable('SerializationException', `The parameter ${name} was sent more than once.`);
      if (value === undefined) return [];
      const isNumber = numbers.includes(member);
      if (isNumber && !NUMBER.test(value))
        throw new Unreadable('SerializationException', `The parameter ${name} must be a whole number.`);
      return [[member, isNumber ? Number(value) : value]];
    }),
  );
}

const headersOf = (
  request: Pick<WireRequest, 'headers'>,
  { headers = {} }: RestBinding,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, member]) => {
      const value = header(request, name);
      return value === undefined ? [] : [[member, value]];
    }),
  );

const reply = (
  status: number,
  body: object,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): WireResponse => ({
  status,
  headers: { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': requestId, ...headers },
  body: JSON.stringify(toJson(body)),
});
