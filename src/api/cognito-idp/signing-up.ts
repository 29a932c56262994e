/** Sign-up operations of cognito-idp. */
import { assertSecretHash } from '../../domain/directory/clients.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import { flag, structure, text } from '../../wire/members.ts';
import {
  analytics,
  attributes,
  attributesFrom,
  clientId,
  metadata,
  password,
  secretHash,
  session,
  userContext,
  username,
} from './members.ts';
import { operation } from './nouns.ts';

export const SignUp = operation({
  caller: 'client',
  input: structure({
    ClientId: clientId,
    SecretHash: secretHash.optional(),
    Username: username,
    Password: password.optional(),
    UserAttributes: attributes.optional(),
    ValidationData: attributes.optional(),
    AnalyticsMetadata: analytics.optional(),
    UserContextData: userContext.optional(),
    ClientMetadata: metadata.optional(),
  }),
  async handle({ ClientId, SecretHash, Username, Password, UserAttributes }, { clients, pools, signUp }) {
    const client = await clients.find(ClientId);
    assertSecretHash(client, [Username], SecretHash);
    const pool = await pools.get(client.poolId);
    const { user, delivery } = await signUp.signUp({
      pool,
      client,
      login: Username,
      password: Password,
      attributes: attributesFrom(UserAttributes),
    });
    return {
      UserConfirmed: false,
      UserSub: user.sub,
      CodeDeliveryDetails: delivery && {
        AttributeName: delivery.attribute,
        DeliveryMedium: delivery.channel === 'email' ? ('EMAIL' as const) : ('SMS' as const),
        Destination: delivery.destination,
      },
    };
  },
});

export const ConfirmSignUp = operation({
  caller: 'client',
  input: structure({
    ClientId: clientId,
    SecretHash: secretHash.optional(),
    Username: username,
    ConfirmationCode: text({ min: 1, max: 2048, pattern: /[\S]+/ }),
    ForceAliasCreation: flag().optional(),
    AnalyticsMetadata: analytics.optional(),
    UserContextData: userContext.optional(),
    ClientMetadata: metadata.optional(),
    Session: session.optional(),
  }),
  async handle(
    { ClientId, SecretHash, Username, ConfirmationCode, ForceAliasCreation },
    { clients, pools, signUp },
  ) {
    const client = await clients.find(ClientId);
    assertSecretHash(client, [Username], SecretHash);
    const pool = await pools.get(client.poolId);
    await signUp
      .confirm(pool, Username, ConfirmationCode, { force: ForceAliasCreation ?? false })
      .catch((error: unknown) => {
        // A client that hides who exists answers for a stranger as for a code that ran out.
        const isTelling =
          client.hidesUserExistence && isFailure(error, 'user-not-found', 'already-confirmed');
        throw isTelling ? new Failure('code-expired') : error;
      });
    return {};
  },
});
