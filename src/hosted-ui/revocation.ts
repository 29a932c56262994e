/**
 * The revocation endpoint: a client gives a refresh token back, and with it the whole sign-in.
 *
 * A client with a secret proves it, in the header or in the form; one without names itself. What is no token, or was revoked already, is answered as if it had been one.
 * Source: RFC 7009; RFC 6749, section 2.3.1; Cognito developer guide, "Revoke endpoint".
 */
import type { Context } from 'koa';
import { isFailure } from '../base/failure.ts';
import { toldBy } from '../base/refusal-log.ts';
import { secretMatches, type Client } from '../domain/pools/clients.ts';
import { basicIn } from '../oidc/basic-authentication.ts';
import { poolOf, type Desk } from './desk.ts';
import { readForm } from './forms.ts';

/** Failures that are the client's, and not ours. */
const REFUSALS = [
  'form-unreadable',
  'token-type-unsupported',
  'revocation-not-enabled',
  'token-of-another-client',
] as const;

export async function revoke(context: Context, desk: Desk): Promise<void> {
  context.set('Cache-Control', 'no-store');
  try {
    const form = await readForm(context);
    const client = await clientOf(context, form, desk);
    if (!client) {
      desk.refused(context, { at: 'revoke', kind: 'invalid_client', client: form['client_id'] });
      if (context.get('Authorization')) context.set('WWW-Authenticate', 'Basic realm="revoke"');
      return refuse(context, 401, 'invalid_client');
    }
    const { token } = form;
    if (!token) {
      desk.refused(context, { at: 'revoke', kind: 'invalid_request', client: client.id });
      return refuse(context, 400, 'invalid_request');
    }
    await desk.tokens.revoke(client, token);
    context.status = 200;
    context.body = '';
  } catch (error) {
    if (isFailure(error, ...REFUSALS)) desk.refused(context, { at: 'revoke', ...toldBy(error) });
    if (isFailure(error, 'form-unreadable')) {
      context.set('Connection', 'close');
      return refuse(context, 400, 'invalid_request');
    }
    if (isFailure(error, 'token-type-unsupported')) return refuse(context, 400, 'unsupported_token_type');
    if (isFailure(error, 'revocation-not-enabled', 'token-of-another-client'))
      return refuse(context, 400, 'invalid_request');
    throw error;
  }
}

/** The client that proves itself by this request; undefined when none does, or in two ways at once. */
async function clientOf(
  context: Context,
  form: Readonly<Record<string, string>>,
  { clients }: Desk,
): Promise<Client | undefined> {
  const inHeader = basicIn(context.get('Authorization'));
  if (inHeader === 'malformed' || (inHeader && form['client_secret'] !== undefined)) return undefined;
  const id = inHeader?.id ?? form['client_id'];
  if (id === undefined || (form['client_id'] ?? id) !== id) return undefined;
  // An empty one is none, wherever it stands.
  const secret = (inHeader?.secret ?? form['client_secret']) || undefined;
  try {
    const client = await clients.get(poolOf(context).id, id);
    return secretMatches(client, secret) ? client : undefined;
  } catch (error) {
    if (isFailure(error, 'client-not-found')) return undefined;
    throw error;
  }
}

function refuse(context: Context, status: number, error: string): void {
  context.status = status;
  context.body = { error };
}
