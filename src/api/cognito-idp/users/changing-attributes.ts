/** Operations of cognito-idp that write a user's attributes, and those by which he proves an address. */
import { SERVER_CALLER } from '../../../domain/ports/caller-context.ts';
import { list, structure } from '../../../wire/members.ts';
import { ownerOf } from '../auth/callers.ts';
import { codeDeliveryType } from '../auth/code-delivery.ts';
import {
  accessToken,
  attributeName,
  attributes,
  attributesFrom,
  confirmationCode,
  metadata,
  MOST_ATTRIBUTES,
  onPool,
  poolId,
  username,
} from '../members.ts';
import { operation, type Nouns } from '../nouns.ts';

const names = list(attributeName, { max: MOST_ATTRIBUTES });

export const UpdateUserAttributes = operation({
  caller: 'user',
  input: structure({
    AccessToken: accessToken,
    UserAttributes: attributes,
    ClientMetadata: metadata.optional(),
  }),
  async handle({ UserAttributes, ClientMetadata }, nouns, call) {
    const wanted = attributesFrom(UserAttributes);
    const deliveries = await changeOwn(nouns, call, { wanted, metadata: ClientMetadata });
    return { CodeDeliveryDetailsList: deliveries.map(codeDeliveryType) };
  },
});

export const DeleteUserAttributes = operation({
  caller: 'user',
  input: structure({ AccessToken: accessToken, UserAttributeNames: names }),
  async handle({ UserAttributeNames }, nouns, call) {
    await changeOwn(nouns, call, { wanted: emptied(UserAttributeNames) });
    return {};
  },
});

export const AdminUpdateUserAttributes = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    UserPoolId: poolId,
    Username: username,
    UserAttributes: attributes,
    ClientMetadata: metadata.optional(),
  }),
  async handle({ UserPoolId, Username, UserAttributes, ClientMetadata }, nouns) {
    const wanted = attributesFrom(UserAttributes);
    await changeAnother(nouns, [UserPoolId, Username], { wanted, metadata: ClientMetadata });
    return {};
  },
});

export const AdminDeleteUserAttributes = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, Username: username, UserAttributeNames: names }),
  async handle({ UserPoolId, Username, UserAttributeNames }, nouns) {
    await changeAnother(nouns, [UserPoolId, Username], { wanted: emptied(UserAttributeNames) });
    return {};
  },
});

export const GetUserAttributeVerificationCode = operation({
  caller: 'user',
  input: structure({
    AccessToken: accessToken,
    AttributeName: attributeName,
    ClientMetadata: metadata.optional(),
  }),
  async handle({ AttributeName, ClientMetadata }, nouns, call) {
    const owner = await ownerOf(nouns, call);
    const delivery = await nouns.addressProofs.request({
      ...owner,
      attribute: AttributeName,
      clientId: owner.client.id,
      metadata: ClientMetadata,
    });
    return { CodeDeliveryDetails: codeDeliveryType(delivery) };
  },
});

export const VerifyUserAttribute = operation({
  caller: 'user',
  input: structure({ AccessToken: accessToken, AttributeName: attributeName, Code: confirmationCode }),
  async handle({ AttributeName: attribute, Code: code }, nouns, call) {
    await nouns.addressProofs.prove({ ...(await ownerOf(nouns, call)), attribute, code });
    return {};
  },
});

interface Change {
  readonly wanted: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** What a person changes of himself, under the rules of the app client that he came through. */
async function changeOwn(nouns: Nouns, call: Parameters<typeof ownerOf>[1], change: Change) {
  const { client, ...owner } = await ownerOf(nouns, call);
  const writer = { kind: 'client', writable: client.writeAttributes } as const;
  return nouns.attributeChanges.change({ ...owner, ...change, writer, clientId: client.id });
}

async function changeAnother(
  { pools, users, attributeChanges }: Nouns,
  [id, login]: readonly [string, string],
  change: Change,
) {
  const pool = await pools.get(id);
  const user = await users.get(pool, login);
  return attributeChanges.change({
    ...change,
    pool,
    user,
    writer: { kind: 'administrator' },
    caller: SERVER_CALLER,
  });
}

/** An empty value takes an attribute away. */
const emptied = (listed: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(listed.map((name) => [name, '']));
