/**
 * Redirect addresses: which ones an app client may be given.
 *
 * https, http at loopback only, or an application's own scheme; never one that a browser runs as script, never with a fragment. Compared by characters ever after, so that nothing is normalised here.
 * Source: RFC 8252, 7; RFC 9700, 4.1; Cognito API reference, CallbackURLs.
 */
import { refuse } from '../members.ts';

const DANGEROUS = new Set(['javascript:', 'data:', 'vbscript:', 'file:', 'blob:', 'about:', 'view-source:']);
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** @throws Failure `refused-parameter` */
export function assertRedirect(text: string): void {
  const url = URL.parse(text);
  const isUsable =
    url !== null &&
    !DANGEROUS.has(url.protocol) &&
    !text.includes('#') &&
    !text.includes('\\') &&
    !url.username &&
    !url.password &&
    (url.protocol !== 'http:' || LOOPBACK.has(url.hostname));
  if (!isUsable)
    refuse(
      "Redirect addresses must be https, http at localhost, or of an application's own scheme, without a fragment.",
    );
}
