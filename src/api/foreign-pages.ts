/**
 * Web pages of other machines: whether a browser sent a request for one of them.
 *
 * A browser on this machine reaches what only this machine can reach, whatever page it shows; and a page whose name is made to resolve to
 * this machine (DNS rebinding) is of our own origin to it. So a key that can be guessed is worth nothing in requests of such pages. Pages
 * at loopback addresses are this machine's own.
 * Source: Fetch, "Origin header"; Fetch Metadata Request Headers; RFC 6454.
 */
import { isLoopback } from '../base/ip.ts';
import { isPassedOn } from '../base/request-head.ts';
import { header, type WireRequest } from '../wire/protocol.ts';

type Head = Pick<WireRequest, 'method' | 'headers'>;

/** True for a request of another machine, by a proxy on this one, or that a page of one may have sent. */
export function isFromElsewhere(head: Head): boolean {
  if (isPassedOn(head)) return true;
  const origins = head.headers.filter(([name]) => name === 'origin').map(([, value]) => value);
  // `null` is the origin of pages that hide theirs.
  if (origins.length > 0) return !origins.every((each) => isOfThisMachine(each));
  if (header(head, 'sec-fetch-site') === 'cross-site') return true;
  // With GET and HEAD a page tells no origin to what it takes for its own server; the Host names that.
  const isRead = head.method === 'GET' || head.method === 'HEAD';
  return isRead && !isOfThisMachine(`http://${header(head, 'host') ?? ''}`);
}

const isOfThisMachine = (origin: string): boolean => isLoopback(URL.parse(origin)?.hostname ?? '');
