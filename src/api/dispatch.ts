/**
 * Dispatch: one request in, one operation run, one answer out; knows protocols and services, and no operation by name.
 *
 * Order: limits, service, protocol, authenticate, authorize by the head, validate, look up, authorize, handle. An operation that bears an access token or a session is
 * validated first, because that is a member of its input. So no handler can be reached past a check. Most resources are named in the body,
 * so that it must be read before anybody is authorized. It may be, because its cost is bounded whatever it says: values are counted before
 * objects are made of them (strict-json, parameters), lists and maps before their items are looked at, and reading stops at the twentieth
 * fault (members). More than 256 KiB is read only for who may call the operation (large-bodies). What goes wrong on the client's side is answered in
 * the protocol's own words; what goes wrong on ours is logged with its cause and answered without detail.
 */
import type { Clock } from '../base/clock.ts';
import { isFailure, isUnavailable } from '../base/failure.ts';
import { newUuid } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { toldBy } from '../base/refusal-log.ts';
import { clientOf } from '../base/request-head.ts';
import { asRequest, notesNow } from '../base/request-notes.ts';
import { requestKeys } from '../domain/access/request-context.ts';
import type { Call, Operation, Within } from '../wire/operation.ts';
import {
  Unreadable,
  type Protocol,
  type WireFailure,
  type WireRequest,
  type WireResponse,
} from '../wire/protocol.ts';
import { readMembers } from '../wire/read-members.ts';
import { claimedScope, type SigningKeys } from '../wire/sigv4/index.ts';
import { AWS_OPERATIONS } from './aws-operations.ts';
import { createAuthenticate } from './authenticate.ts';
import {
  authorize,
  authorizePassing,
  requestTagsIn,
  type CallingPrincipal,
  type Decide,
  type PassableRoles,
} from './authorize.ts';
import { createChooser, MOST_BYTES, type Chosen } from './choose.ts';
import { assertDecidable, authorizeByHead, createAdmission, limitOf } from './large-bodies.ts';
import { commonWords, Refused, wordsFor, type DoorFailure } from './refusals.ts';
import { inWords, type Mounted, type Service } from './service.ts';

/** What of a request is known before its body. */
export type Head = Omit<WireRequest, 'body'>;

interface DispatchParts<Principal extends CallingPrincipal> {
  readonly services: readonly Mounted[];
  readonly keys: SigningKeys<Principal>;
  /** Who bears an access token; its failures have words in the service's own table. */
  readonly bearers: { bearerOf(accessToken: string): Promise<unknown> };
  /** Which sign-in a session is of, for operations that take one in place of an access token; failures as above. */
  readonly sessions: { underWay(session: string): Promise<unknown> };
  readonly decide: Decide<Principal>;
  readonly passable: PassableRoles;
  /** Whether any policy of the principal allows the action on anything. */
  readonly couldAllow: (principal: Principal, action: string) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
  /** The region of unsigned calls. */
  readonly region: string;
  readonly account: string;
  /** Regions that a signature may name; any when absent. */
  readonly regions?: readonly string[] | undefined;
  /** True for a caller whose key can be guessed; undefined where there is none. */
  readonly isGuessable?: ((principal: Principal) => boolean) | undefined;
}

export interface Dispatch {
  /** Answers every request; never rejects. */
  (request: WireRequest): Promise<WireResponse>;
  /** True for a path below `/` that a service answers at. */
  takesPath(path: string): boolean;
  /** True for a call that is signed for a service which answers at paths, whatever path it names. */
  isForPaths(head: Head): boolean;
  /**
   * Decides whether more than MOST_BYTES of a body may be read, from the head and the first bytes.
   * @returns how many bytes the whole may have; or the answer to a request that may have no more. Never rejects.
   */
  admit(head: Head, start: Uint8Array): Promise<number | WireResponse>;
  /** The answer to a request whose body did not come as it should. */
  refuse(head: Head, kind: BodyFailure, limit?: number): WireResponse;
}
/** `unavailable`: too many large bodies at once. */
type BodyFailure = Extract<DoorFailure, 'body-too-large' | 'body-too-slow' | 'unavailable'>;

/** What is told of a request in the log. */
interface Told {
  service?: string;
  operation?: string;
  principal?: string;
  fault?: string;
  /** The failure's own kind, which callers are not always told, and its reason. */
  kind?: string;
  reason?: string;
  /** More of the reason than callers are told. */
  why?: string;
  /** Whom it was about, as far as the request names them. */
  pool?: string;
  client?: string;
  /** The `sub` of whose access token was shown; of a refusal also of who was looked up last. */
  user?: string;
}

