/** Password operations of cognito-idp: forgotten, changed by their owners, voided by an administrator. */
import { structure } from '../../../wire/members.ts';
import { named, namedBy, ownerOf } from './callers.ts';
import { codeDeliveryType } from './code-delivery.ts';
import { accessToken, confirmationCode, metadata, onPool, password, poolId, username } from '../members.ts';
import { operation } from '../nouns.ts';

export const ForgotPassword = operation({
  caller: 'client',
  input: structure(named),
  async handle(input, nouns, call) {
    const delivery = await nouns.recovery.begin(await namedBy(nouns, input, call));
    return { CodeDeliveryDetails: codeDeliveryType(delivery) };
  },
});

export const ConfirmForgotPassword = operation({
  caller: 'client',
  input: structure({ ...named, ConfirmationCode: confirmationCode, Password: password }),
  async handle(input, nouns, call) {
    const forgetful = await namedBy(nouns, input, call);
    await nouns.recovery.confirm({
      ...forgetful,
      code: input.ConfirmationCode,
      password: input.Password,
      replace: nouns.tokens.endOnNewPassword,
    });
    return {};
  },
});

export const ChangePassword = operation({
  caller: 'user',
  input: structure({
    AccessToken: accessToken,
    PreviousPassword: password.optional(),
    ProposedPassword: password,
  }),
  async handle({ PreviousPassword: previous, ProposedPassword: proposed }, nouns, call) {
    await nouns.passwordChanges.change({
      ...(await ownerOf(nouns, call)),
      previous,
      proposed,
      familyId: call.bearer.familyId,
      replace: nouns.tokens.endOnNewPassword,
    });
    return {};
  },
});

/** Ends all sign-ins too: the password is no proof any more, and was none perhaps. */
export const AdminResetUserPassword = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, Username: username, ClientMetadata: metadata.optional() }),
  async handle({ UserPoolId, Username, ClientMetadata }, { pools, recovery, tokens }) {
    const pool = await pools.get(UserPoolId);
    await recovery.reset({
      pool,
      login: Username,
      metadata: ClientMetadata,
      endSignIns: (user, change) => tokens.signOutEverywhere(pool, user, change),
    });
    return {};
  },
});
