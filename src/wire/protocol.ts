/**
 * Protocols: how one AWS wire format reads requests and writes answers. One module each, no state.
 *
 * A protocol knows no operation by name and no meaning; it turns bytes into members and members into bytes.
 */

export interface WireRequest {
  readonly method: string;
  /** The request target as it came: path and query, nothing decoded. */
  readonly target: string;
  /** Header lines in the order they came, names lower-case; a name may repeat. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  /** The peer's address, after trusted proxies. */
  readonly sourceIp: string;
  /** True when the client spoke TLS to us or to a trusted proxy. */
  readonly secure: boolean;
}
export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
/** A failure in a service's own words. */
export interface WireFailure {
  /** e.g. `UserNotFoundException` */
  readonly code: string;
  readonly status: number;
  readonly message: string;
}
/** Thrown by a protocol for a request it cannot read. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  readonly code: string;
  /** @param code in the protocol's words, e.g. `SerializationException` */
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
export interface Protocol {
  /** `json` or `query`: which set of names the common errors have. */
  readonly family: 'json' | 'query';
  /** True for a path below `/` that is this protocol's; absent where all calls go to `/`. */
  takesPath?(path: string): boolean;
  /** Name of the operation asked for, '' when it is of this service but names none; undefined when it is not of this service. @throws Unreadable */
  operationName(request: WireRequest): string | undefined;
  /** Raw input members, before schemas read them; null members are left out. @throws Unreadable */
  readInput(request: WireRequest): Readonly<Record<string, unknown>>;
  /** Raw input members that stand in path, query and headers; absent where the body holds all. @throws Unreadable */
  readHead?(head: Omit<WireRequest, 'body'>): Readonly<Record<string, unknown>>;
  writeOutput(name: string, output: object | undefined, requestId: string): WireResponse;
  writeFailure(failure: WireFailure, requestId: string): WireResponse;
}

/** The first value of header `name` (lower-case), or undefined. */
export function header(request: Pick<WireRequest, 'headers'>, name: string): string | undefined {
  return request.headers.find(([each]) => each === name)?.[1];
}
