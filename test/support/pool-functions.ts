/**
 * Functions for a pool's triggers: each writes down what it is asked, and answers as the test says.
 */
import { functionArn, type TriggerHandler } from './servers/server.ts';

const NAMES = [
  'PreSignUp',
  'PostConfirmation',
  'PreAuthentication',
  'PostAuthentication',
  'DefineAuthChallenge',
  'CreateAuthChallenge',
  'VerifyAuthChallengeResponse',
  'PreTokenGeneration',
  'UserMigration',
  'CustomMessage',
  'CustomEmailSender',
  'CustomSMSSender',
  'InboundFederation',
] as const;
export type FunctionName = (typeof NAMES)[number];

// oxlint-disable-next-line typescript/no-explicit-any -- each trigger has its own request and response, and tests look at all of them
type Event = any;

export function poolFunctions() {
  const asked: { readonly name: FunctionName; readonly event: Event }[] = [];
  const answers: Partial<Record<FunctionName, (event: Event) => unknown>> = {};
  const handlerOf =
    (name: FunctionName): TriggerHandler =>
    async (event) => {
      asked.push({ name, event: structuredClone(event) });
      const response = await answers[name]?.(event);
      return { ...event, response: response ?? event.response };
    };
  return {
    /** For `startServer`. */
    functions: Object.fromEntries(NAMES.map((name) => [name, handlerOf(name)])),

    /** All that were asked, in order. */
    asked,

    /** The last event that a function got. */
    eventOf: (name: FunctionName): Event => asked.findLast((each) => each.name === name)?.event,

    /** The response that a function gives from now on, or the error that it throws; as it got it when undefined. */
    answer(name: FunctionName, answer: ((event: Event) => unknown) | undefined): void {
      answers[name] = answer;
    },

    /** Forgets what was asked and what to answer. */
    reset(): void {
      asked.length = 0;
      for (const name of NAMES) delete answers[name];
    },

    /** LambdaConfig that names these functions. */
    configOf: (...names: readonly FunctionName[]): Record<string, string> =>
      Object.fromEntries(names.map((name) => [name, functionArn(name)])),
  };
}

export type PoolFunctions = ReturnType<typeof poolFunctions>;

/** A challenge that is over, as the functions get it. */
export interface ChallengeResult {
  readonly challengeName: string;
  readonly challengeResult: boolean;
}

/** Asks for these words, one after another; a wrong word turns away. */
export function askForWords(told: PoolFunctions, ...words: readonly string[]): void {
  told.answer(
    'DefineAuthChallenge',
    ({ request: { session } }: { request: { session: ChallengeResult[] } }) => {
      if (session.some(({ challengeResult }) => !challengeResult)) return { failAuthentication: true };
      return session.length === words.length ? { issueTokens: true } : { challengeName: 'CUSTOM_CHALLENGE' };
    },
  );
  told.answer(
    'CreateAuthChallenge',
    ({ request: { session } }: { request: { session: ChallengeResult[] } }) => ({
      publicChallengeParameters: { hint: `word ${session.length + 1}` },
      privateChallengeParameters: { word: words[session.length] },
      challengeMetadata: `WORD_${session.length + 1}`,
    }),
  );
  told.answer('VerifyAuthChallengeResponse', ({ request }) => ({
    answerCorrect: request.privateChallengeParameters.word === request.challengeAnswer,
  }));
}
