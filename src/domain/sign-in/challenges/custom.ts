/**
 * Challenges of the pool's own (CUSTOM_AUTH): three functions say what is asked next, make it up, and judge the answer.
 *
 * The first function sees every challenge so far with its outcome, and asks for another one, for the password by SRP, lets the person in, or turns him away. A wrong answer fails nothing by itself; that too is for the function to say. For a name that nobody has the functions
 * are asked all the same where the client hides who exists, and nobody is let in, whatever they say; a provider's people count as nobody here.
 * Source: Cognito developer guide, "Custom authentication challenge Lambda triggers".
 */
import { Failure } from '../../../base/failure.ts';
import { userOf } from '../../users/resolve-account.ts';
import type { PoolTriggers } from '../../triggers/pool-triggers.ts';
import { readerOf, refuseAnswer, type AnswerReader } from '../../triggers/trigger-responses.ts';
import type { TriggerName } from '../../ports/triggers.ts';
import { askedAbout } from '../authentication-triggers.ts';
import type { Answer, Asked, Attempt, Onward, SignInFailure, Step } from './challenge.ts';

/** A challenge that is over, in Cognito's words, which the functions get. */
interface Result {
  readonly challengeName: 'SRP_A' | 'PASSWORD_VERIFIER' | 'CUSTOM_CHALLENGE';
  readonly challengeResult: boolean;
  readonly challengeMetadata?: string;
}
type Texts = Readonly<Record<string, string>>;

const MAX_ROUNDS = 30;
const MAX_PARAMETERS_BYTES = 32 * 1024;
const MAX_METADATA = 1024;
/** Where the attempt remembers the results so far, and with what an SRP began. */
const RESULTS = 'customResults';
const SRP_A = 'customSrpA';

const NEXT = ['CUSTOM_CHALLENGE', 'PASSWORD_VERIFIER'] as const;

export function customStep({ poolTriggers }: { poolTriggers: PoolTriggers }): Step {
  const turnedAway = () => new Failure<SignInFailure>('wrong-username-or-password');

  async function ask(
    name: TriggerName,
    attempt: Attempt,
    { request, response }: { readonly request: object; readonly response: Readonly<Record<string, unknown>> },
  ): Promise<AnswerReader> {
    const { pool, client, login, metadata } = attempt;
    if (!pool.triggers?.[name])
      throw new Failure<SignInFailure>('answer-malformed', {
        reason: 'Custom auth lambda trigger is not configured for the user pool.',
      });
    const user = personOf(attempt);
    const clientMetadata = Object.keys(metadata).length > 0 ? metadata : undefined;
    const answer = await poolTriggers.ask(pool, name, {
      occasion: 'Authentication',
      username: user?.username ?? login,
      clientId: client.id,
      request: { ...askedAbout({ client, user }), ...request, clientMetadata },
      response,
    });
    return readerOf(name, answer ?? {});
  }

  /** What the functions have asked so far. */
  function resultsOf({ memory, passed }: Attempt, { srpA }: Answer): readonly Result[] {
    const kept = memory[RESULTS];
    if (kept === undefined)
      return srpA === undefined ? [] : [{ challengeName: 'SRP_A', challengeResult: true }];
    // Written below, by this step.
    const results = JSON.parse(kept) as readonly Result[];
    const isNoted = results.some(({ challengeName }) => challengeName === 'PASSWORD_VERIFIER');
    if (!passed.includes('srp') || isNoted) return results;
    return [...results, { challengeName: 'PASSWORD_VERIFIER', challengeResult: true }];
  }

  async function create(attempt: Attempt, session: readonly Result[]): Promise<Asked> {
    const read = await ask('CreateAuthChallenge', attempt, {
      request: { challengeName: 'CUSTOM_CHALLENGE', session },
      response: {
        publicChallengeParameters: null,
        privateChallengeParameters: null,
        challengeMetadata: null,
      },
    });
    const metadata = read.text('challengeMetadata');
    const [shown, hidden] = ['publicChallengeParameters', 'privateChallengeParameters'].map((name) =>
      parametersIn(read, name),
    );
    if (metadata !== undefined && metadata.length > MAX_METADATA) refuseAnswer('CreateAuthChallenge');
    const { username } = attempt.user;
    return {
      asks: { USERNAME: username, ...shown },
      notes: { username, hidden: JSON.stringify(hidden), ...(metadata !== undefined && { metadata }) },
    };
  }

  return {
    name: 'custom',
    guesses: 'challenge',
    owedBy: ({ flow, passed }) => flow === 'custom' && !passed.includes('custom'),

    async ask(attempt, answer): Promise<Asked | Onward> {
      const session = resultsOf(attempt, answer);
      if (session.length > MAX_ROUNDS) throw turnedAway();
      const read = await ask('DefineAuthChallenge', attempt, {
        request: { session },
        response: { challengeName: null, issueTokens: null, failAuthentication: null },
      });
      const [isLetIn, isTurnedAway] = [read.flag('issueTokens'), read.flag('failAuthentication')];
      const srpA = answer.srpA ?? attempt.memory[SRP_A];
      const memory = { [RESULTS]: JSON.stringify(session), ...(srpA !== undefined && { [SRP_A]: srpA }) };
      if (isTurnedAway || (isLetIn && !personOf(attempt))) throw turnedAway();
      if (isLetIn) return { memory, isPassed: true };
      const next = read.choice('challengeName', NEXT) ?? refuseAnswer('DefineAuthChallenge');
      if (next === 'CUSTOM_CHALLENGE') return { ...(await create(attempt, session)), memory };
      // The password is proven once, and only by who began with its first half.
      if (srpA === undefined || attempt.passed.includes('srp')) return refuseAnswer('DefineAuthChallenge');
      return { next: { step: 'srp', answer: { srpA } }, memory };
    },

    check() {
      throw new Failure<SignInFailure>('wrong-step');
    },

    async round(attempt, { answer = '' }) {
      const { hidden = '{}', metadata } = attempt.notes;
      const read = await ask('VerifyAuthChallengeResponse', attempt, {
        // Written above, by this step.
        request: { privateChallengeParameters: JSON.parse(hidden) as Texts, challengeAnswer: answer },
        response: { answerCorrect: null },
      });
      const isRight = read.flag('answerCorrect');
      const result: Result = {
        challengeName: 'CUSTOM_CHALLENGE',
        challengeResult: isRight,
        challengeMetadata: metadata,
      };
      const results = [...resultsOf(attempt, {}), result];
      return {
        isRight,
        next: { step: 'custom', answer: {} },
        memory: { [RESULTS]: JSON.stringify(results) },
      };
    },
  };
}

const personOf = ({ user }: Attempt) => (user.status === 'EXTERNAL_PROVIDER' ? undefined : userOf(user));

function parametersIn(read: AnswerReader, name: string): Texts {
  const parameters = read.texts(name) ?? {};
  if (Buffer.byteLength(JSON.stringify(parameters)) > MAX_PARAMETERS_BYTES)
    refuseAnswer('CreateAuthChallenge');
  return parameters;
}
