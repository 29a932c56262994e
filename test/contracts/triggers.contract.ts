/**
 * The contract of bridges to functions: what every one of them must do, however it reaches a function.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../src/base/failure.ts';
import type { TriggerEvent, Triggers } from '../../src/domain/ports/triggers.ts';

/** What the function at the other end does with the event that asks it. */
export type Behaviour =
  // Gives the event back, with all that it got in `response.seen`.
  | { readonly does: 'answers' }
  // Says no, in these words.
  | { readonly does: 'refuses'; readonly words: string }
  // Gives this back, to the letter.
  | { readonly does: 'says'; readonly text: string }
  | { readonly does: 'hangs' }
  // Hangs or is out of order at the first tries.
  | { readonly does: 'recovers'; readonly after: number };

/** A bridge with a function at the other end. */
export interface FarEnd {
  /** The ids that tries came under, in order. */
  readonly tries: readonly string[];
  readonly arn: string;
  /** Reports of what could not be asked. */
  readonly reports: readonly { readonly function: string; readonly reason: string }[];
  /** The same bridge, with another limit. */
  open(limitMs: number): Promise<Triggers>;
  close(): Promise<void>;
}

export const eventOf = (behaviour: Behaviour): TriggerEvent => ({
  version: '1',
  triggerSource: 'PreSignUp_SignUp',
  region: 'us-east-1',
  userPoolId: 'us-east-1_abcdefghi',
  userName: 'ada',
  callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: 'client' },
  request: { userAttributes: { name: 'Ada “ü” \u2028' }, behaviour },
  response: { autoConfirmUser: false },
});

const LONG_MS = 4000;
const SHORT_MS = 40;
/** Long enough for an answer on a busy machine, and waited for in full by tries that hang. */
const RECOVERY_MS = 250;

const NO_EVENTS: readonly (readonly [string, string])[] = [
  ['nothing', 'null'],
  ['a text', '"done"'],
  ['a list', '[{"response":{}}]'],
  ['no response', '{"version":"1"}'],
  ['a response that is a list', '{"response":[]}'],
  ['a response that is null', '{"response":null}'],
  ['values that are nested too deep', `{"response":${'{"a":'.repeat(40)}1${'}'.repeat(40)}}`],
  ['a member that could reach a prototype', '{"response":{"__proto__":{"autoConfirmUser":true}}}'],
  ['more than a mebibyte', `{"response":{"a":"${'x'.repeat(1024 * 1024)}"}}`],
];

export function triggersContract(name: string, open: () => Promise<FarEnd>): void {
  describe(`${name} as a bridge to functions`, () => {
    let end: FarEnd;
    beforeEach(async () => (end = await open()));
    afterEach(() => end.close());

    const ask = async (behaviour: Behaviour, { arn = end.arn, limitMs = LONG_MS } = {}) =>
      (await end.open(limitMs)).invoke({ trigger: 'PreSignUp', arn }, eventOf(behaviour));
    const fails = (outcome: Promise<unknown>, kind: string, facts: object) =>
      assert.rejects(outcome, (error) => {
        assert.ok(isFailure(error, kind), String(error));
        assert.deepEqual(error.facts, facts);
        return true;
      });

    it('carries the whole event there, and the response back', async () => {
      const response = await ask({ does: 'answers' });

      assert.deepEqual(response['seen'], eventOf({ does: 'answers' }));
      assert.equal(end.tries.length, 1);
    });

    it('keeps what the function does to the event from its own', async () => {
      const event = eventOf({ does: 'answers' });

      await (await end.open(LONG_MS)).invoke({ trigger: 'PreSignUp', arn: end.arn }, event);

      assert.deepEqual(event, eventOf({ does: 'answers' }));
    });

    it('tells that the function said no, in its words, and asks no second time', async () => {
      await fails(ask({ does: 'refuses', words: 'Not you, {trigger} $&.' }), 'trigger-refused', {
        trigger: 'PreSignUp',
        reason: 'Not you, {trigger} $&.',
      });

      assert.equal(end.tries.length, 1);
      assert.deepEqual(end.reports, []);
    });

    it('cuts a long refusal', async () => {
      await fails(ask({ does: 'refuses', words: 'x'.repeat(100_000) }), 'trigger-refused', {
        trigger: 'PreSignUp',
        reason: 'x'.repeat(1024),
      });
    });

    for (const [what, text] of NO_EVENTS)
      it(`takes ${what} for no answer, and asks no second time`, async () => {
        await fails(ask({ does: 'says', text }), 'trigger-answer-malformed', { trigger: 'PreSignUp' });

        assert.equal(end.tries.length, 1);
      });

    it('tries three times in all, under one id, and then gives up and says so', async () => {
      await fails(ask({ does: 'hangs' }, { limitMs: SHORT_MS }), 'trigger-failed', { trigger: 'PreSignUp' });

      assert.equal(end.tries.length, 3);
      assert.equal(new Set(end.tries).size, 1);
      assert.deepEqual(end.reports, [{ function: end.arn, reason: 'it did not answer in time' }]);
    });

    it('takes the answer of a third try', async () => {
      const response = await ask({ does: 'recovers', after: 2 }, { limitMs: RECOVERY_MS });

      assert.ok(response['seen']);
      assert.equal(end.tries.length, 3);
    });

    it('asks each question under an id of its own', async () => {
      await ask({ does: 'answers' });
      await ask({ does: 'answers' });

      assert.equal(new Set(end.tries).size, 2);
    });

    it('finds the function of a version, an alias, and of any account', async () => {
      for (const arn of [`${end.arn}:live`, end.arn.replace(/\d{12}/, '999999999999')])
        assert.ok((await ask({ does: 'answers' }, { arn }))['seen']);
    });

    it('asks nobody for a function that is not configured', async () => {
      const arn = `${end.arn}-other`;

      await fails(ask({ does: 'answers' }, { arn }), 'trigger-failed', { trigger: 'PreSignUp' });

      assert.equal(end.tries.length, 0);
      assert.equal(end.reports[0]?.function, arn);
    });
  });
}
