/**
 * Input of CreateUserPoolClient and UpdateUserPoolClient: every member of Cognito's API model with its limits.
 *
 * What they mean is said in client-settings.ts.
 */
import type { z } from 'zod';
import { flag, integer, list, oneOf, structure, text } from '../../../wire/members.ts';
import { anyText, arn, clientId, clientSecret, MOST_ATTRIBUTES, poolId, poolName } from '../members.ts';

const unit = oneOf(['seconds', 'minutes', 'hours', 'days']).optional();
const attributeNames = list(text({ min: 1, max: 2048 }), { max: MOST_ATTRIBUTES }).optional();
const redirect = text({ min: 1, max: 1024, pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u });
export const EXPLICIT_FLOWS = [
  'ADMIN_NO_SRP_AUTH',
  'CUSTOM_AUTH_FLOW_ONLY',
  'USER_PASSWORD_AUTH',
  'ALLOW_ADMIN_USER_PASSWORD_AUTH',
  'ALLOW_CUSTOM_AUTH',
  'ALLOW_USER_PASSWORD_AUTH',
  'ALLOW_USER_SRP_AUTH',
  'ALLOW_REFRESH_TOKEN_AUTH',
  'ALLOW_USER_AUTH',
  // Documented for GetClientToken, and absent from the SDK's list of values.
  'ALLOW_CLIENT_TOKEN_AUTH',
] as const;

/** What may be said of a client when it is made, and changed later. */
const settings = {
  UserPoolId: poolId,
  RefreshTokenValidity: integer({ min: 0, max: 315_360_000 }).optional(),
  AccessTokenValidity: integer({ min: 1, max: 86_400 }).optional(),
  IdTokenValidity: integer({ min: 1, max: 86_400 }).optional(),
  TokenValidityUnits: structure({ AccessToken: unit, IdToken: unit, RefreshToken: unit }).optional(),
  ReadAttributes: attributeNames,
  WriteAttributes: attributeNames,
  ExplicitAuthFlows: list(oneOf(EXPLICIT_FLOWS), { max: 20 }).optional(),
  // All providers that a pool may have (Cognito's quota), and COGNITO.
  SupportedIdentityProviders: list(text({ min: 1, max: 32, pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+/u }), {
    max: 301,
  }).optional(),
  CallbackURLs: list(redirect, { max: 100 }).optional(),
  LogoutURLs: list(redirect, { max: 100 }).optional(),
  DefaultRedirectURI: redirect.optional(),
  AllowedOAuthFlows: list(oneOf(['code', 'implicit', 'client_credentials']), { max: 3 }).optional(),
  AllowedOAuthScopes: list(text({ min: 1, max: 256, pattern: /[\x21\x23-\x5B\x5D-\x7E]+/ }), {
    max: 50,
  }).optional(),
  AllowedOAuthFlowsUserPoolClient: flag().optional(),
  AnalyticsConfiguration: structure({
    ApplicationId: text({ pattern: /^[0-9a-fA-F]+$/ }).optional(),
    ApplicationArn: arn.optional(),
    RoleArn: arn.optional(),
    ExternalId: anyText.optional(),
    UserDataShared: flag().optional(),
  }).optional(),
  PreventUserExistenceErrors: oneOf(['LEGACY', 'ENABLED']).optional(),
  EnableTokenRevocation: flag().optional(),
  EnablePropagateAdditionalUserContextData: flag().optional(),
  AuthSessionValidity: integer({ min: 3, max: 15 }).optional(),
  RefreshTokenRotation: structure({
    Feature: oneOf(['ENABLED', 'DISABLED']),
    RetryGracePeriodSeconds: integer({ min: 0, max: 60 }).optional(),
  }).optional(),
};

export const createClientInput = structure({
  ...settings,
  ClientName: poolName,
  GenerateSecret: flag().optional(),
  ClientSecret: clientSecret.optional(),
});

export const updateClientInput = structure({
  ...settings,
  ClientId: clientId,
  ClientName: poolName.optional(),
});
/** What both operations have. */
export type ClientInput = Omit<z.infer<typeof updateClientInput>, 'ClientId' | 'ClientName'>;