export function createDispatch<Principal extends CallingPrincipal>(
  parts: DispatchParts<Principal>,
): Dispatch {
  const { services, log } = parts;
  for (const { service } of services) assertDecidable(service);
  const chooser = createChooser(services);
  const authenticate = createAuthenticate(parts);
  const run = createRun(parts, authenticate.whole);
  const admit = createAdmission({ ...parts, authenticate: authenticate.head });

  async function dispatch(request: WireRequest): Promise<WireResponse> {
    const requestId = newUuid();
    const started = performance.now();
    const told: Told = {};
    const response = await asRequest(requestId, () => answer(request, requestId, told));
    const ms = Math.round(performance.now() - started);
    log.info({
      event: 'api-call',
      requestId,
      ...told,
      status: response.status,
      ms,
      sourceIp: request.sourceIp,
    });
    return response;
  }

  async function answer(request: WireRequest, requestId: string, told: Told): Promise<WireResponse> {
    let service: Service | undefined;
    try {
      const chosen = chooser.choose(request);
      service = chosen.mounted.service;
      const output = await run(chosen, request, { requestId, told });
      return service.protocol.writeOutput(chosen.name, output, requestId);
    } catch (error) {
      return inFailure(error, { service, head: request, requestId, told });
    }
  }

  function inFailure(
    error: unknown,
    about: { service: Service | undefined; head: Head; requestId: string; told: Told },
  ): WireResponse {
    const { service, head, requestId, told } = about;
    const protocol = service?.protocol ?? chooser.protocolOf(head);
    const failure = wordsOf(error, protocol, service) ?? commonWords(protocol.family, 'went-wrong');
    if (failure.status >= 500) log.error({ event: 'request-failed', requestId, ...told, err: error });
    told.fault = failure.code;
    if (isFailure(error)) Object.assign(told, toldBy(error));
    if (error instanceof Refused && error.why !== undefined) told.why = error.why;
    const { user } = notesNow();
    if (told.user === undefined && user !== undefined) told.user = user;
    return protocol.writeFailure(failure, requestId);
  }

  return Object.assign(dispatch, {
    takesPath: chooser.takesPath,
    isForPaths: chooser.isForPaths,
    async admit(head: Head, start: Uint8Array): Promise<number | WireResponse> {
      const requestId = newUuid();
      const told: Told = {};
      let service: Service | undefined;
      try {
        const chosen = chooser.chooseEarly(head, start);
        service = chosen.mounted.service;
        Object.assign(told, { service: service.name, operation: chosen.name });
        return await admit(chosen, head);
      } catch (error) {
        const response = inFailure(error, { service, head, requestId, told });
        log.info({ event: 'api-call', requestId, ...told, status: response.status, sourceIp: head.sourceIp });
        return response;
      }
    },
    refuse(head: Head, kind: BodyFailure, limit: number = MOST_BYTES): WireResponse {
      const requestId = newUuid();
      const protocol = chooser.protocolOf(head);
      const failure = commonWords(protocol.family, kind, { limit });
      const { status, code } = failure;
      log.info({ event: 'api-call', requestId, fault: code, status, sourceIp: head.sourceIp });
      return protocol.writeFailure(failure, requestId);
    },
  });
}

/** Words for `error`; undefined when it is a fault of ours. */
function wordsOf(error: unknown, protocol: Protocol, service: Service | undefined): WireFailure | undefined {
  if (error instanceof Refused) return error.failure;
  if (error instanceof Unreadable)
    return { code: codeIn(protocol, error), status: 400, message: error.message };
  if (isUnavailable(error)) return commonWords(protocol.family, 'unavailable');
  if (!isFailure(error)) return undefined;
  const words =
    service && Object.hasOwn(service.failures, error.kind) ? service.failures[error.kind] : undefined;
  if (words) return inWords(words, error.facts);
  if (service && error.kind === 'bad-page-token') {
    return { code: service.invalidInput, status: 400, message: 'The pagination token is not valid.' };
  }
  // A signature's failures are worded where signatures are verified; the same kind from a handler would be a bug.
  return error.kind === 'changed-meanwhile' ? wordsFor(protocol.family, error) : undefined;
}

/** A request may claim one protocol and break another: the answer keeps to the family it is written in. */
const codeIn = (protocol: Protocol, { code }: Unreadable): string =>
  protocol.family === 'query' && code === 'SerializationException' ? 'MalformedInput' : code;

