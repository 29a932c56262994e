/** The steps that a sign-in may be made of, each given its parts, in the order in which they are owed. */
import type { Clock } from '../../base/clock.ts';
import type { Afterwards } from '../directory/code-letters.ts';
import type { Decoys } from '../directory/decoys.ts';
import type { Devices } from '../directory/devices.ts';
import type { Letters } from '../directory/letters.ts';
import type { Passkeys } from '../directory/passkeys.ts';
import type { PoolTriggers } from '../directory/pool-triggers.ts';
import type { Users } from '../directory/users.ts';
import type { Expiring } from '../ports/expiring.ts';
import type { PasskeyVerifier } from '../ports/passkey-verifier.ts';
import type { PasswordHash } from '../ports/password-hash.ts';
import type { HasPasskey } from './first-factors.ts';
import type { SignUpSessions } from './sign-up-sessions.ts';
import { createSrpExchange } from './srp-exchange.ts';
import type { Step } from './step.ts';
import { chooseFirstStep, srpOpeningStep } from './steps/choose-first.ts';
import { chooseMfaStep } from './steps/choose-mfa.ts';
import { customStep } from './steps/custom.ts';
import { deviceSteps } from './steps/device.ts';
import { newPasswordStep } from './steps/new-password.ts';
import { passkeyStep } from './steps/passkey.ts';
import { passwordStep } from './steps/password.ts';
import { sentCodeSteps } from './steps/sent-code.ts';
import { setUpMfaStep } from './steps/set-up-mfa.ts';
import { signedUpStep } from './steps/signed-up.ts';
import { srpStep } from './steps/srp.ts';
import { totpStep } from './steps/totp.ts';
import type { ClaimOnce } from './totp.ts';

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
