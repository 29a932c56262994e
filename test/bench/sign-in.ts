/**
 * Bench of signing in: what a sign-in costs beside the cryptography that it cannot do without. `node test/bench/sign-in.ts`
 *
 * The program runs as a process of its own on its embedded store. Its processor time, of all threads, is compared with that of the same cryptography alone, measured in the same run: the powers
 * of SRP, and two RS256 signatures. So the figures are shares of what a core could do at best, and say the same on machines that are slow or busy. Machines also change their pace: the two are
 * measured by turns, and the share is the median of the rounds.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { systemClock } from '../../src/base/clock.ts';
import { power } from '../../src/password-hash/srp.ts';
import { makePool, makeUser, PASSWORD } from '../support/pool.ts';
import { startProcess, type CognateProcess } from '../support/servers/process.ts';
import { clientsOf } from '../support/servers/server.ts';
import { createCaller, createSrpClient, type Caller } from './callers.ts';
import { printed, ratio, type Figures } from './measuring.ts';

const USERS = 64;
/** Enough that the program is never without work. */
const AT_ONCE = 64;
/** Until the program's code is compiled; what comes first costs several times as much. */
const WARM_UP_TURNS = 4000;
const MOST_WARM_UP_MS = 15_000;
const ROUNDS = 7;
const ROUND_MS = 2000;
const RAW_TIMES = 300;
/** How long GetUser is asked beside sign-ins. */
const MEASURED_MS = 5000;
/** How many powers a sign-in cannot do without: the server's B, and two for the key; with the password at hand, the verifier. */
const POWERS = { srp: 3, password: 1 };
/** In which Linux counts the processor time of a process. */
const TICKS_PER_SECOND = 100;

interface World {
  readonly server: CognateProcess;
  readonly call: Caller;
  readonly poolId: string;
  readonly clientId: string;
  /** Of the client whose refresh tokens rotate. */
  readonly rotatingId: string;
}
/** What one turn of a load does, for the `turn`th time. */
type Work = (turn: number) => Promise<unknown>;

export async function benchSignIn(): Promise<Figures> {
  const server = await startProcess({ COGNATE_LOG_LEVEL: 'info' });
  try {
    return await measure(await furnish(server));
  } finally {
    await server.stop();
    server.remove();
  }
}

const nameOf = (user: number): string => `user-${user % USERS}`;

async function furnish(server: CognateProcess): Promise<World> {
  const pool = await makePool(clientsOf(server.url, systemClock));
  const { UserPoolClient } = await pool.idp.createUserPoolClient({
    UserPoolId: pool.UserPoolId,
    ClientName: 'rotating',
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
  });
  for (let user = 0; user < USERS; user += 1)
    await makeUser(pool, nameOf(user), { email: `${nameOf(user)}@example.com` });
  return {
    server,
    call: createCaller(server.url),
    poolId: pool.UserPoolId,
    clientId: pool.ClientId,
    rotatingId: UserPoolClient!.ClientId!,
  };
}

async function measure(world: World): Promise<Figures> {
  const { call, clientId, rotatingId } = world;
  const bySrp = createSrpClient(world);
  const withPassword = (client: string, user: number) =>
    call('InitiateAuth', {
      ClientId: client,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: nameOf(user), PASSWORD },
    });
  const renew = (client: string, RefreshToken: string) =>
    call('GetTokensFromRefreshToken', { ClientId: client, RefreshToken });
  const tokens = async (client: string) =>
    Promise.all(
      Array.from({ length: AT_ONCE }, async (_, user) => {
        const { AuthenticationResult } = await withPassword(client, user);
        return String(AuthenticationResult.RefreshToken);
      }),
    );

  const srp = await share(world, POWERS.srp, (turn) => bySrp(nameOf(turn), PASSWORD));
  const password = await share(world, POWERS.password, (turn) => withPassword(clientId, turn));
  const still = await tokens(clientId);
  const staying = await share(world, 0, (turn) => renew(clientId, still[turn % AT_ONCE]!));
  const moving = await tokens(rotatingId);
  const rotating = await share(world, 0, async (turn) => {
    const place = turn % AT_ONCE;
    const { AuthenticationResult } = await renew(rotatingId, moving[place]!);
    moving[place] = AuthenticationResult.RefreshToken;
  });
  return {
    'SRP sign-ins a core and second': Math.round(srp.perCpuSecond),
    'SRP sign-ins, share of the cryptography alone': srp.share,
    'password sign-ins a core and second': Math.round(password.perCpuSecond),
    'password sign-ins, share of the cryptography alone': password.share,
    'refreshes a core and second': Math.round(staying.perCpuSecond),
    'refreshes, share of the cryptography alone': staying.share,
    'rotating refreshes a core and second': Math.round(rotating.perCpuSecond),
    'rotating refreshes, share of the cryptography alone': rotating.share,
    'p99 of GetUser at half the sign-ins that it can do, ms': await readingBeside(world, srp.perSecond),
  };
}

