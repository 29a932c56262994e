/**
 * Software tokens: operations of cognito-idp that set a person's authenticator application up, and take it away.
 *
 * Two are for who is in or on his way in, and bear an access token or the session of that sign-in.
 */
import { structure, text } from '../../../wire/members.ts';
import { assertConfirmed, assertUsable } from '../users/account-states.ts';
import { accessToken, anyText, onPool, poolId, refuse, session, username } from '../members.ts';
import { operation } from '../nouns.ts';

/** Longest name of an application, in characters: it is kept with the person and comes back with each challenge. */
const MOST_NAME = 256;

export const AssociateSoftwareToken = operation({
  caller: 'user-or-session',
  input: structure({ AccessToken: accessToken.optional(), Session: session.optional() }),
  async handle(_input, { softwareTokens }, holder) {
    const { secret, session: goesOn } = await softwareTokens.associate(holder);
    return { SecretCode: secret, Session: goesOn };
  },
});

export const VerifySoftwareToken = operation({
  caller: 'user-or-session',
  input: structure({
    AccessToken: accessToken.optional(),
    Session: session.optional(),
    UserCode: text({ min: 6, max: 6, pattern: /[0-9]+/ }),
    FriendlyDeviceName: anyText.optional(),
  }),
  async handle({ UserCode, FriendlyDeviceName: name }, { softwareTokens }, holder) {
    assertUsable((holder.bearer ?? holder.underWay).user);
    if ([...(name ?? '')].length > MOST_NAME)
      refuse(`FriendlyDeviceName has more than ${MOST_NAME} characters.`);
    const { isVerified, session: goesOn } = await softwareTokens.verify(holder, { code: UserCode, name });
    return { Status: isVerified ? ('SUCCESS' as const) : ('ERROR' as const), Session: goesOn };
  },
});

export const AdminDeleteSoftwareToken = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, Username: username }),
  async handle({ UserPoolId, Username }, { pools, users, softwareTokens }) {
    const pool = await pools.get(UserPoolId);
    const user = await users.get(pool, Username);
    assertConfirmed(user);
    await softwareTokens.remove(pool, user);
    return {};
  },
});
