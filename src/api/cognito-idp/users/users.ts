/** User operations of cognito-idp, the administrator's part. */
import type { User } from '../../../domain/users/users.ts';
import { flag, list, oneOf, structure, text } from '../../../wire/members.ts';
import {
  attributeName,
  attributes,
  attributesFrom,
  metadata,
  MOST_ATTRIBUTES,
  onPool,
  pageSize,
  pageToken,
  password,
  passwordOrBlank,
  poolId,
  refuse,
  username,
} from '../members.ts';
import { operation } from '../nouns.ts';
import { attributeTypes } from './user-attributes.ts';
import { mfaSettings } from './user-factors.ts';
import { readFilter } from './user-filter.ts';

const PAGE = 60;

export const AdminCreateUser = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    UserPoolId: poolId,
    Username: username,
    UserAttributes: attributes.optional(),
    ValidationData: attributes.optional(),
    TemporaryPassword: passwordOrBlank.optional(),
    ForceAliasCreation: flag().optional(),
    MessageAction: oneOf(['RESEND', 'SUPPRESS']).optional(),
    DesiredDeliveryMediums: list(oneOf(['SMS', 'EMAIL']), { max: 10 }).optional(),
    ClientMetadata: metadata.optional(),
  }),
  async handle(input, { pools, invitations }) {
    const { Username: login, TemporaryPassword: given, MessageAction } = input;
    const temporaryPassword = given || undefined;
    const pool = await pools.get(input.UserPoolId);
    const mediums = input.DesiredDeliveryMediums && [...new Set(input.DesiredDeliveryMediums)];
    const asked = mediums?.map((medium) => (medium === 'SMS' ? ('sms' as const) : ('email' as const)));
    const channels = MessageAction === 'SUPPRESS' ? [] : asked;
    const user =
      MessageAction === 'RESEND'
        ? await invitations.resend({
            pool,
            login,
            temporaryPassword,
            channels,
            metadata: input.ClientMetadata,
          })
        : await invitations.invite({
            pool,
            login,
            attributes: attributesFrom(input.UserAttributes),
            temporaryPassword,
            channels,
            force: input.ForceAliasCreation ?? false,
            validationData: input.ValidationData && attributesFrom(input.ValidationData),
            metadata: input.ClientMetadata,
          });
    return { User: { ...userType(user), Attributes: attributeTypes(user) } };
  },
});

export const AdminSetUserPassword = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    UserPoolId: poolId,
    Username: username,
    Password: password,
    Permanent: flag().optional(),
  }),
  async handle({ UserPoolId, Username, Password, Permanent = false }, nouns) {
    await nouns.passwordChanges.set({
      pool: await nouns.pools.get(UserPoolId),
      login: Username,
      password: Password,
      isPermanent: Permanent,
      replace: nouns.tokens.endOnNewPassword,
    });
    return {};
  },
});

export const AdminGetUser = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, Username: username }),
  async handle({ UserPoolId, Username }, { pools, users }) {
    const user = await users.get(await pools.get(UserPoolId), Username);
    return { ...userType(user), UserAttributes: attributeTypes(user), ...mfaSettings(user) };
  },
});

export const AdminDeleteUser = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, Username: username }),
  async handle({ UserPoolId, Username }, { pools, users, leaving, tokens }) {
    const pool = await pools.get(UserPoolId);
    const user = await users.get(pool, Username);
    await tokens.endingUser(pool, user, (endings) => leaving.remove(pool, user, endings));
  },
});

export const AdminEnableUser = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, Username: username }),
  async handle({ UserPoolId, Username }, { pools, users }) {
    const pool = await pools.get(UserPoolId);
    await users.change(pool, await users.get(pool, Username), (present) =>
      present.isEnabled ? present : { ...present, isEnabled: true },
    );
    return {};
  },
});

/** Ends all sign-ins too: who is enabled again signs in anew. */
export const AdminDisableUser = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, Username: username }),
  async handle({ UserPoolId, Username }, { pools, users, tokens }) {
    const pool = await pools.get(UserPoolId);
    const user = await users.get(pool, Username);
    // In one write: whoever is disabled has signed out, also if the process ends just now.
    await tokens.signOutEverywhere(pool, user, (present) => ({ ...present, isEnabled: false }));
    return {};
  },
});

export const ListUsers = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    UserPoolId: poolId,
    AttributesToGet: list(attributeName, { max: MOST_ATTRIBUTES }).optional(),
    Limit: pageSize.optional(),
    PaginationToken: pageToken.optional(),
    Filter: text({ max: 256 }).optional(),
  }),
  async handle({ UserPoolId, AttributesToGet, Limit, PaginationToken, Filter }, { pools, users }) {
    const pool = await pools.get(UserPoolId);
    const filter = readFilter(Filter);
    const unknown = AttributesToGet?.find((name) => !pool.schema.some((each) => each.name === name));
    if (unknown !== undefined) refuse(`One or more requested attributes do not exist: ${unknown}.`);
    const { records, next } = await users.list(pool.id, {
      filter,
      limit: Limit || PAGE,
      after: PaginationToken,
    });
    return {
      Users: records.map((user) => ({
        ...userType(user),
        Attributes: attributeTypes(user, AttributesToGet),
      })),
      PaginationToken: next,
    };
  },
});

/** A user in the wire's words, less its attributes, whose member's name varies. */
function userType({ username: name, status, isEnabled, createdAt, modifiedAt }: User) {
  return {
    Username: name,
    UserCreateDate: new Date(createdAt),
    UserLastModifiedDate: new Date(modifiedAt),
    Enabled: isEnabled,
    UserStatus: status,
  };
}
