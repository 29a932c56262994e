/**
 * A remembered device: proves by a secret of its own that it is the one that it says (DEVICE_SRP_AUTH, DEVICE_PASSWORD_VERIFIER).
 *
 * Owed in place of the second factor where the pool says so and the device once came with one; after it elsewhere. Which device it is must have been said before, and is not said anew here.
 * Source: Cognito developer guide, "Signing in with a device"; srp-exchange.ts.
 */
import { Failure } from '../../../base/failure.ts';
import { isDecoy } from '../../users/decoys.ts';
import type { Device, DeviceFailure, Devices, DeviceSecret } from '../../users/devices.ts';
import { owedFactors } from '../second-factors.ts';
import { DEVICE_KEY } from '../named-device.ts';
import type { SrpExchange } from '../srp-exchange.ts';
import type { Answer, Attempt, OwnAttempt, SignInFailure, Step } from './challenge.ts';

interface DeviceStepParts {
  readonly devices: Devices;
  readonly srp: SrpExchange;
}
type Provable = Device & { readonly secret: DeviceSecret };

export function deviceSteps({ devices, srp }: DeviceStepParts): readonly Step[] {
  const notFound = () => new Failure<DeviceFailure>('device-not-found');

  /** The device of the attempt, if it is remembered and can prove itself. */
  async function provableOf({ pool, user, memory }: Attempt): Promise<Provable | undefined> {
    const key = memory[DEVICE_KEY];
    if (key === undefined || isDecoy(user) || !pool.devices) return undefined;
    const device = await devices.find({ poolId: pool.id, sub: user.sub }, key);
    return device?.isRemembered && device.secret ? { ...device, secret: device.secret } : undefined;
  }

  /** @throws Failure `device-not-found` when it was forgotten meanwhile, or the answer is about another */
  async function meantBy(attempt: Attempt, answer: Answer): Promise<Provable> {
    const device = await provableOf(attempt);
    if (!device || (answer.deviceKey !== undefined && answer.deviceKey !== device.key)) throw notFound();
    return device;
  }

  async function isOwed(attempt: OwnAttempt): Promise<boolean> {
    if (attempt.memory[DEVICE_KEY] === undefined || attempt.passed.includes('device-password')) return false;
    const device = await provableOf(attempt);
    if (!device) return false;
    const factors = owedFactors(attempt);
    if (factors === undefined) return true;
    // Who has no factor yet sets one up first.
    return Boolean(attempt.pool.devices?.challengesNew) && device.hadSecondFactor && factors.length > 0;
  }

  return [
    {
      name: 'device-srp',
      owedBy: isOwed,
      ask: ({ user, memory }) => ({
        asks: { USERNAME: user.username, DEVICE_KEY: memory[DEVICE_KEY] ?? '' },
        notes: {},
      }),
      leadsTo(attempt, { srpA, deviceKey }) {
        if (deviceKey !== attempt.memory[DEVICE_KEY]) throw notFound();
        return { step: 'device-password', answer: { srpA } };
      },
      check() {
        throw new Failure<SignInFailure>('wrong-step');
      },
    },
    {
      name: 'device-password',
      owedBy: () => false,

      async ask(attempt, answer) {
        const { key, secret } = await meantBy(attempt, answer);
        const { session, user } = attempt;
        const { asks, notes } = await srp.challenge(secret, { session, srpA: answer.srpA });
        return { asks: { ...asks, USERNAME: user.username, DEVICE_KEY: key }, notes };
      },

      // Not counted as a guess: nobody comes here without a first proof, and a secret of 320 bits is not guessed.
      async check(attempt, answer) {
        const { key, groupKey, secret } = await meantBy(attempt, answer);
        const party = { group: groupKey, name: key, verifier: secret.verifier };
        if (!(await srp.isProven(party, attempt.notes, answer)))
          throw new Failure<SignInFailure>('wrong-username-or-password');
      },
    },
  ];
}