/** How often a processor second is enough for `work`, and for its cryptography alone, with `powers` powers of SRP: medians of the rounds. */
async function share(world: World, powers: number, work: Work) {
  await load({ milliseconds: MOST_WARM_UP_MS, turns: WARM_UP_TURNS }, work);
  const rounds: { perCpuSecond: number; perSecond: number; share: number }[] = [];
  for (let before = rawSeconds(powers); rounds.length < ROUNDS;) {
    const start = cpuSeconds(world.server);
    const { done, seconds } = await load({ milliseconds: ROUND_MS }, work);
    const perCpuSecond = done / (cpuSeconds(world.server) - start);
    const after = rawSeconds(powers);
    rounds.push({
      perCpuSecond,
      perSecond: done / seconds,
      share: ratio(perCpuSecond, 2 / (before + after)),
    });
    before = after;
  }
  const middle = (of: keyof (typeof rounds)[number]) => median(rounds.map((round) => round[of]));
  return { perCpuSecond: middle('perCpuSecond'), perSecond: middle('perSecond'), share: middle('share') };
}

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Keeps AT_ONCE turns under way, each begun when the one before in its place is done. */
async function load(
  { milliseconds, turns = Number.MAX_SAFE_INTEGER }: { milliseconds: number; turns?: number },
  work: Work,
) {
  const start = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, place) => {
      const isOver = (turn: number) => turn >= turns || performance.now() - start >= milliseconds;
      for (let turn = place; !isOver(turn); turn += AT_ONCE) {
        await work(turn);
        done += 1;
      }
    }),
  );
  return { done, seconds: (performance.now() - start) / 1000 };
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Processor seconds of the cryptography of one sign-in. */
function rawSeconds(powers: number): number {
  const exponent = BigInt(`0x${randomBytes(32).toString('hex')}`);
  const message = randomBytes(1000);
  const once = () => {
    for (let count = 0; count < powers; count += 1) power(3n, exponent);
    for (let count = 0; count < 2; count += 1) sign('sha256', message, privateKey);
  };
  for (let time = 0; time < 20; time += 1) once();
  const start = process.cpuUsage();
  for (let time = 0; time < RAW_TIMES; time += 1) once();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6 / RAW_TIMES;
}

/** Processor seconds that the server has used, all its threads together. */
function cpuSeconds({ child }: CognateProcess): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  // Fields 14 and 15 of proc(5), of which the first two are cut off.
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The p99 of GetUser while people sign in at half of `rate` a second. */
async function readingBeside({ call, poolId, clientId }: World, rate: number): Promise<number> {
  const bySrp = createSrpClient({ call, poolId, clientId });
  const { AuthenticationResult } = await bySrp(nameOf(0), PASSWORD);
  const times: number[] = [];
  const underWay = new Set<Promise<unknown>>();
  const start = performance.now();
  let begun = 0;
  while (performance.now() - start < MEASURED_MS) {
    const due = ((performance.now() - start) / 1000) * (rate / 2);
    for (; begun < due; begun += 1) {
      const signIn = bySrp(nameOf(begun), PASSWORD).finally(() => underWay.delete(signIn));
      underWay.add(signIn);
    }
    const asked = performance.now();
    await call('GetUser', { AccessToken: AuthenticationResult.AccessToken });
    times.push(performance.now() - asked);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(underWay);
  times.sort((one, other) => one - other);
  return Math.round((times[Math.floor(times.length * 0.99)] ?? 0) * 10) / 10;
}

if (import.meta.main) printed(await benchSignIn());
