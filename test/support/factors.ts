/**
 * Pools with second factors, people who have some, and the codes that they would type.
 */
import { generateSync } from 'otplib';
import type {
  AuthFactorType,
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
  InitiateAuthResponse,
  UserPoolMfaType,
} from '@aws-sdk/client-cognito-identity-provider';
import { makePool, makeUser, PASSWORD, signIn, type MadePool } from './pool.ts';
import type { TestServer } from './servers/server.ts';

const SmsConfiguration = { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms' };

export type Factor = 'sms' | 'totp' | 'email';
export interface FactorPool {
  readonly mode: UserPoolMfaType;
  /** All three when absent. */
  readonly factors?: readonly Factor[];
  readonly pool?: Partial<CreateUserPoolRequest>;
  readonly client?: Partial<CreateUserPoolClientRequest>;
}

/** A pool whose people sign in by password or by choice. */
export async function makeFactorPool(server: TestServer, { mode, factors, pool, client }: FactorPool) {
  const made = await makePool(server, pool, {
    ExplicitAuthFlows: [
      'ALLOW_USER_PASSWORD_AUTH',
      'ALLOW_USER_SRP_AUTH',
      'ALLOW_USER_AUTH',
      'ALLOW_ADMIN_USER_PASSWORD_AUTH',
      'ALLOW_REFRESH_TOKEN_AUTH',
    ],
    ...client,
  });
  const has = (factor: Factor) => !factors || factors.includes(factor);
  if (mode !== 'OFF')
    await made.idp.setUserPoolMfaConfig({
      UserPoolId: made.UserPoolId,
      MfaConfiguration: mode,
      SoftwareTokenMfaConfiguration: { Enabled: has('totp') },
      ...(has('sms') && { SmsMfaConfiguration: { SmsConfiguration } }),
      ...(has('email') && { EmailMfaConfiguration: {} }),
    });
  return made;
}

/** A pool whose people begin as they choose among `factors`. */
export const makeChoicePool = (
  server: TestServer,
  factors: readonly AuthFactorType[],
  { pool, ...rest }: Partial<FactorPool> = {},
): Promise<MadePool> =>
  makeFactorPool(server, {
    mode: 'OFF',
    pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: [...factors] } }, ...pool },
    ...rest,
  });

/** The first answer of a sign-in by choice. */
export const startByChoice = (
  { idp, ClientId }: MadePool,
  USERNAME: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<InitiateAuthResponse> =>
  idp.initiateAuth({
    ClientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME, ...parameters },
  });

/** What an authenticator application shows for a secret. */
export const totpOf = ({ clock }: TestServer, secret: string, offsetSeconds = 0): string =>
  generateSync({ secret, epoch: Math.floor(clock.now().getTime() / 1000) + offsetSeconds });

/** A code that is not the right one. */
export const otherThan = (code: string): string => (code === '111111' ? '222222' : '111111');

/** The first answer of a sign-in by password. */
export const startByPassword = (
  { idp, ClientId }: MadePool,
  USERNAME: string,
  password = PASSWORD,
): Promise<InitiateAuthResponse> =>
  idp.initiateAuth({
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME, PASSWORD: password },
  });

/** The answer to a challenge. */
export const answer = (
  { idp, ClientId }: MadePool,
  ChallengeName: InitiateAuthResponse['ChallengeName'],
  Session: string | undefined,
  ChallengeResponses: Record<string, string>,
): Promise<InitiateAuthResponse> =>
  idp.respondToAuthChallenge({ ClientId, ChallengeName, Session, ChallengeResponses });

/** Gives a person an authenticator application, on as his second factor; ends with its secret. */
export async function enrol(
  server: TestServer,
  pool: MadePool,
  Username: string,
  AccessToken: string,
): Promise<string> {
  const { SecretCode } = await pool.idp.associateSoftwareToken({ AccessToken });
  // By the code of the step before, so that the present one is left for signing in.
  await pool.idp.verifySoftwareToken({ AccessToken, UserCode: totpOf(server, SecretCode!, -30) });
  await pool.idp.adminSetUserMFAPreference({
    UserPoolId: pool.UserPoolId,
    Username,
    SoftwareTokenMfaSettings: { Enabled: true },
  });
  return SecretCode!;
}

/** An address and a number, both proven. */
export const PROVEN = {
  email: 'ada@example.com',
  email_verified: 'true',
  phone_number: '+15550001234',
  phone_number_verified: 'true',
};

/** A user with these factors on; ends with the secret of the application, if that is one. */
export async function makeHolder(
  server: TestServer,
  pool: MadePool,
  Username: string,
  factors: readonly Factor[],
): Promise<string> {
  await makeUser(pool, Username, PROVEN);
  const { AccessToken } = await signIn(pool, Username);
  const secret = factors.includes('totp') ? await enrol(server, pool, Username, AccessToken!) : '';
  const on = { Enabled: true };
  await pool.idp.adminSetUserMFAPreference({
    UserPoolId: pool.UserPoolId,
    Username,
    ...(factors.includes('sms') && { SMSMfaSettings: on }),
    ...(factors.includes('email') && { EmailMfaSettings: on }),
  });
  return secret;
}

/** The code that was sent last. */
export const lastCode = ({ sent }: TestServer): string => sent.at(-1)!.code;
