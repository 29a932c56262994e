/**
 * Preferences of second factors, and what a person may sign in with: operations of cognito-idp, his own and the administrator's.
 *
 * SetUserSettings is the older form, which knows SMS alone.
 */
import type { z } from 'zod';
import type { FirstFactor, Pool } from '../../../domain/pools/pools.ts';
import type { User } from '../../../domain/users/users.ts';
import { offeredBy, type Wishes } from '../../../domain/sign-in/second-factors.ts';
import { firstFactorsOf } from '../../../domain/sign-in/first-factors.ts';
import { flag, list, oneOf, structure } from '../../../wire/members.ts';
import { assertUsable } from './account-states.ts';
import { accessToken, attributeName, onPool, poolId, refuse, username } from '../members.ts';
import { operation, type Nouns } from '../nouns.ts';
import { mfaSettings } from './user-factors.ts';

const wish = structure({ Enabled: flag().optional(), PreferredMfa: flag().optional() });
const preferences = {
  SMSMfaSettings: wish.optional(),
  SoftwareTokenMfaSettings: wish.optional(),
  EmailMfaSettings: wish.optional(),
  WebAuthnMfaSettings: structure({ Enabled: flag().optional() }).optional(),
};
const options = list(
  structure({ DeliveryMedium: oneOf(['SMS', 'EMAIL']).optional(), AttributeName: attributeName.optional() }),
  { max: 10 },
);

export const SetUserMFAPreference = operation({
  caller: 'user',
  input: structure({ ...preferences, AccessToken: accessToken }),
  async handle(input, { factors }, { bearer: { pool, user } }) {
    assertUsable(user);
    await factors.prefer(pool, user, wishesIn(input));
    return {};
  },
});

export const AdminSetUserMFAPreference = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ ...preferences, Username: username, UserPoolId: poolId }),
  async handle({ UserPoolId, Username, ...input }, { pools, users, factors }) {
    const pool = await pools.get(UserPoolId);
    const user = await users.get(pool, Username);
    assertUsable(user);
    await factors.prefer(pool, user, wishesIn(input));
    return {};
  },
});

export const SetUserSettings = operation({
  caller: 'user',
  input: structure({ AccessToken: accessToken, MFAOptions: options }),
  async handle({ MFAOptions }, { factors }, { bearer: { pool, user } }) {
    assertUsable(user);
    await factors.prefer(pool, user, smsWishIn(MFAOptions));
    return {};
  },
});

export const AdminSetUserSettings = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, Username: username, MFAOptions: options }),
  async handle({ UserPoolId, Username, MFAOptions }, { pools, users, factors }) {
    const pool = await pools.get(UserPoolId);
    await factors.prefer(pool, await users.get(pool, Username), smsWishIn(MFAOptions));
    return {};
  },
});

export const GetUserAuthFactors = operation({
  caller: 'user',
  input: structure({ AccessToken: accessToken }),
  async handle(_input, nouns, { bearer: { pool, user } }) {
    assertUsable(user);
    return authFactors(nouns, pool, user);
  },
});

export const AdminGetUserAuthFactors = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, Username: username }),
  async handle({ UserPoolId, Username }, nouns) {
    const pool = await nouns.pools.get(UserPoolId);
    return authFactors(nouns, pool, await nouns.users.get(pool, Username));
  },
});

function wishesIn(input: {
  [K in keyof typeof preferences]?: z.output<(typeof preferences)[K]>;
}): Wishes {
  const wishOf = (given: z.output<typeof wish> | undefined) =>
    given && { isEnabled: given.Enabled, isPreferred: given.PreferredMfa };
  const wishes = {
    sms: wishOf(input.SMSMfaSettings),
    totp: wishOf(input.SoftwareTokenMfaSettings),
    email: wishOf(input.EmailMfaSettings),
    passkey: input.WebAuthnMfaSettings && { isEnabled: input.WebAuthnMfaSettings.Enabled },
  };
  return Object.fromEntries(Object.entries(wishes).filter(([, each]) => each !== undefined));
}

/** The older form's wish: SMS on when it is listed, off when it is not. @throws Failure `refused-parameter` */
function smsWishIn(given: z.output<typeof options>): Wishes {
  const isSms = ({ DeliveryMedium, AttributeName }: (typeof given)[number]): boolean =>
    DeliveryMedium === 'SMS' && AttributeName === 'phone_number';
  if (given.length > 1 || !given.every(isSms))
    refuse('MFAOptions may hold SMS to phone_number, and nothing else.');
  return { sms: { isEnabled: given.length > 0 } };
}

const FIRST_NAMES = {
  password: 'PASSWORD',
  'email-code': 'EMAIL_OTP',
  'sms-code': 'SMS_OTP',
  passkey: 'WEB_AUTHN',
} as const satisfies Record<FirstFactor, string>;

async function authFactors({ hasPasskey }: Nouns, pool: Pool, user: User) {
  const { PreferredMfaSetting, UserMFASettingList } = mfaSettings(user);
  const first = await firstFactorsOf(pool, user, hasPasskey);
  const hasToken = user.totp !== undefined && offeredBy(pool).includes('totp');
  return {
    Username: user.username,
    PreferredMfaSetting,
    UserMFASettingList,
    ConfiguredUserAuthFactors: [
      ...first.map((factor) => FIRST_NAMES[factor]),
      ...(hasToken ? (['SOFTWARE_TOKEN'] as const) : []),
    ],
  };
}
