/**
 * Refusals as the log tells them: a world whose log lies open, and the assertion that a refusal leaves one line, under the
 * id that the caller was shown. What was sent to prove something is remembered, and may stand in no line.
 */
import assert from 'node:assert/strict';
import { createWorld, PASSWORD } from '../../api/oidc/world.ts';
import { makeReachable } from '../people.ts';
import { NEW_PASSWORD, type MadePool } from '../pool.ts';

export const WRONG = 'Not-the-passw0rd!';
const FLOWS = [
  'ALLOW_USER_PASSWORD_AUTH',
  'ALLOW_ADMIN_USER_PASSWORD_AUTH',
  'ALLOW_USER_AUTH',
  'ALLOW_REFRESH_TOKEN_AUTH',
] as const;

/** What a caller got: the id that it was shown, and the rest of the answer. */
export interface Answer {
  readonly id: string | null | undefined;
  readonly text: string;
}

/** A refused call of an SDK. */
export async function refused(call: Promise<unknown>): Promise<Answer> {
  const error: unknown = await call.then(
    () => assert.fail('the call was answered'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Error && '$metadata' in error, String(error));
  const { requestId: id } = error.$metadata as { requestId?: string };
  return { id, text: `${error.name} ${error.message}` };
}

/** A refused request to a page or an endpoint. */
export async function answered(response: Response): Promise<Answer> {
  assert.ok(response.status >= 400 && response.status < 500, String(response.status));
  return { id: response.headers.get('x-amzn-requestid'), text: await response.text() };
}

const isRefusal = (line: object): boolean =>
  'event' in line && (line.event === 'refused' || (line.event === 'api-call' && 'fault' in line));

export type Watched = Awaited<ReturnType<typeof watchRefusals>>;

/** Starts a world of its own; close its `world` in `after`. */
export async function watchRefusals() {
  const logged: object[] = [];
  const lines: string[] = [];
  const secrets = new Set([PASSWORD, NEW_PASSWORD, WRONG]);
  const world = await createWorld(
    { logged },
    {
      AutoVerifiedAttributes: ['email'],
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
    },
  );
  const client = await world.addClient();
  const own = await world.addClient({
    ExplicitAuthFlows: [...FLOWS],
    PreventUserExistenceErrors: 'ENABLED',
  });
  const pool: MadePool = {
    idp: world.userPools,
    UserPoolId: world.poolId,
    Arn: '',
    ClientId: own.id,
    ClientSecret: undefined,
  };
  let people = 0;

  async function subOf(Username: string): Promise<string> {
    const { UserAttributes = [] } = await pool.idp.adminGetUser({ UserPoolId: pool.UserPoolId, Username });
    return UserAttributes.find(({ Name }) => Name === 'sub')!.Value!;
  }

  return {
    world,
    /** Of the hosted pages. */
    client,
    /** With a client of the API, which hides who exists. */
    pool,
    subOf,

    async newcomer(): Promise<{ name: string; sub: string }> {
      people += 1;
      const name = `person-${people}`;
      await makeReachable(pool, name);
      return { name, sub: await subOf(name) };
    },

    /** The same, and no line may have it. */
    secret<Text extends string | undefined>(text: Text): NonNullable<Text> {
      assert.ok(text, 'there is something to send');
      secrets.add(text);
      return text;
    },

    /** Does it, and asserts the line that it leaves. @param sub undefined: nobody is named */
    async assertLine(
      doIt: () => Promise<Answer | (() => Promise<Answer>)>,
      sub: string | undefined,
    ): Promise<object> {
      await world.server.settled();
      logged.splice(0);
      let answer = await doIt();
      if (typeof answer === 'function') {
        // What came before was to make ready.
        logged.splice(0);
        answer = await answer();
      }
      const { id, text } = answer;
      const found = logged.filter(isRefusal);
      const all = JSON.stringify(logged);
      lines.push(all);
      assert.equal(found.length, 1, all);
      const [line] = found as { requestId?: string; user?: string; kind?: string }[];
      assert.ok(id, 'the caller is shown an id');
      assert.equal(line!.requestId, id);
      assert.ok(line!.kind, all);
      assert.equal(line!.user, sub, all);
      if (sub !== undefined) assert.ok(!text.includes(sub), text);
      return line!;
    },

    /** Asserts of all lines until now that nothing which was sent stands in them. */
    assertNothingTold({ least }: { readonly least: number }): void {
      assert.ok(lines.length >= least && secrets.size > 5, `${secrets.size} secrets, ${lines.length} lines`);
      const told = [...secrets].filter((each) => lines.some((line) => line.includes(each)));
      assert.deepEqual(told, []);
    },
  };
}
