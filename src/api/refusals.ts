/**
 * Refusals: what every service says in the same words, whatever it is about; one table a protocol family.
 *
 * A service's own words for a kind go before these. Source: AWS, "Common errors" of each API reference. Faults of a signature answer 403 on
 * every service; a refused action 400 in JSON and 403 in XML, as the services do.
 */
import type { Facts, Failure } from '../base/failure.ts';
import type { RecordsFailure } from '../domain/ports/records.ts';
import type { Protocol, WireFailure } from '../wire/protocol.ts';
import type { SigV4Failure } from '../wire/sigv4/index.ts';
import { inWords, type FailureWords } from './service.ts';

export type DoorFailure =
  | 'unknown-operation'
  | 'operation-not-there'
  | 'no-operation'
  | 'access-denied'
  | 'input-malformed'
  | 'body-too-large'
  | 'body-too-slow'
  | 'unavailable'
  | 'went-wrong';
type CommonFailure = SigV4Failure | DoorFailure | Extract<RecordsFailure, 'changed-meanwhile'>;

/** Thrown before a handler runs: the answer in its final words. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly failure: WireFailure;
  /** More of the reason than the answer has, for the log alone. */
  readonly why: string | undefined;
  constructor(failure: WireFailure, why?: string) {
    super(failure.code);
    this.failure = failure;
    this.why = why;
  }
}

const BAD_TOKEN = 'The security token included in the request is invalid.';
const EXPIRED_TOKEN = 'The security token included in the request is expired';
const NOT_SIGNED = 'Request is missing Authentication Token';
const HASH_DIFFERS =
  "XAmzContentSHA256Mismatch: The provided 'x-amz-content-sha256' header does not match what was computed.";
const NOT_THERE = 'Cognate does not have the operation {operation} of {service} yet.';
const TOO_LARGE = 'The request is larger than {limit} bytes.';
const TOO_SLOW = 'The request did not arrive in time.';
const WENT_WRONG = 'The request could not be answered because of an internal error.';
const UNAVAILABLE = 'The service cannot answer just now. Try again.';
const CHANGED = 'The resource was changed by another request at the same time. Try again.';

const WORDS: Readonly<Record<Protocol['family'], Readonly<Record<CommonFailure, FailureWords>>>> = {
  json: {
    'signature-missing': { code: 'MissingAuthenticationTokenException', status: 403, message: NOT_SIGNED },
    'signature-incomplete': { code: 'IncompleteSignatureException', status: 403, message: '{reason}' },
    'signature-mismatch': { code: 'InvalidSignatureException', status: 403, message: '{reason}' },
    'signature-expired': { code: 'InvalidSignatureException', status: 403, message: '{reason}' },
    'content-hash-mismatch': { code: 'InvalidSignatureException', status: 400, message: HASH_DIFFERS },
    'target-malformed': { code: 'IncompleteSignatureException', status: 400, message: '{reason}' },
    'access-key-unknown': { code: 'UnrecognizedClientException', status: 403, message: BAD_TOKEN },
    'session-token-invalid': { code: 'UnrecognizedClientException', status: 403, message: BAD_TOKEN },
    'session-token-expired': { code: 'ExpiredTokenException', status: 403, message: EXPIRED_TOKEN },
    'access-denied': { code: 'AccessDeniedException', message: '{reason}' },
    'unknown-operation': { code: 'UnknownOperationException', message: 'The operation is not known.' },
    'operation-not-there': { code: 'UnknownOperationException', message: NOT_THERE },
    'no-operation': { code: 'UnknownOperationException', message: 'The request names no operation.' },
    'input-malformed': { code: 'SerializationException', message: '{reason}' },
    'body-too-large': { code: 'RequestEntityTooLargeException', status: 413, message: TOO_LARGE },
    'body-too-slow': { code: 'RequestTimeoutException', status: 408, message: TOO_SLOW },
    'changed-meanwhile': { code: 'ConcurrentModificationException', message: CHANGED },
    unavailable: { code: 'ServiceUnavailableException', status: 503, message: UNAVAILABLE },
    'went-wrong': { code: 'InternalErrorException', status: 500, message: WENT_WRONG },
  },
  query: {
    'signature-missing': { code: 'MissingAuthenticationToken', status: 403, message: NOT_SIGNED },
    'signature-incomplete': { code: 'IncompleteSignature', status: 403, message: '{reason}' },
    'signature-mismatch': { code: 'SignatureDoesNotMatch', status: 403, message: '{reason}' },
    'signature-expired': { code: 'SignatureDoesNotMatch', status: 403, message: '{reason}' },
    'content-hash-mismatch': { code: 'SignatureDoesNotMatch', status: 400, message: HASH_DIFFERS },
    'target-malformed': { code: 'IncompleteSignature', status: 400, message: '{reason}' },
    'access-key-unknown': { code: 'InvalidClientTokenId', status: 403, message: BAD_TOKEN },
    'session-token-invalid': { code: 'InvalidClientTokenId', status: 403, message: BAD_TOKEN },
    'session-token-expired': { code: 'ExpiredToken', status: 403, message: EXPIRED_TOKEN },
    'access-denied': { code: 'AccessDenied', status: 403, message: '{reason}' },
    'unknown-operation': {
      code: 'InvalidAction',
      message: 'Could not find the operation for the version named.',
    },
    'operation-not-there': { code: 'InvalidAction', message: NOT_THERE },
    'no-operation': { code: 'MissingAction', message: 'The request names no Action, or not as a form.' },
    'input-malformed': { code: 'MalformedInput', message: '{reason}' },
    'body-too-large': { code: 'RequestEntityTooLarge', status: 413, message: TOO_LARGE },
    'body-too-slow': { code: 'RequestTimeout', status: 408, message: TOO_SLOW },
    'changed-meanwhile': { code: 'ConcurrentModification', status: 409, message: CHANGED },
    unavailable: { code: 'ServiceUnavailable', status: 503, message: UNAVAILABLE },
    'went-wrong': { code: 'InternalFailure', status: 500, message: WENT_WRONG },
  },
};

/** What a service of that family says of `kind`. */
export const commonWords = (
  family: Protocol['family'],
  kind: CommonFailure,
  facts: Facts = {},
): WireFailure => inWords(WORDS[family][kind], facts);

/** The common words for a failure, when it is one that every service may meet. */
export const wordsFor = (family: Protocol['family'], { kind, facts }: Failure): WireFailure | undefined =>
  isCommon(kind) ? commonWords(family, kind, facts) : undefined;

const isCommon = (kind: string): kind is CommonFailure => Object.hasOwn(WORDS.json, kind);
