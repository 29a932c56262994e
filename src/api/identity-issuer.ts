/**
 * The issuer of identity pools' OpenID tokens: its discovery document and its keys, under `/identity`.
 *
 * Public, for every origin; whoever trusts the issuer reads here how to verify its tokens.
 * Source: OpenID Connect Discovery 1.0.
 */
import type { Middleware } from 'koa';
import type { OpenIdTokens } from '../domain/identities/open-id-tokens.ts';

const PUBLISHED = 'public, max-age=300';

/** @param origin the address that clients use, without a slash at the end */
export function identityIssuer({
  openIdTokens,
  origin,
}: {
  openIdTokens: OpenIdTokens;
  origin: string;
}): Middleware {
  const documents: Readonly<Record<string, () => Promise<object>>> = {
    '/identity/.well-known/openid-configuration': async () => ({
      issuer: openIdTokens.issuer,
      jwks_uri: `${origin}/identity/.well-known/jwks.json`,
      response_types_supported: ['token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    }),
    '/identity/.well-known/jwks.json': () => openIdTokens.jwks(),
  };
  return async (context, next) => {
    const document = Object.hasOwn(documents, context.path) ? documents[context.path] : undefined;
    if (!document || (context.method !== 'GET' && context.method !== 'HEAD')) {
      await next();
      return;
    }
    context.set({
      'Access-Control-Allow-Origin': '*',
      'Cache-Control': PUBLISHED,
      'X-Content-Type-Options': 'nosniff',
    });
    context.body = await document();
  };
}
