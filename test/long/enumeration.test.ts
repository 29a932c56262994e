/**
 * What an app client that hides who exists tells of names that nobody has: nothing, neither by its answers nor by their time.
 *
 * Each operation is called five thousand times for people and as often for nobody, in random order, and the times are compared by Welch's t-test; |t| < 4.5 as in the leakage tests of side-channel
 * evaluations. The order is a seed's, printed, and `ENUMERATION_SEED` repeats it. Everybody is asked about few times and from an address of his own, and the clock moves on between operations, so that no limit is met.
 * Source: Goodwill et al., "A testing methodology for side-channel resistance validation"; OWASP ASVS 5, 6.3.8.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { Agent, request } from 'node:http';
import { clearTimeout, setTimeout } from 'node:timers';
import { operations } from '../../src/api/cognito-idp/index.ts';
import { WITHOUT_MOVE } from '../support/public-moves.ts';
import { makePool, PASSWORD, type MadePool } from '../support/pool.ts';
import { startServer, type TestServer } from '../support/server.ts';

/** `ENUMERATION_CALLS` makes it fewer, for a look while developing: less than that proves nothing. */
const CALLS = Number(process.env['ENUMERATION_CALLS'] ?? 5000);
const EACH = 4;
const PEOPLE = Math.ceil(CALLS / EACH);
const WARM_UP = Math.min(400, PEOPLE);
const MOST_T = 4.5;
/** Longer than every window of throttles and limits, and shorter than a code's life over all operations. */
const BETWEEN_SECONDS = 3700;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly ms: number;
}
type Send = (operation: string, input: object) => Promise<Answer>;
interface Asked {
  readonly send: Send;
  readonly ClientId: string;
  readonly Username: string;
}

const SRP_A = 'a'.repeat(700);
const TIMESTAMP = 'Mon Nov 3 02:51:00 UTC 2036';
/** What is asked about a name; `before` is done first and not timed. */
const OPERATIONS: Readonly<
  Record<
    string,
    { before?: (asked: Asked) => Promise<Answer>; ask: (asked: Asked, before?: Answer) => Promise<Answer> }
  >
> = {
  // First, while the codes of sign-up are good.
  ConfirmSignUp: {
    ask: ({ send, ClientId, Username }) =>
      send('ConfirmSignUp', { ClientId, Username, ConfirmationCode: '000000' }),
  },
  ResendConfirmationCode: {
    ask: ({ send, ClientId, Username }) => send('ResendConfirmationCode', { ClientId, Username }),
  },
  'InitiateAuth by password': {
    ask: ({ send, ClientId, Username }) =>
      send('InitiateAuth', {
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: Username, PASSWORD: 'Wrong-Horse-7' },
      }),
  },
  'InitiateAuth by SRP': { ask: beginSrp },
  'RespondToAuthChallenge by SRP': {
    before: beginSrp,
    ask: ({ send, ClientId, Username }, before) => {
      const { SECRET_BLOCK = '' } = before!.body.ChallengeParameters as Record<string, string>;
      return send('RespondToAuthChallenge', {
        ClientId,
        ChallengeName: 'PASSWORD_VERIFIER',
        Session: before!.body.Session,
        ChallengeResponses: {
          USERNAME: Username,
          PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
          PASSWORD_CLAIM_SIGNATURE: Buffer.alloc(32).toString('base64'),
          TIMESTAMP,
        },
      });
    },
  },
  'InitiateAuth by choice': {
    ask: ({ send, ClientId, Username }) =>
      send('InitiateAuth', { ClientId, AuthFlow: 'USER_AUTH', AuthParameters: { USERNAME: Username } }),
  },
  'InitiateAuth by a code': { ask: beginByCode },
  'RespondToAuthChallenge by a code': {
    before: beginByCode,
    ask: ({ send, ClientId, Username }, before) =>
      send('RespondToAuthChallenge', {
        ClientId,
        ChallengeName: 'EMAIL_OTP',
        Session: before!.body.Session,
        ChallengeResponses: { USERNAME: Username, EMAIL_OTP_CODE: '000000' },
      }),
  },
  'InitiateAuth by a password by choice': {
    ask: ({ send, ClientId, Username }) =>
      send('InitiateAuth', {
        ClientId,
        AuthFlow: 'USER_AUTH',
        AuthParameters: { USERNAME: Username, PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: 'Wrong-Horse-7' },
      }),
  },
  ForgotPassword: { ask: ({ send, ClientId, Username }) => send('ForgotPassword', { ClientId, Username }) },
  ConfirmForgotPassword: {
    ask: ({ send, ClientId, Username }) =>
      send('ConfirmForgotPassword', {
        ClientId,
        Username,
        ConfirmationCode: '000000',
        Password: 'Another-Horse-8',
      }),
  },
};
/** Operations about people who have not yet confirmed. */
const OF_NEWCOMERS = ['ConfirmSignUp', 'ResendConfirmationCode'];

