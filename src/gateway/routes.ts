/**
 * Routes: what the gateway decides on; the form of `gateway.routes` in the configuration.
 *
 * A request that no route covers is refused. The longest prefix decides; between equal ones the first.
 */
import { z } from 'zod';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export const gatewayRoute = z.strictObject({
  /** The host that clients name, without a port; any when absent. */
  host: z
    .string()
    .regex(/^[a-z0-9.-]+$/, 'must be a host name in lower case')
    .optional(),
  /** Begins with a slash. `/orders` covers `/orders` and what is under it, never `/orders-old`. */
  path: z.string().regex(/^\/[A-Za-z0-9\-._~/]*$/, 'must be a plain path that begins with a slash'),
  methods: z.array(z.enum(METHODS)).min(1).optional(),
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
  readonly host: string;
  readonly method: string;
  /** Normalised. */
  readonly path: string;
}

/** The route that covers a request; undefined when none does. */
export function routeFor(
  routes: readonly GatewayRoute[],
  { host, method, path }: Asked,
): GatewayRoute | undefined {
  const covering = routes.filter((route) => {
    const isHost = route.host === undefined || route.host === host;
    const isMethod = route.methods === undefined || route.methods.some((each) => each === method);
    return isHost && isMethod && isUnder(path, route.path);
  });
  return covering.toSorted((one, other) => other.path.length - one.path.length)[0];
}

function isUnder(path: string, prefix: string): boolean {
  const base = prefix.endsWith('/') ? prefix : `${prefix}/`;
  return path === prefix || path.startsWith(base);
}
