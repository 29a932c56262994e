/**
 * Where the library is bent: the one file that leans on how oidc-provider is made inside.
 *
 * Three things it does that Cognito's clients, or we, must not have: it lets a loopback redirect URI match on any port, it judges registered
 * redirect URIs by its own rules (ours are judged when the client is written), and it answers with script-carrying pages for the form_post
 * response mode. And it takes host and scheme from the request; here they come from the configured public address alone.
 * It reads and parses forms by itself; here it is given the bytes that were read, and counted, before.
 * Source: oidc-provider 9.13, lib/models/client.js, lib/helpers/client_schema.js, lib/helpers/initialize_app.js.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ExternalSigningKey, Provider, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { isUnavailable } from '../base/failure.ts';
import { addressOf } from '../base/request-head.ts';
import type { Refusal } from '../base/refusal-log.ts';
import type { Whence } from '../domain/tokens/sessions.ts';
import type { PublicJwk } from '../domain/ports/signer.ts';
import { isRegistered } from './redirect-uris.ts';

/** The response modes that need no script; the others are never registered, so that asking for one is refused. */
const RESPONSE_MODES = new Set(['query', 'fragment']);

/** What of the library's client schema is bent; its types do not show it. */
interface BendableClient {
  readonly Schema: { readonly prototype: { redirectUris(): void } };
  readonly prototype: {
    redirectUriAllowed(this: { readonly redirectUris: readonly string[] }, uri: string): boolean;
  };
}

/** The largest body that the library reads, in bytes. */
export const LIBRARY_BYTES = 56 * 1024;

/** The request as the library reads it (lib/shared/selective_body.js), with a body that was read already. */
export function withBody<Request extends IncomingMessage>(request: Request, bytes: Buffer): Request {
  return Object.defineProperties(request, {
    readable: { value: true },
    iterator: {
      async *value() {
        yield bytes;
      },
    },
  });
}

/** From where a request comes, for telling sessions apart. */
export const whenceOf = ({ ip, headers }: Pick<KoaContextWithOIDC, 'ip' | 'headers'>): Whence => ({
  ip: addressOf({ ip }),
  userAgent: headers['user-agent'],
});

/** The same of the request that the library is answering, where it hands no context on. */
export function whenceNow(): Whence {
  const context = Provider.ctx;
  return context ? whenceOf(context) : {};
}

interface Surroundings {
  /** The configured address of the program; nothing of a request's own host or scheme is believed. */
  readonly publicUrl: string;
  /** Hears of what is nobody's mistake but ours. */
  readonly failed: (error: unknown) => void;
  /** Hears of requests to the token endpoint that were refused, and of those sent back to an application so. */
  readonly refused: (refusal: Omit<Refusal, 'pool'>) => void;
}

/** In place of `server_error`, which a client would not try again. Source: RFC 6749, section 4.1.2.1; RFC 9110, section 15.6.4. */
function answerUnavailable(context: KoaContextWithOIDC): void {
  context.status = 503;
  context.set('Retry-After', '1');
  if (context.body && typeof context.body === 'object') context.body = { error: 'temporarily_unavailable' };
}

/** One pool's instance of the library. */
export class PoolProvider extends Provider {
  readonly #failed: (error: unknown) => void;
  readonly #refused: Surroundings['refused'];

  constructor(issuer: string, configuration: Configuration, { publicUrl, failed, refused }: Surroundings) {
    super(issuer, configuration);
    // Forwarded addresses were cleansed before the request came here.
    this.proxy = true;
    this.#failed = failed;
    this.#refused = refused;
    this.on('server_error', (context, error) => {
      failed(error);
      if (isUnavailable(error)) answerUnavailable(context);
    });
    // Refused client authentication, and grants that are worth nothing.
    this.on('grant.error', (context, error) => {
      const { params, client } = context.oidc;
      const asked = client?.clientId ?? params?.['client_id'];
      refused({
        at: 'token',
        kind: error.error,
        reason: error.error_detail ?? error.error_description,
        client: typeof asked === 'string' ? asked : undefined,
        sourceIp: addressOf(context),
      });
    });
    bendClients(this);
    bendRequests(this, new URL(publicUrl));
  }

  /** What Koa could not answer; by default it would write to standard error. */
  override onerror(error: Error): void {
    this.#failed(error);
  }

  override registerResponseMode(...[name, handler]: Parameters<Provider['registerResponseMode']>): void {
    if (!RESPONSE_MODES.has(name)) return;
    super.registerResponseMode(name, (context, address, answer) => {
      this.#hearOf(context, answer);
      return handler(context, address, answer);
    });
  }

  /** Of an answer that refuses; what a page refused before is told there. */
  #hearOf(context: KoaContextWithOIDC, { error: kind, error_description: reason }: ResponseAnswer): void {
    const { client, entities } = context.oidc;
    if (typeof kind !== 'string' || entities.Interaction?.result?.['error'] !== undefined) return;
    const said = typeof reason === 'string' ? reason : undefined;
    const sourceIp = addressOf(context);
    this.#refused({ at: 'authorize', kind, reason: said, client: client?.clientId, sourceIp });
  }
}
type ResponseAnswer = Readonly<Record<string, unknown>>;

function bendClients(provider: Provider): void {
  // The class is made anew for each provider, so that nothing shared is changed.
  const client = provider.Client as unknown as BendableClient;
  client.Schema.prototype.redirectUris = () => undefined;
  // Security: character by character; the library would let `http://localhost:1` pass for a registered `http://localhost:3000`.
  client.prototype.redirectUriAllowed = function isOwn(uri) {
    return isRegistered(uri, this.redirectUris);
  };
}

/** Koa makes each request from `provider.request`; what is defined there hides what the request itself says. */
function bendRequests(provider: Provider, address: URL): void {
  const fixed = {
    protocol: address.protocol.slice(0, -1),
    secure: address.protocol === 'https:',
    host: address.host,
    hostname: address.hostname,
    origin: address.origin,
    href: address.href,
  };
  for (const [name, value] of Object.entries(fixed)) {
    Object.defineProperty(provider.request, name, { get: () => value });
  }
}

/**
 * A key that the library may check with (an `id_token_hint`) and can never sign with: tokens come from the token authority alone.
 */
export class CheckOnlyKey extends ExternalSigningKey {
  readonly #key: KeyObject;
  readonly #jwk: PublicJwk;

  constructor(jwk: PublicJwk) {
    super();
    this.#jwk = jwk;
    this.#key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    Object.assign(this, { kid: jwk.kid, alg: jwk.alg });
  }

  override keyObject(): KeyObject {
    return this.#key;
  }

  override sign(): never {
    throw new Error(`oidc-provider asked for a signature by ${this.#jwk.kid}; it signs nothing here`);
  }
}
