/** A pool whose people may sign in by passkeys, and what its tests do over and over. */
import type {
  CreateUserPoolRequest,
  SetUserPoolMfaConfigRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  authenticator,
  type Authenticator,
  type CreationOptions,
  type Deviation,
  type RequestOptions,
} from './clients/authenticator.ts';
import { somebody } from './people.ts';
import { makePool, type MadePool } from './pool.ts';
import type { RunningServer } from './servers/server.ts';

export const RP = 'shop.example';
export const ORIGIN = `https://${RP}`;

/** A pool with passkeys for `shop.example`, unless said otherwise. */
export async function makePasskeyPool(
  server: Pick<RunningServer, 'client'>,
  settings: SetUserPoolMfaConfigRequest['WebAuthnConfiguration'] = {},
  more: Partial<CreateUserPoolRequest> = {},
): Promise<MadePool> {
  const pool = await makePool(
    server,
    { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } }, ...more },
    { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
  );
  await pool.idp.setUserPoolMfaConfig({
    UserPoolId: pool.UserPoolId,
    WebAuthnConfiguration: { RelyingPartyId: RP, ...settings },
  });
  return pool;
}

export async function creationOptions({ idp }: MadePool, AccessToken: string): Promise<CreationOptions> {
  const { CredentialCreationOptions } = await idp.startWebAuthnRegistration({ AccessToken });
  // A document may be anything; this one is what the browser's API takes.
  return CredentialCreationOptions as unknown as CreationOptions;
}

/** Registers a new passkey. */
export async function enroll(
  pool: MadePool,
  device: Authenticator,
  AccessToken: string,
  deviation: Deviation = {},
): Promise<void> {
  const Credential = device.create(await creationOptions(pool, AccessToken), deviation);
  await pool.idp.completeWebAuthnRegistration({ AccessToken, Credential });
}

/** Somebody new who has a passkey, signed in by password. */
export async function keyHolder(pool: MadePool) {
  const person = await somebody(pool);
  const device = authenticator({ origin: ORIGIN });
  await enroll(pool, device, person.AccessToken);
  return { ...person, device };
}

export const passkeysOf = async ({ idp }: MadePool, AccessToken: string) =>
  (await idp.listWebAuthnCredentials({ AccessToken })).Credentials!;

/** Begins a sign-in by passkey: what the browser is to be told, and how to answer. */
export async function askForPasskey({ idp, ClientId }: MadePool, USERNAME: string) {
  const { ChallengeName, ChallengeParameters, Session } = await idp.initiateAuth({
    ClientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME, PREFERRED_CHALLENGE: 'WEB_AUTHN' },
  });
  const options = JSON.parse(ChallengeParameters!.CREDENTIAL_REQUEST_OPTIONS ?? '{}') as RequestOptions;
  const answer = (CREDENTIAL: string) =>
    idp.respondToAuthChallenge({
      ClientId,
      ChallengeName: 'WEB_AUTHN',
      Session,
      ChallengeResponses: { USERNAME, CREDENTIAL },
    });
  return { ChallengeName, Session, options, answer };
}
