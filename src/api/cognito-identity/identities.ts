/** Operations of cognito-identity that applications call on behalf of a person; unsigned, proven by logins. */
import { structure, text } from '../../wire/members.ts';
import { anyArn, identityId, identityPoolId, logins, refuse } from './members.ts';
import { operation } from './nouns.ts';

export const GetId = operation({
  caller: 'anyone',
  input: structure({
    AccountId: text({ min: 1, max: 15, pattern: /\d+/ }).optional(),
    IdentityPoolId: identityPoolId,
    Logins: logins.optional(),
  }),
  async handle({ AccountId, IdentityPoolId, Logins = {} }, { identityPools, identities }, { account }) {
    if (AccountId !== undefined && AccountId !== account)
      refuse('AccountId is not that of the identity pool.');
    const pool = await identityPools.get(IdentityPoolId);
    return { IdentityId: await identities.idFor(pool, Logins) };
  },
});

export const GetOpenIdToken = operation({
  caller: 'anyone',
  input: structure({ IdentityId: identityId, Logins: logins.optional() }),
  async handle({ IdentityId, Logins = {} }, { openIdTokens }) {
    return { IdentityId, Token: await openIdTokens.of(IdentityId, Logins) };
  },
});

export const GetCredentialsForIdentity = operation({
  caller: 'anyone',
  input: structure({ IdentityId: identityId, Logins: logins.optional(), CustomRoleArn: anyArn.optional() }),
  async handle({ IdentityId, Logins = {}, CustomRoleArn }, { identityCredentials }, { context }) {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = await identityCredentials.of({
      identityId: IdentityId,
      logins: Logins,
      customRoleArn: CustomRoleArn,
      context,
    });
    return {
      IdentityId,
      Credentials: {
        AccessKeyId: accessKeyId,
        SecretKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: expiresAt,
      },
    };
  },
});
