/** The provider of a world's people: a second pool plays it, and speaks the same protocol as any. */
import type { CreateIdentityProviderRequest } from '@aws-sdk/client-cognito-identity-provider';
import type { RunningServer } from '../../../support/servers/server.ts';
import type { WorldOn } from '../world.ts';

/** @param scopes what our pool asks it for */
export async function addUpstream(world: WorldOn<RunningServer>, scopes = 'openid email') {
  const poolId = await world.addPool('upstream');
  /** What the upstream knows us by. */
  const broker = await world.addClient({
    UserPoolId: poolId,
    GenerateSecret: true,
    AllowedOAuthScopes: scopes.split(' '),
    CallbackURLs: [`${world.base}/oauth2/idpresponse`],
  });
  return {
    poolId,

    /** Makes it known to our pool under that name. */
    addProvider: (ProviderName: string, more: Partial<CreateIdentityProviderRequest> = {}) =>
      world.userPools.createIdentityProvider({
        UserPoolId: world.poolId,
        ProviderName,
        ProviderType: 'OIDC',
        ProviderDetails: {
          client_id: broker.id,
          client_secret: broker.secret!,
          oidc_issuer: `${world.server.url}/${poolId}`,
          authorize_scopes: scopes,
          attributes_request_method: 'GET',
        },
        ...more,
      }),
  };
}
export type Upstream = Awaited<ReturnType<typeof addUpstream>>;
