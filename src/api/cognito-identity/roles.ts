/** Role operations of cognito-identity. */
import { parseArn } from '../../base/arn.ts';
import type { RoleMapping } from '../../domain/identities/identity-pools.ts';
import type { z } from 'zod';
import { list, mapOf, oneOf, structure, text } from '../../wire/members.ts';
import { anyArn, identityPoolId, onIdentityPool, refuse } from './members.ts';
import { operation } from './nouns.ts';

/** Cognito's quota of rules a provider. */
const MOST_RULES = 25;

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
  passes: {
    // As in AWS's own policy AmazonESCognitoAccess.
    to: 'cognito-identity.amazonaws.com',
    roles: ({ Roles, RoleMappings = {} }) => [
      ...Object.values(Roles),
      ...Object.values(RoleMappings).flatMap(({ RulesConfiguration: given }) =>
        (given?.Rules ?? []).map(({ RoleARN }) => RoleARN),
      ),
    ],
  },
  input: structure({
    IdentityPoolId: identityPoolId,
    Roles: mapOf(text({ min: 1, max: 128, pattern: /(un)?authenticated/ }), anyArn, { max: 2 }),
    RoleMappings: mapOf(text({ min: 1, max: 128 }), mapping, { max: 10 }).optional(),
  }),
  async handle({ Roles, RoleMappings = {} }, { identityPools }, { found: pool }) {
    for (const arn of Object.values(Roles)) assertRole(arn);
    const mappings = Object.entries(RoleMappings).map(
      ([provider, given]) => [provider, mappingFrom(given)] as const,
    );
    await identityPools.setRoles(pool.id, {
      authenticated: Roles.authenticated,
      unauthenticated: Roles.unauthenticated,
      mappings: Object.fromEntries(mappings),
    });
  },
});

export const GetIdentityPoolRoles = operation({
  caller: 'iam',
  on: onIdentityPool,
  input: structure({ IdentityPoolId: identityPoolId }),
  handle(_input, _nouns, { found: { id, roles } }) {
    const { authenticated, unauthenticated } = roles;
    const mappings = Object.entries(roles.mappings).map(
      ([provider, each]) => [provider, mappingType(each)] as const,
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

/** @throws Failure `refused-parameter` */
function mappingFrom(given: z.infer<typeof mapping>): RoleMapping {
  const { Type, AmbiguousRoleResolution: ambiguity, RulesConfiguration: configuration } = given;
  if (ambiguity === undefined)
    return refuse(`AmbiguousRoleResolution is required for role mappings of type ${Type}.`);
  if (Type === 'Token') {
    if (configuration) refuse('RulesConfiguration is for role mappings of type Rules.');
    return { by: 'token', ambiguity };
  }
  if (!configuration) return refuse('RulesConfiguration is required for role mappings of type Rules.');
  if (configuration.Rules.length > MOST_RULES)
    return refuse(`A provider may have up to ${MOST_RULES} rules.`);
  const rules = configuration.Rules.map(
    ({ Claim: claim, MatchType: match, Value: value, RoleARN: roleArn }) => {
      assertRole(roleArn);
      return { claim, match, value, roleArn };
    },
  );
  return { by: 'rules', ambiguity, rules };
}

/** A mapping in the wire's words (RoleMapping). */
function mappingType(each: RoleMapping) {
  if (each.by === 'token') return { Type: 'Token' as const, AmbiguousRoleResolution: each.ambiguity };
  const Rules = each.rules.map(({ claim, match, value, roleArn }) => ({
    Claim: claim,
    MatchType: match,
    Value: value,
    RoleARN: roleArn,
  }));
  return {
    Type: 'Rules' as const,
    AmbiguousRoleResolution: each.ambiguity,
    RulesConfiguration: { Rules },
  };
}

function assertRole(arn: string): void {
  const parsed = parseArn(arn);
  if (parsed?.service !== 'iam' || !parsed.resource.startsWith('role/'))
    refuse('Roles must be ARNs of IAM roles.');
}
