/** What to begin with: chosen beforehand, or from those that the person has (SELECT_CHALLENGE). */
import { Failure } from '../../../base/failure.ts';
import type { Decoys } from '../../users/decoys.ts';
import { firstStepsOf, type HasPasskey } from '../first-factors.ts';
import type { Answer, Onward, SignInFailure, Step, StepName } from './challenge.ts';

export const chooseFirstStep = (parts: { hasPasskey: HasPasskey; decoys: Decoys }): Step => ({
  name: 'choose-first',
  owedBy: () => false,

  async ask(attempt, answer) {
    const choices = await firstStepsOf(attempt, parts);
    const preferred = choices.find((step) => step === answer.choice);
    if (preferred !== undefined) return { next: towards(preferred, answer) };
    return { asks: {}, choices, notes: { choices: choices.join(' ') } };
  },

  leadsTo({ notes }, answer) {
    const choice = notes.choices?.split(' ').find((step) => step === answer.choice);
    if (choice === undefined)
      throw new Failure<SignInFailure>('answer-malformed', {
        reason: 'Selected challenge is not available.',
      });
    // The notes hold nothing but names of steps.
    return towards(choice as StepName, answer);
  },

  check() {
    throw new Failure<SignInFailure>('wrong-step');
  },
});

/** What came with the choice goes along, and nothing else. */
function towards(step: StepName, { password, srpA, credential }: Answer): NonNullable<Onward['next']> {
  if (step === 'srp-opening' && srpA !== undefined) return { step: 'srp', answer: { srpA } };
  return {
    step,
    answer: step === 'password' ? { password } : step === 'passkey' ? { credential } : {},
  };
}

/** The request for an SRP value, of who chose SRP and sent none (PASSWORD_SRP). */
export const srpOpeningStep: Step = {
  name: 'srp-opening',
  owedBy: () => false,
  ask: () => ({ asks: {}, notes: {} }),
  leadsTo: (_attempt, { srpA }) => ({ step: 'srp', answer: { srpA } }),
  check() {
    throw new Failure<SignInFailure>('wrong-step');
  },
};
