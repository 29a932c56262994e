/** The steps that a sign-in may be made of, each given its parts, in the order in which they are owed. */
import type { Clock } from '../../../base/clock.ts';
import type { Decoys } from '../../users/decoys.ts';
import type { Devices } from '../../users/devices.ts';
import type { Letters } from '../../notifications/notifications.ts';
import type { Passkeys } from '../../users/passkeys.ts';
import type { PoolTriggers } from '../../triggers/pool-triggers.ts';
import type { Users } from '../../users/users.ts';
import type { Expiring } from '../../ports/expiring.ts';
import type { PasskeyVerifier } from '../../ports/passkey-verifier.ts';
import type { PasswordHash } from '../../ports/password-hash.ts';
import type { HasPasskey } from '../first-factors.ts';
import type { SignUpSessions } from '../sign-up-sessions.ts';
import { createSrpExchange } from '../srp-exchange.ts';
import type { Step } from './challenge.ts';
import { chooseFirstStep, srpOpeningStep } from './choose-first.ts';
import { chooseMfaStep } from './choose-mfa.ts';
import { customStep } from './custom.ts';
import { deviceSteps } from './device.ts';
import { newPasswordStep } from './new-password.ts';
import { passkeyStep } from './passkey.ts';
import { passwordStep } from './password.ts';
import { sentCodeSteps } from './sent-code.ts';
import { setUpMfaStep } from './set-up-mfa.ts';
import { signedUpStep } from './signed-up.ts';
import { srpStep } from './srp.ts';
import { totpStep } from './totp.ts';
import type { ClaimOnce } from '../../ports/replay-cache.ts';
import type { Afterwards } from '../../ports/afterwards.ts';

export interface StepParts {
  readonly users: Users;
  readonly letters: Letters;
  readonly afterwards: Afterwards;
  readonly signUpSessions: SignUpSessions;
  readonly claimOnce: ClaimOnce;
  readonly hasPasskey: HasPasskey;
  readonly devices: Devices;
  readonly passkeys: Passkeys;
  readonly passkeyVerifier: PasskeyVerifier;
  readonly expiring: Expiring;
  readonly decoys: Decoys;
  readonly hash: PasswordHash;
  readonly clock: Clock;
  readonly poolTriggers: PoolTriggers;
}

export function createSteps(given: StepParts): readonly Step[] {
  const parts = { ...given, srp: createSrpExchange(given) };
  return [
    customStep(parts),
    chooseFirstStep(parts),
    signedUpStep(parts),
    srpOpeningStep,
    srpStep(parts),
    passwordStep(parts.users),
    passkeyStep(parts),
    newPasswordStep(parts),
    ...deviceSteps(parts),
    chooseMfaStep,
    ...sentCodeSteps(parts),
    totpStep(parts),
    setUpMfaStep,
  ];
}
