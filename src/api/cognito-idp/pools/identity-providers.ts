/** Identity-provider operations of cognito-idp. */
import type { Provider } from '../../../domain/pools/providers.ts';
import { list, mapOf, oneOf, structure, text } from '../../../wire/members.ts';
import { anyText, MOST_ATTRIBUTES, onPool, poolId, refuse } from '../members.ts';
import { operation } from '../nouns.ts';

const NEW_NAME = /[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+/u;
/** Names that have a meaning of their own wherever providers are named. */
const RESERVED = new Set(['COGNITO']);
/** Types of which a pool has one, called after its type. */
const SOCIAL: ReadonlySet<string> = new Set(['Google', 'Facebook', 'LoginWithAmazon']);

/** What may be said of a provider when it is made, and changed later. */
const settings = {
  ProviderDetails: mapOf(anyText, anyText, { max: 50 }),
  AttributeMapping: mapOf(text({ min: 1, max: 32 }), anyText, { max: MOST_ATTRIBUTES }).optional(),
  IdpIdentifiers: list(text({ min: 1, max: 40, pattern: /[\w\s+=.@-]+/ }), { max: 50 }).optional(),
  AcrMapping: mapOf(anyText, anyText, { max: 50 }).optional(),
};
const providerName = text({ min: 1, max: 32, pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+/u });

export const CreateIdentityProvider = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    UserPoolId: poolId,
    ProviderName: text({ min: 1, max: 32, pattern: NEW_NAME }),
    ProviderType: oneOf(['SAML', 'Facebook', 'Google', 'LoginWithAmazon', 'SignInWithApple', 'OIDC']),
    ...settings,
  }),
  async handle(input, { providers }) {
    const { ProviderType: type, ProviderName: name } = input;
    if (type === 'SignInWithApple') return refuse('ProviderType SignInWithApple is not supported.');
    if (SOCIAL.has(type) && name !== type) refuse(`The provider of type ${type} must be named ${type}.`);
    if (RESERVED.has(name)) refuse(`The name ${name} is reserved.`);
    if (input.AcrMapping) refuse('AcrMapping is not supported.');
    const provider = await providers.create({
      poolId: input.UserPoolId,
      name,
      type,
      details: input.ProviderDetails,
      attributeMapping: input.AttributeMapping ?? {},
      identifiers: input.IdpIdentifiers ?? [],
    });
    return { IdentityProvider: identityProviderType(provider) };
  },
});

/** What is left out stays; the details are replaced as a whole. */
export const UpdateIdentityProvider = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    UserPoolId: poolId,
    ProviderName: providerName,
    ProviderDetails: settings.ProviderDetails.optional(),
    AttributeMapping: settings.AttributeMapping,
    IdpIdentifiers: settings.IdpIdentifiers,
    AcrMapping: settings.AcrMapping,
  }),
  async handle(input, { providers }) {
    if (input.AcrMapping) refuse('AcrMapping is not supported.');
    const provider = await providers.update(input.UserPoolId, input.ProviderName, {
      details: input.ProviderDetails,
      attributeMapping: input.AttributeMapping,
      identifiers: input.IdpIdentifiers,
    });
    return { IdentityProvider: identityProviderType(provider) };
  },
});

export const DeleteIdentityProvider = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, ProviderName: providerName }),
  async handle({ UserPoolId, ProviderName }, { providers, tokens }) {
    await tokens.endingProvider(UserPoolId, ProviderName, (endings) =>
      providers.remove(UserPoolId, ProviderName, endings),
    );
  },
});

export const DescribeIdentityProvider = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, ProviderName: providerName }),
  async handle({ UserPoolId, ProviderName }, { providers }) {
    return { IdentityProvider: identityProviderType(await providers.get(UserPoolId, ProviderName)) };
  },
});

/** A provider in the wire's words (IdentityProviderType). */
function identityProviderType(provider: Provider) {
  return {
    UserPoolId: provider.poolId,
    ProviderName: provider.name,
    ProviderType: provider.type,
    ProviderDetails: { ...provider.details },
    AttributeMapping: { ...provider.attributeMapping },
    IdpIdentifiers: [...provider.identifiers],
    LastModifiedDate: new Date(provider.modifiedAt),
    CreationDate: new Date(provider.createdAt),
  };
}
