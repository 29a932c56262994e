/**
 * The device that a sign-in says it is on: kept for later steps, and told only to who has proven something whether there is such a device.
 *
 * A client that is told that its device does not exist forgets it and answers again in the same session, without naming one.
 * Source: amazon-cognito-identity-js, CognitoUser.
 */
import { Failure } from '../../base/failure.ts';
import type { DeviceFailure, Devices } from '../users/devices.ts';
import { isDecoy } from '../users/decoys.ts';
import type { Answer, Attempt, Step } from './challenges/challenge.ts';

/** Where the memory of an attempt has the key of its device. */
export const DEVICE_KEY = 'device-key';
const MOST_CHARACTERS = 55;

export function createNamedDevice({ devices }: { devices: Devices }) {
  return {
    /** The attempt with what the answer says of its device. Steps that prove a device are about the one that was named before. */
    noted(attempt: Attempt, { deviceKey }: Answer, awaited?: Step): Attempt {
      if (deviceKey === undefined || deviceKey.length > MOST_CHARACTERS) return attempt;
      if (awaited?.name === 'device-srp' || awaited?.name === 'device-password') return attempt;
      return { ...attempt, memory: { ...attempt.memory, [DEVICE_KEY]: deviceKey } };
    },

    /** @throws Failure `device-not-found` for a device that the answer names and the person does not have */
    async assertKnown({ pool, user }: Attempt, { deviceKey }: Answer): Promise<void> {
      if (deviceKey === undefined || !pool.devices) return;
      const isKnown =
        !isDecoy(user) &&
        deviceKey.length <= MOST_CHARACTERS &&
        (await devices.find({ poolId: pool.id, sub: user.sub }, deviceKey)) !== undefined;
      if (!isKnown) throw new Failure<DeviceFailure>('device-not-found');
    },
  };
}
