/** Operations of cognito-identity that applications call on behalf of a person; unsigned, proven by logins. */
import { regionOfId } from '../../base/arn.ts';
import { identityNotFound } from '../../domain/identities/identities.ts';
import { identityPoolNotFound } from '../../domain/identities/identity-pools.ts';
import { structure, text } from '../../wire/members.ts';
import { anyArn, identityId, identityPoolId, logins, refuse } from './members.ts';
import { operation } from './nouns.ts';

const withinIdentity = ({ IdentityId: id }: { IdentityId: string }) => ({
  region: regionOfId(id),
  missing: identityNotFound(id),
});

export const GetId = operation({
  caller: 'anyone',
  within: ({ IdentityPoolId: id }) => ({ region: regionOfId(id), missing: identityPoolNotFound(id) }),
  input: structure({
    AccountId: text({ min: 1, max: 15, pattern: /\d+/ }).optional(),
    IdentityPoolId: identityPoolId,
    Logins: logins.optional(),
  }),
  async handle(
    { AccountId, IdentityPoolId, Logins = {} },
    { identityPools, identities },
    { account, sourceIp },
  ) {
    if (AccountId !== undefined && AccountId !== account)
      refuse('AccountId is not that of the identity pool.');
    const pool = await identityPools.get(IdentityPoolId);
    return { IdentityId: await identities.idFor(pool, Logins, sourceIp) };
  },
});

export const GetOpenIdToken = operation({
  caller: 'anyone',
  within: withinIdentity,
  input: structure({ IdentityId: identityId, Logins: logins.optional() }),
  async handle({ IdentityId, Logins = {} }, { openIdTokens }) {
    const { identityId: id, token } = await openIdTokens.of(IdentityId, Logins);
    return { IdentityId: id, Token: token };
  },
});

export const GetCredentialsForIdentity = operation({
  caller: 'anyone',
  within: withinIdentity,
  input: structure({ IdentityId: identityId, Logins: logins.optional(), CustomRoleArn: anyArn.optional() }),
  async handle({ IdentityId, Logins = {}, CustomRoleArn }, { identityCredentials }, { context }) {
    const { identity, credentials } = await identityCredentials.of({
      identityId: IdentityId,
      logins: Logins,
      customRoleArn: CustomRoleArn,
      context,
    });
    return {
      IdentityId: identity.id,
      Credentials: {
        AccessKeyId: credentials.accessKeyId,
        SecretKey: credentials.secretAccessKey,
        SessionToken: credentials.sessionToken,
        Expiration: credentials.expiresAt,
      },
    };
  },
});
