/**
 * How we prove ourselves at a provider's token endpoint: by a secret, in the form or in a header.
 *
 * The form is what Cognito sends, so that it is chosen wherever the provider says that it takes it, and
 * where it says nothing. A provider that takes neither is refused when it is configured.
 * Source: OpenID Connect Core 1.0, 9; Discovery 1.0, 3 (token_endpoint_auth_methods_supported).
 */
import * as client from 'openid-client';
import { refused, shown } from './upstream.ts';

/** In the order in which they are chosen. */
const METHODS = [
  ['client_secret_post', client.ClientSecretPost],
  ['client_secret_basic', client.ClientSecretBasic],
] as const;

type Published = Pick<client.ServerMetadata, 'token_endpoint_auth_methods_supported'>;

/** @param secret undefined for a public client */
export const clientAuthentication =
  (secret: string | undefined): client.ClientAuth =>
  (as, us, body, headers) => {
    const authenticate = secret === undefined ? client.None() : methodFor(as)(secret);
    return authenticate(as, us, body, headers);
  };

/** @throws Failure `provider-refused` where the provider takes none that is spoken here */
export function assertAuthentication(published: Published, secret: string | undefined): void {
  if (secret !== undefined) methodFor(published);
}

function methodFor({ token_endpoint_auth_methods_supported: supported }: Published) {
  const [first] = METHODS;
  const found = supported === undefined ? first : METHODS.find(([name]) => supported.includes(name));
  if (found) return found[1];
  const spoken = METHODS.map(([name]) => name).join(' or ');
  throw refused(`it takes client authentication by ${shown(supported)}, expected ${spoken}`);
}
