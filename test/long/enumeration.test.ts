/**
 * What an app client that hides who exists tells of names that no user has: nothing, neither by its
 * answers nor by their time.
 *
 * Each move of support/matrices/public-moves.ts is made five thousand times for users and as often for names
 * without one, in random order. The times are compared by Welch's t-test; |t| < 4.5 as in the leakage
 * tests of side-channel evaluations. A seed decides the order; it is printed, and `ENUMERATION_SEED`
 * repeats it. Each user is asked about a few times only, each time from a fresh address, and the clock
 * moves on between moves, so that no limit is met. That each public operation has its move, and that
 * the answers are alike in all orders, is tested in attacks/unknown-users/unknown-users.test.ts.
 * Source: Goodwill et al., "A testing methodology for side-channel resistance validation"; OWASP ASVS 5, 6.3.8.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { Agent, request } from 'node:http';
import { clearTimeout, setTimeout } from 'node:timers';
import { RP } from '../support/passkeys.ts';
import { askForWords, poolFunctions } from '../support/pool-functions.ts';
import { makePool, PASSWORD, type MadePool } from '../support/pool.ts';
import { MOVES, told, type Answer, type Call, type Move } from '../support/matrices/public-moves.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';

/** `ENUMERATION_CALLS` makes it fewer, for a look while developing: less than that proves nothing. */
const CALLS = Number(process.env['ENUMERATION_CALLS'] ?? 5000);
const EACH = 4;
const USERS = Math.ceil(CALLS / EACH);
const WARM_UP = Math.min(400, USERS);
const MOST_T = 4.5;
/** Longer than every window of throttles and limits, and shorter than a code's life over all operations. */
const BETWEEN_SECONDS = 3700;

/** Operations about users who have not yet confirmed; they come first, while the codes of sign-up are good. */
const OF_UNCONFIRMED: readonly string[] = ['ConfirmSignUp', 'ResendConfirmationCode'];
const rank = ({ operation }: Move): number =>
  OF_UNCONFIRMED.includes(operation) ? OF_UNCONFIRMED.indexOf(operation) : OF_UNCONFIRMED.length;
const ROWS = Object.entries(MOVES).toSorted(([, one], [, other]) => rank(one) - rank(other));

type Group = 'known' | 'absent';
interface TimedAnswer extends Answer {
  readonly ms: number;
}

