/**
 * Routes: what the gateway decides on; the form of `gateway.routes` in the configuration.
 *
 * A request that no route covers is refused. Host name and path alone find the routes that decide: those with the longest path. If
 * none of these takes the port and the method, the request is refused; a shorter route, which may ask for less, is never tried.
 * Between equal ones the first decides.
 */
import { z } from 'zod';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export const gatewayRoute = z.strictObject({
  /** The host that clients name, with or without a port; any host when absent, any port when it names none. */
  host: z
    .string()
    .regex(/^[a-z0-9.-]+(?::[1-9]\d{0,4})?$/, 'must be a host name in lower case, with or without a port')
    .optional(),
  /** Begins with a slash. `/orders` covers `/orders` and what is under it, never `/orders-old`. */
  path: z.string().regex(/^\/[A-Za-z0-9\-._~/]*$/, 'must be a plain path that begins with a slash'),
  /** GET is HEAD too. Any method when absent. */
  methods: z.array(z.enum(METHODS)).min(1).optional(),
  /** `allow`: the browser's question whether another site may call (a CORS preflight) needs no credential. */
  preflight: z.enum(['allow', 'refuse']).default('refuse'),
  /** Scopes of an access token, all of which are needed; tokens are refused where none are named. */
  scopes: z.array(z.string().min(1).max(256)).min(1).max(50).optional(),
  /** For signatures: the API that policies name, `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>`. */
  api: z
    .strictObject({
      id: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
      stage: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
      region: z
        .string()
        .regex(/^[a-z]{2}(-[a-z]+)+-\d$/)
        .optional(),
    })
    .optional(),
});
export type GatewayRoute = z.infer<typeof gatewayRoute>;

export interface Asked {
  /** Without a port. */
  readonly host: string;
  readonly port: number;
  readonly method: string;
  /** Normalised. */
  readonly path: string;
}

/** The route that decides on a request; or why none does. */
export function routeFor(
  routes: readonly GatewayRoute[],
  { host, port, method, path }: Asked,
): GatewayRoute | 'not-covered' | 'method-not-allowed' {
  const covering = routes.filter((route) => isHost(host, route) && isUnder(path, route.path));
  const longest = Math.max(...covering.map((route) => route.path.length));
  const deciding = covering.filter((route) => route.path.length === longest && isPort(port, route));
  if (deciding.length === 0) return 'not-covered';
  return deciding.find((route) => takesMethod(method, route)) ?? 'method-not-allowed';
}

/** Name and port of a route's host. */
const partsOf = ({ host }: GatewayRoute): readonly (string | undefined)[] => host?.split(':') ?? [];

function isHost(host: string, route: GatewayRoute): boolean {
  const [name] = partsOf(route);
  return name === undefined || name === host;
}

function isPort(port: number, route: GatewayRoute): boolean {
  const [, own] = partsOf(route);
  return own === undefined || Number(own) === port;
}

const takesMethod = (method: string, { methods }: GatewayRoute): boolean =>
  methods === undefined || methods.some((each) => each === method || (each === 'GET' && method === 'HEAD'));

function isUnder(path: string, prefix: string): boolean {
  const base = prefix.endsWith('/') ? prefix : `${prefix}/`;
  return path === prefix || path.startsWith(base);
}
