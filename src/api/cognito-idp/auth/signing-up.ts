/** Sign-up operations of cognito-idp. */
import { assertSecretHash } from '../../../domain/pools/clients.ts';
import { flag, structure } from '../../../wire/members.ts';
import { callerOf, named, namedBy } from './callers.ts';
import { codeDeliveryType } from './code-delivery.ts';
import {
  analytics,
  attributes,
  attributesFrom,
  clientId,
  confirmationCode,
  metadata,
  onPool,
  passwordOrBlank,
  poolId,
  secretHash,
  session,
  userContext,
  username,
} from '../members.ts';
import { operation } from '../nouns.ts';

export const SignUp = operation({
  caller: 'client',
  input: structure({
    ClientId: clientId,
    SecretHash: secretHash.optional(),
    Username: username,
    // Blank is as good as none: both ask for an account without a password.
    Password: passwordOrBlank.optional(),
    UserAttributes: attributes.optional(),
    ValidationData: attributes.optional(),
    AnalyticsMetadata: analytics.optional(),
    UserContextData: userContext.optional(),
    ClientMetadata: metadata.optional(),
  }),
  async handle(input, { clients, pools, signUp, signUpSessions }, call) {
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
      caller: callerOf(client, call, input.UserContextData),
    });
    return {
      UserConfirmed: user.status === 'CONFIRMED',
      UserSub: user.sub,
      Session: await signUpSessions.begin(pool, { client, user }),
      CodeDeliveryDetails: delivery && codeDeliveryType(delivery),
    };
  },
});

export const ConfirmSignUp = operation({
  caller: 'client',
  input: structure({
    ...named,
    ConfirmationCode: confirmationCode,
    ForceAliasCreation: flag().optional(),
    Session: session.optional(),
  }),
  async handle(input, nouns, call) {
    const { ConfirmationCode: code, ForceAliasCreation: force = false } = input;
    const asked = await namedBy(nouns, input, call);
    const user = await nouns.signUp.confirm({ ...asked, code, force });
    return { Session: await nouns.signUpSessions.confirmed(asked.pool, { ...asked, user }, input.Session) };
  },
});

export const ResendConfirmationCode = operation({
  caller: 'client',
  input: structure(named),
  async handle(input, nouns, call) {
    const delivery = await nouns.confirmations.resend(await namedBy(nouns, input, call));
    return { CodeDeliveryDetails: codeDeliveryType(delivery) };
  },
});

export const AdminConfirmSignUp = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, Username: username, ClientMetadata: metadata.optional() }),
  async handle({ UserPoolId, Username, ClientMetadata }, { pools, confirmations }) {
    await confirmations.confirm(await pools.get(UserPoolId), Username, ClientMetadata);
    return {};
  },
});
