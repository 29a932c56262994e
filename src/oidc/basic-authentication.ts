/**
 * Clients that name themselves by HTTP Basic authentication.
 *
 * A public client may send an empty secret with its id: it proves nothing, and stands for no secret at all. A client that has a secret
 * gains nothing by an empty one.
 * Source: RFC 6749, section 2.3.1 ("The client MAY omit the parameter if the client secret is an empty string"); RFC 7617.
 */
import type { IncomingMessage } from 'node:http';
import { credentialsIn } from '../base/http-credentials.ts';

interface BasicCredentials {
  readonly id: string;
  /** Undefined for an empty one. */
  readonly secret: string | undefined;
}

/**
 * Id and secret, each percent-encoded before they were joined.
 * @returns undefined without an Authorization header
 */
export function basicIn(header: string): BasicCredentials | 'malformed' | undefined {
  if (header === '') return undefined;
  const text = Buffer.from(credentialsIn(header, 'Basic') ?? '', 'base64').toString('utf8');
  const [id, secret, ...rest] = text.split(':');
  if (!id || secret === undefined || rest.length > 0) return 'malformed';
  try {
    return { id: decodeURIComponent(id), secret: decodeURIComponent(secret) || undefined };
  } catch {
    return 'malformed';
  }
}

/**
 * The form that oidc-provider shall read, which refuses an empty secret: it names the client instead, and the header is gone. A client
 * that is named twice is refused there.
 *
 * @param form the bytes of the form as it came
 */
export function withoutEmptySecret({ headers }: IncomingMessage, form: Buffer): Buffer {
  const basic = basicIn(headers.authorization ?? '');
  if (typeof basic !== 'object') return form;
  if (basic.secret !== undefined) {
    // The library takes one space alone.
    headers.authorization = `Basic ${credentialsIn(headers.authorization ?? '', 'Basic')}`;
    return form;
  }
  delete headers.authorization;
  const named = new URLSearchParams(form.toString('utf8')).getAll('client_id');
  if (named.length === 1 && named[0] === basic.id) return form;
  const more = Buffer.from(`&${new URLSearchParams({ client_id: basic.id }).toString()}`);
  if (headers['content-length'] !== undefined) headers['content-length'] = String(form.length + more.length);
  return Buffer.concat([form, more]);
}
