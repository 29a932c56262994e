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
    // Blank is as good as none: both ask for an account without a password.
    Password: text({ max: 256, pattern: /[\S]*/ }).optional(),
    UserAttributes: attributes.optional(),
    ValidationData: attributes.optional(),
    AnalyticsMetadata: analytics.optional(),
    UserContextData: userContext.optional(),
    ClientMetadata: metadata.optional(),
  }),
  async handle(input, { clients, pools, signUp, signUpSessions }) {
    const { ClientId, SecretHash, Username, Password, UserAttributes, ValidationData, ClientMetadata } =
      input;
    const client = await clients.find(ClientId);
    assertSecretHash(client, [Username], SecretHash);
    const pool = await pools.get(client.poolId);
    const { user, delivery } = await signUp.signUp({
      pool,
      client,
      login: Username,
      password: Password || undefined,
      attributes: attributesFrom(UserAttributes),
      validationData: ValidationData && attributesFrom(ValidationData),
      metadata: ClientMetadata,
    });
    return {
      UserConfirmed: user.status === 'CONFIRMED',
      UserSub: user.sub,
      Session: await signUpSessions.begin(pool, { client, user }),
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
  async handle(input, { clients, pools, signUp, signUpSessions }) {
    const { ClientId, SecretHash, Username: login, ConfirmationCode: code, ClientMetadata: given } = input;
    const client = await clients.find(ClientId);
    assertSecretHash(client, [login], SecretHash);
    const pool = await pools.get(client.poolId);
    const force = input.ForceAliasCreation ?? false;
    const confirmation = { pool, client, login, code, force, metadata: given };
    const user = await signUp.confirm(confirmation).catch((error: unknown) => {
      // A client that hides who exists answers for a stranger as for a code that ran out.
      const isTelling = client.hidesUserExistence && isFailure(error, 'user-not-found', 'already-confirmed');
      throw isTelling ? new Failure('code-expired') : error;
    });
    return { Session: await signUpSessions.confirmed({ client, user }, input.Session) };
  },
});
