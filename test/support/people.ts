/** People of a pool who can be reached, and what reached them. */
import type { CodeDeliveryDetailsType, UserStatusType } from '@aws-sdk/client-cognito-identity-provider';
import { newUuid } from '../../src/base/ids.ts';
import { makeUser, signIn, type Attributes, type MadePool } from './pool.ts';

/** A confirmed user with PASSWORD whose e-mail, `<name>@example.com`, is verified. */
export const makeReachable = (pool: MadePool, name: string, attributes: Attributes = {}): Promise<void> =>
  makeUser(pool, name, { email: `${name}@example.com`, email_verified: 'true', ...attributes });

/** Somebody new, whom codes reach, signed in by password. */
export async function somebody(pool: MadePool) {
  const name = `person-${newUuid()}`;
  await makeReachable(pool, name);
  const result = await signIn(pool, name);
  return { name, result, AccessToken: result.AccessToken! };
}

/** The last code that was sent to an address. */
export function codeTo(
  { sent }: { readonly sent: readonly { readonly to: string; readonly code: string }[] },
  to: string,
): string {
  const message = sent.findLast((each) => each.to === to);
  if (!message) throw new Error(`Nothing was sent to ${to}.`);
  return message.code;
}

/** Six digits that are not `code`. */
export const otherThan = (code: string): string => (code === '000000' ? '111111' : '000000');

export interface Shown {
  readonly status: UserStatusType | undefined;
  readonly isEnabled: boolean | undefined;
  readonly attributes: Attributes;
}

/** A user as an administrator sees him. */
export async function shown({ idp, UserPoolId }: MadePool, Username: string): Promise<Shown> {
  const { UserStatus, Enabled, UserAttributes = [] } = await idp.adminGetUser({ UserPoolId, Username });
  const attributes = Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name!, Value ?? '']));
  return { status: UserStatus, isEnabled: Enabled, attributes };
}

/** Where a code went, in short: `email a***@e***`. */
export const place = (details: CodeDeliveryDetailsType | undefined): string =>
  `${details?.AttributeName} ${details?.Destination}`;