describe('a name that nobody has', () => {
  const seed = Number(process.env['ENUMERATION_SEED'] ?? randomInt(2 ** 31));
  const random = generator(seed);
  const functions = poolFunctions();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let server: TestServer;
  let pool: MadePool;
  let address = 0;

  before(async function makeUsers() {
    process.stdout.write(`    ENUMERATION_SEED=${seed}\n`);
    server = await startServer({
      environment: { COGNATE_TRUSTED_PROXIES: '127.0.0.1/32' },
      functions: functions.functions,
    });
    askForWords(functions, 'blue', 'green', 'red');
    pool = await makePool(
      server,
      {
        Policies: {
          SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'] },
        },
        LambdaConfig: functions.configOf(
          'DefineAuthChallenge',
          'CreateAuthChallenge',
          'VerifyAuthChallengeResponse',
        ),
      },
      {
        PreventUserExistenceErrors: 'ENABLED',
        ExplicitAuthFlows: [
          'ALLOW_USER_PASSWORD_AUTH',
          'ALLOW_USER_SRP_AUTH',
          'ALLOW_CUSTOM_AUTH',
          'ALLOW_USER_AUTH',
          'ALLOW_REFRESH_TOKEN_AUTH',
        ],
      },
    );
    const { idp, UserPoolId, ClientId } = pool;
    await idp.setUserPoolMfaConfig({ UserPoolId, WebAuthnConfiguration: { RelyingPartyId: RP } });
    for (let user = 0; user < USERS; user += 1) {
      const UserAttributes = [{ Name: 'email', Value: `known-${named(user)}@example.com` }];
      await idp.adminCreateUser({
        UserPoolId,
        Username: `known-${named(user)}`,
        MessageAction: 'SUPPRESS',
        UserAttributes: [...UserAttributes, { Name: 'email_verified', Value: 'true' }],
      });
      await idp.adminSetUserPassword({
        UserPoolId,
        Username: `known-${named(user)}`,
        Password: PASSWORD,
        Permanent: true,
      });
      await send('SignUp', {
        ClientId,
        Username: `fresh-${named(user)}`,
        Password: PASSWORD,
        UserAttributes,
      });
    }
  });
  after(async () => {
    agent.destroy();
    await server.close();
  });

  /** A call from an address that nobody has called from. */
  function send(operation: string, input: object): Promise<TimedAnswer> {
    address += 1;
    const from = `10.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`;
    const text = JSON.stringify(input);
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'content-length': Buffer.byteLength(text),
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
      'x-forwarded-for': from,
    };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${operation} took too long`)), 30_000);
      const start = performance.now();
      const sent = request(server.url, { method: 'POST', agent, headers }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () => {
          clearTimeout(timer);
          const ms = performance.now() - start;
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.keys(response.headers).toSorted(),
            body: JSON.parse(body),
            ms,
          });
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
  }

  /** Makes the move; the time is that of its last call. */
  async function timed({ play }: Move, Username: string): Promise<{ answer: Answer; ms: number }> {
    let last = NaN;
    const call: Call = async (operation, input) => {
      const { ms, ...answer } = await send(operation, { ClientId: pool.ClientId, ...input });
      last = ms;
      return answer;
    };
    const answer = await play(call, Username);
    return { answer, ms: last };
  }

  for (const [title, move] of ROWS)
    it(`is answered as a user's is, and in the same time: ${title}`, async () => {
      server.clock.pass(BETWEEN_SECONDS);
      const kind = OF_UNCONFIRMED.includes(move.operation) ? 'fresh' : 'known';
      const answers: Record<Group, { told: string; ms: number }[]> = { known: [], absent: [] };
      const once = async (group: Group, call: number) => {
        const { answer, ms } = await timed(
          move,
          `${group === 'known' ? kind : 'other'}-${named(call % USERS)}`,
        );
        return { told: told(answer), ms };
      };
      for (let call = 0; call < WARM_UP; call += 1) await once(call % 2 === 0 ? 'known' : 'absent', call);
      server.clock.pass(BETWEEN_SECONDS);

      for (let call = 0; call < CALLS; call += 1) {
        const order = random() < 0.5 ? (['known', 'absent'] as const) : (['absent', 'known'] as const);
        for (const group of order) answers[group].push(await once(group, call));
        // Each user was asked about once. No window remembers them when their turn comes again.
        if (call % USERS === USERS - 1) server.clock.pass(BETWEEN_SECONDS);
      }

      // Decoys have factors as users may have them, not all as these users do. Like is compared with like.
      const ofUsers = new Set(answers.known.map(({ told: answer }) => answer));
      const alike = answers.absent.filter(({ told: answer }) => ofUsers.has(answer));
      assert.deepEqual(
        [...ofUsers].filter((answer) => !alike.some(({ told: other }) => other === answer)),
        [],
      );
      assert.ok(alike.length > CALLS / 10, `${alike.length} answers are comparable`);
      const t = welch(
        answers.known.map(({ ms }) => ms),
        alike.map(({ ms }) => ms),
      );
      process.stdout.write(`      t = ${t.toFixed(2)}\n`);
      assert.ok(Math.abs(t) < MOST_T, `t = ${t}`);
    });
});

/** As long for each user. */
const named = (user: number): string => String(user).padStart(5, '0');

/** Welch's t of two samples. */
function welch(one: readonly number[], other: readonly number[]): number {
  const of = (sample: readonly number[]) => {
    const mean = sample.reduce((sum, each) => sum + each, 0) / sample.length;
    const variance = sample.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (sample.length - 1);
    return { mean, error: variance / sample.length };
  };
  const [first, second] = [of(one), of(other)];
  return (first.mean - second.mean) / Math.sqrt(first.error + second.error);
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
