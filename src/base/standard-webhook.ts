/**
 * Standard Webhooks: how the receiver of a call of ours knows that it is ours, whole, and recent.
 *
 * The signature covers id, moment and body. The same id at another try says that it is the same call.
 * Source: standardwebhooks.com, specification, "Signature scheme".
 */
import { epochSeconds } from './clock.ts';
import { hmacSha256 } from './secret.ts';

const SECRET = /^whsec_([A-Za-z0-9+/]{32,86}={0,2})$/;
const SHORTEST_BYTES = 24;
const LONGEST_BYTES = 64;

/** The key in `whsec_<base64>`, 24 to 64 bytes; undefined when it is none. */
export function webhookKey(secret: string): Buffer | undefined {
  const [, written] = SECRET.exec(secret) ?? [];
  if (written === undefined) return undefined;
  const key = Buffer.from(written, 'base64');
  return key.length >= SHORTEST_BYTES && key.length <= LONGEST_BYTES ? key : undefined;
}

/**
 * The headers of a call.
 * @param id of the call, the same at each try; without a dot
 */
export function signedHeaders(
  key: Uint8Array,
  { id, at, body }: { readonly id: string; readonly at: Date; readonly body: string },
): Readonly<Record<string, string>> {
  const timestamp = String(epochSeconds(at));
  const signature = hmacSha256(key, `${id}.${timestamp}.${body}`).toString('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
