/** Identity-pool operations of cognito-identity. */
import { anyIdentityPoolArn } from '../../base/arn.ts';
import type { IdentityPool } from '../../domain/identities/identity-pools.ts';
import type { LoginProofs } from '../../domain/identities/logins.ts';
import { isSocial } from '../../domain/identities/social.ts';
import { flag, list, mapOf, structure, text } from '../../wire/members.ts';
import { unsought } from '../../wire/target.ts';
import { anyArn, identityPoolId, onIdentityPool, refuse } from './members.ts';
import { operation } from './nouns.ts';

/** Of one kind; of user pools it is Cognito's quota. */
const MOST_PROVIDERS = 50;

const userPoolProvider = structure({
  ProviderName: text({ min: 1, max: 128, pattern: /[\w._:/-]+/ }).optional(),
  ClientId: text({ min: 1, max: 128, pattern: /[\w_]+/ }).optional(),
  ServerSideTokenCheck: flag().optional(),
});

export const CreateIdentityPool = operation({
  caller: 'iam',
  on: (_input, _nouns, at) => unsought(anyIdentityPoolArn(at)),
  input: structure({
    IdentityPoolName: text({ min: 1, max: 128, pattern: /[\w\s+=,.@-]+/ }),
    AllowUnauthenticatedIdentities: flag(),
    AllowClassicFlow: flag().optional(),
    SupportedLoginProviders: mapOf(
      text({ min: 1, max: 128 }),
      text({ min: 1, max: 128, pattern: /[\w.;_/-]+/ }),
      { max: 10 },
    ).optional(),
    DeveloperProviderName: text({ min: 1, max: 128, pattern: /[\w._-]+/ }).optional(),
    OpenIdConnectProviderARNs: list(anyArn, { max: MOST_PROVIDERS }).optional(),
    CognitoIdentityProviders: list(userPoolProvider, { max: MOST_PROVIDERS }).optional(),
    SamlProviderARNs: list(anyArn, { max: MOST_PROVIDERS }).optional(),
    IdentityPoolTags: mapOf(text({ min: 1, max: 128 }), text({ max: 256 }), { max: 50 }).optional(),
  }),
  async handle(input, { identityPools, logins }, { region }) {
    const social = input.SupportedLoginProviders ?? {};
    for (const name of Object.keys(social))
      if (!isSocial(name)) refuse(`SupportedLoginProviders: ${name} is not supported.`);
    if ((input.OpenIdConnectProviderARNs ?? []).length > 0)
      refuse('OpenIdConnectProviderARNs is not supported.');
    if ((input.SamlProviderARNs ?? []).length > 0) refuse('SamlProviderARNs is not supported.');
    if (input.DeveloperProviderName !== undefined) refuse('DeveloperProviderName is not supported.');
    const pool = await identityPools.create(region, {
      name: input.IdentityPoolName,
      allowsGuests: input.AllowUnauthenticatedIdentities,
      allowsClassicFlow: input.AllowClassicFlow ?? false,
      developerProviderName: input.DeveloperProviderName,
      userPools: (input.CognitoIdentityProviders ?? []).map((each) => userPoolFrom(each, logins)),
      socialProviders: social,
      tags: input.IdentityPoolTags ?? {},
    });
    return identityPoolType(pool);
  },
});

export const DescribeIdentityPool = operation({
  caller: 'iam',
  on: onIdentityPool,
  input: structure({ IdentityPoolId: identityPoolId }),
  handle(_input, _nouns, { found: pool }) {
    return identityPoolType(pool);
  },
});

function userPoolFrom(
  given: { ProviderName?: string; ClientId?: string; ServerSideTokenCheck?: boolean },
  logins: LoginProofs,
) {
  const {
    ProviderName: providerName,
    ClientId: clientId,
    ServerSideTokenCheck: checksTokens = false,
  } = given;
  if (providerName === undefined || clientId === undefined)
    refuse('A Cognito identity provider needs a ProviderName and a ClientId.');
  if (logins.userPoolOf(providerName) === undefined) refuse('Invalid Cognito Identity Provider');
  return { providerName, clientId, checksTokens };
}

/** An identity pool in the wire's words (IdentityPool). */
function identityPoolType(pool: IdentityPool) {
  return {
    IdentityPoolId: pool.id,
    IdentityPoolName: pool.name,
    AllowUnauthenticatedIdentities: pool.allowsGuests,
    AllowClassicFlow: pool.allowsClassicFlow,
    SupportedLoginProviders:
      Object.keys(pool.socialProviders ?? {}).length === 0 ? undefined : { ...pool.socialProviders },
    CognitoIdentityProviders:
      pool.userPools.length === 0
        ? undefined
        : pool.userPools.map(({ providerName, clientId, checksTokens }) => ({
            ProviderName: providerName,
            ClientId: clientId,
            ServerSideTokenCheck: checksTokens,
          })),
    IdentityPoolTags: pool.tags,
  };
}
