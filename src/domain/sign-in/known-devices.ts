/**
 * Known devices: whether a sign-in comes from a device that its user signed in on before, and so has tries of its own.
 *
 * An application names its device by the key that the user confirmed (DEVICE_KEY); a browser shows a cookie that the hosted pages gave
 * it, which they have verified. Neither proves anything: it only decides whose tries a wrong answer uses up (limits/rate-limits.ts).
 */
import type { Devices } from '../users/devices.ts';
import { DEVICE_KEY } from './named-device.ts';
import type { Attempt, Notes } from './challenges/challenge.ts';
import type { DeviceAllowance } from '../limits/rate-limits.ts';

/** Where the memory of a sign-in has the browser that it is made in, and the subjects of who signed in there before. */
const BROWSER = 'known-browser';
const BROWSER_USERS = 'known-browser-users';

/** A browser that showed what it was given when somebody signed in there. */
export interface KnownBrowser {
  readonly id: string;
  readonly subs: readonly string[];
}

/** What a sign-in begins with in a browser that was recognised; nothing elsewhere. */
export const rememberedBrowser = (browser: KnownBrowser | undefined): Notes =>
  browser ? { [BROWSER]: browser.id, [BROWSER_USERS]: browser.subs.join(' ') } : {};

export function createKnownDevices({ devices }: { devices: Devices }) {
  return {
    async allowanceOf({ pool, user, memory }: Attempt): Promise<DeviceAllowance> {
      const browser = memory[BROWSER];
      const isUsers = (memory[BROWSER_USERS] ?? '').split(' ').includes(user.sub);
      if (browser !== undefined && isUsers) return { knownDevice: `browser ${browser}` };
      const key = memory[DEVICE_KEY];
      if (key === undefined || !pool.devices) return 'unknown-device';
      const device = await devices.find({ poolId: pool.id, sub: user.sub }, key);
      return device ? { knownDevice: `device ${device.key}` } : 'unknown-device';
    },
  };
}