/** Makes the part of dispatch that follows the choice of the service. */
function createRun<Principal extends CallingPrincipal>(
  parts: DispatchParts<Principal>,
  authenticate: ReturnType<typeof createAuthenticate<Principal>>['whole'],
) {
  const { decide, passable, clock, region, account } = parts;
  const prove = createProve(parts);

  return async (
    { mounted, name }: Chosen,
    request: WireRequest,
    { requestId, told }: { requestId: string; told: Told },
  ) => {
    const { service, nouns } = mounted;
    const { family } = service.protocol;
    told.service = service.name;
    const operation = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
    if (!operation) throw notThere(service, name);
    told.operation = name;
    const limit = limitOf(service, name);
    if (request.body.length > limit) throw new Refused(commonWords(family, 'body-too-large', { limit }));
    const client = clientOf(request);
    const keysIn = (called: string) => requestKeys({ client, region: called, account, now: clock.now() });
    const { sourceIp, userAgent } = client;
    const callIn = (called: string): Call => ({
      requestId,
      region: called,
      account,
      sourceIp,
      userAgent,
      // Few operations judge a policy themselves, so the keys are made for those that ask.
      get context() {
        return keysIn(called);
      },
    });

    if (operation.caller !== 'iam') {
      const input = readInput(operation, service, request);
      const called = regionOf(request, operation.within?.(input)) ?? region;
      Object.assign(told, partiesIn(input));
      const proven = await prove(operation, input, service);
      Object.assign(told, userIn(proven.bearer));
      return operation.handle(input, nouns, Object.assign(callIn(called), proven));
    }
    const caller = await authenticate(request, service);
    const { principal, region: signedRegion } = caller;
    told.principal = principal.arn;
    await authorizeByHead({ mounted, name, operation, head: request, caller }, parts);
    const input = readInput(operation, service, request);
    Object.assign(told, partiesIn(input));
    const requestTags = requestTagsIn(input, service.invalidInput);
    if (!operation.on) throw new Error(`${service.name}:${name} says not what it is decided on.`);
    const call = callIn(signedRegion);
    const target = await operation.on(input, nouns, { region: signedRegion, account, principal });
    if (!operation.needsNoPermission) {
      const asked = { principal, context: keysIn(signedRegion), family };
      const action = `${service.name}:${name}`;
      const { arn: resource, named, tags: resourceTags } = target;
      await authorize(decide, { ...asked, action, resource, named, requestTags, resourceTags });
      const { passes } = operation;
      await authorizePassing(decide, { ...asked, passes, recipient: resource, input, passable });
    }
    // Only the allowed are told that something is not there; and what was decided on is what is handled.
    const found: unknown = target.take(signedRegion);
    return operation.handle(input, nouns, Object.assign(call, { principal, found }));
  };
}

/**
 * The region of a call that needs no signature: its resource's, where it says so. One that is signed all the same is
 * held to the region that it names.
 * @throws what the operation gives as `missing`
 */
function regionOf(request: WireRequest, within: Within | undefined): string | undefined {
  const claimed = claimedScope(request)?.region;
  if (within && claimed !== undefined && claimed !== within.region) throw within.missing;
  return within?.region;
}

/** The answer to an operation that is not there: not yet, nowhere at AWS either, or none was named. */
function notThere({ name: service, protocol: { family } }: Service, name: string): Refused {
  if (AWS_OPERATIONS[service]?.has(name))
    return new Refused(commonWords(family, 'operation-not-there', { service, operation: name }));
  return new Refused(commonWords(family, name === '' ? 'no-operation' : 'unknown-operation'));
}

/** @throws Refused, Unreadable */
function readInput(operation: Operation, { protocol, invalidInput }: Service, request: WireRequest): object {
  const { input, fault } = readMembers<object>(operation.input, protocol.readInput(request), protocol.family);
  if (!fault) return input;
  if (fault.kind === 'constraint')
    throw new Refused({ code: invalidInput, status: 400, message: fault.message });
  throw new Refused(commonWords(protocol.family, 'input-malformed', { reason: fault.message }));
}

/** Pool and client as the input names them, judged by their form. */
function partiesIn(input: object): Pick<Told, 'pool' | 'client'> {
  const [pool, client] = [memberOf(input, 'UserPoolId'), memberOf(input, 'ClientId')];
  return { ...(pool !== undefined && { pool }), ...(client !== undefined && { client }) };
}

/** Whose access token was verified, and for which client of which pool. */
function userIn(bearer: unknown): Pick<Told, 'user' | 'pool' | 'client'> {
  const { user, pool, clientId } = membersOf(bearer);
  const found = { user: membersOf(user)['sub'], pool: membersOf(pool)['id'], client: clientId };
  return Object.fromEntries(Object.entries(found).filter(([, each]) => typeof each === 'string'));
}

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** Makes the part that believes what stands in an input in place of a signature. */
function createProve({ bearers, sessions }: Pick<DispatchParts<CallingPrincipal>, 'bearers' | 'sessions'>) {
  return async (
    { caller }: Operation,
    input: object,
    { invalidInput: code }: Service,
  ): Promise<Pick<Call, 'bearer' | 'underWay'>> => {
    if (caller !== 'user' && caller !== 'user-or-session') return {};
    const token = memberOf(input, 'AccessToken');
    const session = caller === 'user-or-session' ? memberOf(input, 'Session') : undefined;
    // Which of two would count is not for an attacker to find out.
    if ((token === undefined) === (session === undefined) && caller === 'user-or-session')
      throw new Refused({ code, status: 400, message: 'Either an AccessToken or a Session is required.' });
    if (session !== undefined) return { underWay: await sessions.underWay(session) };
    if (token === undefined)
      throw new Refused({ code, status: 400, message: 'Missing required parameter AccessToken' });
    return { bearer: await bearers.bearerOf(token) };
  };
}

/** A text member of an input. */
function memberOf(input: object, name: string): string | undefined {
  const value: unknown = Object.entries(input).find(([each]) => each === name)?.[1];
  return typeof value === 'string' ? value : undefined;
}
