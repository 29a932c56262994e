/** Devices in the wire's words, and what a device gives to be known by. */
import { userPoolArn } from '../../../base/arn.ts';
import type { Device, DeviceSecret } from '../../../domain/users/devices.ts';
import type { Pool } from '../../../domain/pools/pools.ts';
import type { User } from '../../../domain/users/users.ts';
import { oneOf } from '../../../wire/members.ts';
import { refuse } from '../members.ts';

const STATUSES = ['remembered', 'not_remembered'] as const;
export const rememberedStatus = oneOf(STATUSES).optional();

/** 3,072 bits and the zero byte that clients put before a number whose top bit is set. */
const MOST_OF_VERIFIER = 385;
const MOST_OF_SALT = 64;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * What a device proves itself with later; undefined when it gives nothing.
 * @throws Failure `refused-parameter`
 */
export function secretFrom(
  given: { PasswordVerifier?: string; Salt?: string } | undefined,
): DeviceSecret | undefined {
  const { PasswordVerifier: verifier, Salt: salt } = given ?? {};
  if (verifier === undefined && salt === undefined) return undefined;
  return {
    verifier: hexIn(verifier, MOST_OF_VERIFIER, 'PasswordVerifier'),
    salt: hexIn(salt, MOST_OF_SALT, 'Salt'),
  };
}

/** @throws Failure `refused-parameter` */
function hexIn(value: string | undefined, mostBytes: number, name: string): string {
  const refused = () => refuse(`DeviceSecretVerifierConfig: ${name} is not a number in base64.`);
  if (value === undefined || value.length > mostBytes * 2 || !BASE64.test(value)) return refused();
  const bytes = Buffer.from(value, 'base64');
  // A verifier of 0 would be proven by anybody.
  if (bytes.length === 0 || bytes.length > mostBytes || bytes.every((byte) => byte === 0)) return refused();
  return bytes.toString('hex');
}

export function deviceType(device: Device, pool: Pool, { username }: User) {
  const owner = `${username}.${pool.id}`;
  const [prefix] = userPoolArn(pool.account, pool.id).split(':userpool/');
  const attributes = {
    device_status: 'valid',
    device_name: device.name,
    'dev:device_arn': `${prefix}:owner/${owner}/device/${device.key}`,
    'dev:device_owner': owner,
    last_ip_used: device.lastIp,
    'dev:device_remembered_status': device.isRemembered ? 'remembered' : 'not_remembered',
  };
  return {
    DeviceKey: device.key,
    DeviceAttributes: Object.entries(attributes).flatMap(([Name, Value]) =>
      Value === undefined ? [] : [{ Name, Value }],
    ),
    DeviceCreateDate: new Date(device.createdAt),
    DeviceLastModifiedDate: new Date(device.modifiedAt),
    DeviceLastAuthenticatedDate: new Date(device.lastAuthenticatedAt),
  };
}

/** @throws Failure `refused-parameter` when it does not say */
export function isRemembered(status: (typeof STATUSES)[number] | undefined): { isRemembered: boolean } {
  if (status === undefined) refuse('Missing required parameter DeviceRememberedStatus');
  return { isRemembered: status === 'remembered' };
}
