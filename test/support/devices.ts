/**
 * Devices that people sign in on: what they are confirmed with, and how they prove themselves.
 *
 * The client's side of the arithmetic, on the server's modular power: the client library's own takes a second each time. That both agree is proven elsewhere, with that library as it is.
 */
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type {
  AuthenticationResultType,
  CreateUserPoolRequest,
  InitiateAuthResponse,
  NewDeviceMetadataType,
  UserPoolMfaType,
} from '@aws-sdk/client-cognito-identity-provider';
import { G, hashHex, K, N, padHex, power, verifierOf } from '../../src/password-hash/srp.ts';
import { answer, makeFactorPool } from './factors.ts';
import { somebody } from './people.ts';
import { PASSWORD, type MadePool } from './pool.ts';
import type { TestServer } from './servers/server.ts';

export interface DeviceSettings {
  readonly challengesNew?: boolean;
  readonly onPrompt?: boolean;
  readonly mode?: UserPoolMfaType;
  readonly pool?: Partial<CreateUserPoolRequest>;
}

/** A pool that keeps track of devices: they are remembered at once, unless said otherwise. */
export const makeDevicePool = (
  server: TestServer,
  { challengesNew = false, onPrompt = false, mode = 'OFF', pool }: DeviceSettings = {},
): Promise<MadePool> =>
  makeFactorPool(server, {
    mode,
    factors: ['totp'],
    pool: {
      DeviceConfiguration: {
        ChallengeRequiredOnNewDevice: challengesNew,
        DeviceOnlyRememberedOnUserPrompt: onPrompt,
      },
      ...pool,
    },
  });

/** The first answer of a sign-in by password on a device. */
export const startOn = (
  { idp, ClientId }: MadePool,
  USERNAME: string,
  DEVICE_KEY?: string,
  password: string = PASSWORD,
): Promise<InitiateAuthResponse> =>
  idp.initiateAuth({
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME, PASSWORD: password, ...(DEVICE_KEY && { DEVICE_KEY }) },
  });

/** A device as its app keeps it. */
export interface Remembered {
  readonly key: string;
  readonly groupKey: string;
  readonly password: string;
  readonly verifier: { readonly Salt: string; readonly PasswordVerifier: string };
}

/** The secret of a device that was promised a key, and what it is confirmed with. */
export function secretFor({
  DeviceKey: key = '',
  DeviceGroupKey: groupKey = '',
}: NewDeviceMetadataType): Remembered {
  const password = randomBytes(40).toString('base64');
  const salt = padHex(BigInt(`0x${randomBytes(16).toString('hex')}`));
  const verifier = BigInt(`0x${verifierOf({ identity: groupKey + key, password, salt })}`);
  const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
  return {
    key,
    groupKey,
    password,
    verifier: { Salt: base64(salt), PasswordVerifier: base64(padHex(verifier)) },
  };
}

/** Confirms the device that a sign-in was on. */
export async function confirm(
  { idp }: MadePool,
  { AccessToken, NewDeviceMetadata }: AuthenticationResultType,
  DeviceName = 'a laptop',
): Promise<Remembered & { readonly UserConfirmationNecessary: boolean | undefined }> {
  const device = secretFor(NewDeviceMetadata!);
  const { UserConfirmationNecessary } = await idp.confirmDevice({
    AccessToken,
    DeviceKey: device.key,
    DeviceSecretVerifierConfig: device.verifier,
    DeviceName,
  });
  return { ...device, UserConfirmationNecessary };
}

/** Somebody new, signed in on a device that he confirmed. */
export async function owner(pool: MadePool) {
  const person = await somebody(pool);
  return { ...person, device: await confirm(pool, person.result) };
}

/** Forgets a device, by an administrator. */
export const forget = ({ idp, UserPoolId }: MadePool, Username: string, { key: DeviceKey }: Remembered) =>
  idp.adminForgetDevice({ UserPoolId, Username, DeviceKey });

/** What DEVICE_PASSWORD_VERIFIER asks of a device, and what the device answers. */
export async function challenge(
  pool: MadePool,
  USERNAME: string,
  { key, groupKey, password }: Pick<Remembered, 'key' | 'groupKey' | 'password'>,
  Session: string | undefined,
  { now = new Date(), block }: { readonly now?: Date; readonly block?: string } = {},
) {
  const secretA = BigInt(`0x${randomBytes(32).toString('hex')}`);
  const publicA = power(G, secretA);
  const asked = await answer(pool, 'DEVICE_SRP_AUTH', Session, {
    USERNAME,
    DEVICE_KEY: key,
    SRP_A: publicA.toString(16),
  });
  const { SRP_B = '', SALT = '', SECRET_BLOCK = '' } = asked.ChallengeParameters ?? {};
  const publicB = BigInt(`0x${SRP_B}`);
  const u = hashHex(padHex(publicA) + padHex(publicB));
  const inner = createHash('sha256').update(`${groupKey}${key}:${password}`).digest('hex');
  const x = hashHex(padHex(BigInt(`0x${SALT}`)) + inner);
  // S = (B - k g^x) ^ (a + u x)
  const base = (((publicB - K * power(G, x)) % N) + N) % N;
  const shared = Buffer.from(padHex(power(base, secretA + u * x)), 'hex');
  const secret = Buffer.from(
    hkdfSync('sha256', shared, Buffer.from(padHex(u), 'hex'), 'Caldera Derived Key', 16),
  );
  const TIMESTAMP = timestampOf(now);
  const signed = block ?? SECRET_BLOCK;
  const PASSWORD_CLAIM_SIGNATURE = createHmac('sha256', secret)
    .update(groupKey)
    .update(key)
    .update(Buffer.from(signed, 'base64'))
    .update(TIMESTAMP)
    .digest('base64');
  const responses = {
    USERNAME,
    DEVICE_KEY: key,
    PASSWORD_CLAIM_SECRET_BLOCK: signed,
    PASSWORD_CLAIM_SIGNATURE,
    TIMESTAMP,
  };
  return { asked, responses };
}

/** Goes on from DEVICE_SRP_AUTH to what follows. */
export async function prove(
  pool: MadePool,
  USERNAME: string,
  device: Pick<Remembered, 'key' | 'groupKey' | 'password'>,
  Session: string | undefined,
): Promise<InitiateAuthResponse> {
  const { asked, responses } = await challenge(pool, USERNAME, device, Session);
  return answer(pool, 'DEVICE_PASSWORD_VERIFIER', asked.Session, responses);
}

/** `Mon Nov 3 02:51:00 UTC 2026`. */
function timestampOf(now: Date): string {
  const [week, day, month, year, time] = now.toUTCString().replace(',', '').split(' ');
  return `${week} ${month} ${Number(day)} ${time} UTC ${year}`;
}