function beginByCode({ send, ClientId, Username }: Asked): Promise<Answer> {
  return send('InitiateAuth', {
    ClientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: Username, PREFERRED_CHALLENGE: 'EMAIL_OTP' },
  });
}

function beginSrp({ send, ClientId, Username }: Asked): Promise<Answer> {
  return send('InitiateAuth', {
    ClientId,
    AuthFlow: 'USER_SRP_AUTH',
    AuthParameters: { USERNAME: Username, SRP_A },
  });
}

describe('a name that nobody has', () => {
  const seed = Number(process.env['ENUMERATION_SEED'] ?? randomInt(2 ** 31));
  const random = generator(seed);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let server: TestServer;
  let pool: MadePool;
  let address = 0;

  before(async function makePeople() {
    process.stdout.write(`    ENUMERATION_SEED=${seed}\n`);
    server = await startServer({ environment: { COGNATE_TRUSTED_PROXIES: '127.0.0.1/32' } });
    pool = await makePool(
      server,
      { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
      {
        PreventUserExistenceErrors: 'ENABLED',
        ExplicitAuthFlows: [
          'ALLOW_USER_PASSWORD_AUTH',
          'ALLOW_USER_SRP_AUTH',
          'ALLOW_USER_AUTH',
          'ALLOW_REFRESH_TOKEN_AUTH',
        ],
      },
    );
    const { idp, UserPoolId, ClientId } = pool;
    for (let person = 0; person < PEOPLE; person += 1) {
      const UserAttributes = [{ Name: 'email', Value: `known-${person}@example.com` }];
      await idp.adminCreateUser({
        UserPoolId,
        Username: `known-${person}`,
        MessageAction: 'SUPPRESS',
        UserAttributes: [...UserAttributes, { Name: 'email_verified', Value: 'true' }],
      });
      await idp.adminSetUserPassword({
        UserPoolId,
        Username: `known-${person}`,
        Password: PASSWORD,
        Permanent: true,
      });
      await send('SignUp', { ClientId, Username: `fresh-${person}`, Password: PASSWORD, UserAttributes });
    }
  });
  after(async () => {
    agent.destroy();
    await server.close();
  });

  /** A call from an address that nobody has called from. */
  function send(operation: string, input: object): Promise<Answer> {
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
            headers: response.headers,
            body: JSON.parse(body),
            ms,
          });
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
  }

  it('is timed at every operation that anybody may ask about one', () => {
    const timed = new Set(Object.keys(OPERATIONS).map((title) => title.split(' ')[0]));
    const untimed = Object.entries(operations)
      .filter(([name, { caller }]) => (caller === 'client' || caller === 'anyone') && !WITHOUT_MOVE[name])
      .map(([name]) => name)
      .filter((name) => !timed.has(name));

    assert.deepEqual(untimed, []);
  });

  for (const [operation, { before: prepare, ask }] of Object.entries(OPERATIONS))
    it(`is answered by ${operation} as people's are, and in the same time`, async () => {
      server.clock.pass(BETWEEN_SECONDS);
      const kind = OF_NEWCOMERS.includes(operation) ? 'fresh' : 'known';
      const times: Record<'known' | 'absent', number[]> = { known: [], absent: [] };
      const shapes: Record<'known' | 'absent', Set<string>> = { known: new Set(), absent: new Set() };
      const once = async (group: 'known' | 'absent', call: number) => {
        const Username = group === 'known' ? `${kind}-${call % PEOPLE}` : `nobody-${call % PEOPLE}`;
        const asked = { send, ClientId: pool.ClientId, Username };
        const answer = await ask(asked, await prepare?.(asked));
        shapes[group].add(shapeOf(answer));
        return answer.ms;
      };
      for (let call = 0; call < WARM_UP; call += 1) await once(call % 2 === 0 ? 'known' : 'absent', call);
      server.clock.pass(BETWEEN_SECONDS);

      for (let call = 0; call < CALLS; call += 1) {
        const order = random() < 0.5 ? (['known', 'absent'] as const) : (['absent', 'known'] as const);
        for (const group of order) times[group].push(await once(group, call));
        // Everybody was asked about once: no window remembers him when his turn comes again.
        if (call % PEOPLE === PEOPLE - 1) server.clock.pass(BETWEEN_SECONDS);
      }

      assert.deepEqual([...shapes.absent], [...shapes.known]);
      const t = welch(times.known, times.absent);
      process.stdout.write(`      t = ${t.toFixed(2)}\n`);
      assert.ok(Math.abs(t) < MOST_T, `t = ${t}`);
    });
});

/** All of an answer that does not differ between two calls about one person. */
function shapeOf({ status, headers, body }: Answer): string {
  const names = Object.keys(headers).toSorted().join(' ');
  const formOf = (value: unknown): unknown => {
    if (Array.isArray(value)) return value;
    if (typeof value !== 'object' || value === null) return typeof value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, formOf(each)]));
  };
  const said = '__type' in body ? body : formOf(body);
  return JSON.stringify({ status, names, said });
}

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
