/**
 * The choice of service: which API a request speaks to, from its path, from X-Amz-Target, or from a form's Version and Action.
 *
 * A request that is none's is still answered in a protocol's words: in JSON when it has a target or nothing tells, in XML when it is a form
 * or its signature names one of our query services. Nothing is verified here.
 */
import { awsJson, speaksAwsJson } from '../wire/aws-json.ts';
import { speaksAwsQuery } from '../wire/aws-query.ts';
import { Unreadable, type Protocol, type WireRequest } from '../wire/protocol.ts';
import { claimedScope } from '../wire/sigv4/index.ts';
import { commonWords, Refused } from './refusals.ts';
import type { Mounted } from './service.ts';

export interface Chosen {
  readonly mounted: Mounted;
  /** The operation's name as asked, known or not. */
  readonly name: string;
}

/** Answers what is of no service of ours. */
const NOBODY = awsJson('');
const AMPERSAND = 0x26;
/** Largest body of an operation that does not declare more, in bytes. */
export const MOST_BYTES = 256 * 1024;

/** Makes the choosers over the mounted services. */
export function createChooser(services: readonly Mounted[]) {
  const ofFamily = (family: Protocol['family']) =>
    services.filter(({ service: { protocol } }) => protocol.family === family && !protocol.takesPath);
  /** The service whose paths begin as this request's does. */
  const atPath = ({ target }: Pick<WireRequest, 'target'>) => {
    const [path = ''] = target.split('?', 1);
    return services.find(({ service }) => service.protocol.takesPath?.(path));
  };
  const named = (request: Pick<WireRequest, 'target' | 'headers'>) => {
    const scope = claimedScope(request);
    return scope && services.find(({ service }) => service.name === scope.service);
  };

  /** The protocol that words an answer when no service was found. */
  function protocolOf(request: Pick<WireRequest, 'method' | 'target' | 'headers'>): Protocol {
    const placed = atPath(request);
    if (placed) return placed.service.protocol;
    if (speaksAwsJson(request)) return NOBODY;
    const mounted = named(request);
    if (speaksAwsQuery(request)) {
      const [first] = ofFamily('query');
      const query = mounted?.service.protocol.family === 'query' ? mounted : first;
      return query?.service.protocol ?? NOBODY;
    }
    return mounted?.service.protocol ?? NOBODY;
  }

  /** @throws Refused, Unreadable */
  function choose(request: WireRequest): Chosen {
    const placed = atPath(request);
    if (placed) return { mounted: placed, name: placed.service.protocol.operationName(request) ?? '' };
    const found = speaksAwsJson(request) ? candidates(ofFamily('json'), request) : [];
    if (!speaksAwsJson(request) && speaksAwsQuery(request))
      found.push(...candidates(ofFamily('query'), request));
    const [first] = found;
    if (!first) {
      const { family } = protocolOf(request);
      throw new Refused(commonWords(family, speaks(request) ? 'unknown-operation' : 'no-operation'));
    }
    const byScope = found.length > 1 ? named(request) : undefined;
    return found.find(({ mounted }) => mounted === byScope) ?? first;
  }

  return {
    protocolOf,
    choose,
    /** The choice by the first bytes of a body: a form names its Action before its large members, or not in time. @throws Refused, Unreadable */
    chooseEarly(head: Omit<WireRequest, 'body'>, start: Uint8Array): Chosen {
      // The last parameter of what has come is cut somewhere.
      const end = Math.max(0, start.lastIndexOf(AMPERSAND));
      const request = { ...head, body: start.subarray(0, end) };
      const isForm = !atPath(head) && !speaksAwsJson(head);
      if (isForm && candidates(ofFamily('query'), request).length === 0)
        throw new Refused(commonWords(protocolOf(head).family, 'body-too-large', { limit: MOST_BYTES }));
      return choose(request);
    },
    /** True for a path below `/` that a service answers at. */
    takesPath: (path: string): boolean => atPath({ target: path }) !== undefined,
    /** True for a call that is signed for a service which answers at paths, whatever path it names. */
    isForPaths: (head: Pick<WireRequest, 'target' | 'headers'>): boolean =>
      named(head)?.service.protocol.takesPath !== undefined,
  };
}

const speaks = (request: WireRequest): boolean => speaksAwsJson(request) || speaksAwsQuery(request);

/** The services that take the request for theirs. @throws Unreadable */
function candidates(services: readonly Mounted[], request: WireRequest): Chosen[] {
  const targets = request.headers.filter(([name]) => name === 'x-amz-target');
  if (targets.length > 1)
    throw new Unreadable('SerializationException', 'X-Amz-Target was sent more than once.');
  return services.flatMap((mounted) => {
    const name = mounted.service.protocol.operationName(request);
    return name === undefined ? [] : [{ mounted, name }];
  });
}
