/** Role operations of cognito-identity. */
import { parseArn } from '../../base/arn.ts';
import type { Ambiguity } from '../../domain/identities/identity-pools.ts';
import { list, mapOf, oneOf, structure, text } from '../../wire/members.ts';
import { anyArn, identityPoolId, onIdentityPool, refuse } from './members.ts';
import { operation } from './nouns.ts';

const rule = structure({
  Claim: text({ min: 1, max: 64, pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u }),
  MatchType: oneOf(['Equals', 'Contains', 'StartsWith', 'NotEqual']),
  Value: text({ min: 1, max: 128 }),
  RoleARN: anyArn,
});
const mapping = structure({
  Type: oneOf(['Token', 'Rules']),
  AmbiguousRoleResolution: oneOf(['AuthenticatedRole', 'Deny']).optional(),
  RulesConfiguration: structure({ Rules: list(rule, { min: 1, max: 400 }) }).optional(),
});

export const SetIdentityPoolRoles = operation({
  caller: 'iam',
  on: onIdentityPool,
  input: structure({
    IdentityPoolId: identityPoolId,
    Roles: mapOf(text({ min: 1, max: 128, pattern: /(un)?authenticated/ }), anyArn, { max: 2 }),
    RoleMappings: mapOf(text({ min: 1, max: 128 }), mapping, { max: 10 }).optional(),
  }),
  async handle({ IdentityPoolId, Roles, RoleMappings = {} }, { identityPools }) {
    for (const arn of Object.values(Roles)) assertRole(arn);
    const byToken: Record<string, Ambiguity> = {};
    for (const [provider, { Type, AmbiguousRoleResolution: ambiguity }] of Object.entries(RoleMappings)) {
      if (Type === 'Rules') refuse('Role mappings of type Rules are not supported.');
      byToken[provider] =
        ambiguity ?? refuse('AmbiguousRoleResolution is required for role mappings of type Token.');
    }
    await identityPools.setRoles(IdentityPoolId, {
      authenticated: Roles.authenticated,
      unauthenticated: Roles.unauthenticated,
      byToken,
    });
  },
});

export const GetIdentityPoolRoles = operation({
  caller: 'iam',
  on: onIdentityPool,
  input: structure({ IdentityPoolId: identityPoolId }),
  async handle({ IdentityPoolId }, { identityPools }) {
    const { id, roles } = await identityPools.get(IdentityPoolId);
    const { authenticated, unauthenticated, byToken } = roles;
    const mappings = Object.entries(byToken).map(
      ([provider, ambiguity]) =>
        [provider, { Type: 'Token' as const, AmbiguousRoleResolution: ambiguity }] as const,
    );
    return {
      IdentityPoolId: id,
      Roles: {
        ...(authenticated !== undefined && { authenticated }),
        ...(unauthenticated !== undefined && { unauthenticated }),
      },
      RoleMappings: mappings.length === 0 ? undefined : Object.fromEntries(mappings),
    };
  },
});

function assertRole(arn: string): void {
  const parsed = parseArn(arn);
  if (parsed?.service !== 'iam' || !parsed.resource.startsWith('role/'))
    refuse('Roles must be ARNs of IAM roles.');
}
