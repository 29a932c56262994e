/**
 * Processes, and the stores under them, are killed again and again while people sign up and devices write: nothing acknowledged is lost, nobody is there by half.
 *
 * What was under way at a kill may have happened or not; whoever wrote asks, as a client would.
 */
import assert from 'node:assert/strict';
import { setTimeout as elapsed } from 'node:timers/promises';
import { CognitoSync } from '@aws-sdk/client-cognito-sync';
import {
  createIdentityWorld,
  ofIdentityPool,
  trustOf,
  type IdentityWorld,
} from '../support/identity-pool.ts';
import { onPair, startPairOn, type Pair } from '../support/servers/installation.ts';
import { makeUser, PASSWORD } from '../support/pool.ts';
import {
  startPostgres,
  withPostgres,
  type Database,
  type PostgresServer,
} from '../support/servers/postgres.ts';
import { startRedis, withRedis, type RedisServer } from '../support/servers/redis.ts';

const KILLS = Number(process.env['KILLS'] ?? 200);
const STORE_KILLS = Math.min(20, KILLS);
const QUIET = { environment: { COGNATE_LOG_LEVEL: 'silent' } };
const LEAST_WRITES_A_KILL = 100;
const DEVICES = 6;
const SIGNERS_UP = 2;
const KEYS = 40;
/** A guard against what never ends; on a machine with other work a kill may take ten times as long as on one without. */
const MOST_MS_A_KILL = 30_000;
const TOLD_EVERY = 20;
const DatasetName = 'scores';

interface Progress {
  isOver: boolean;
  acknowledged: number;
}

describe('processes killed while they acknowledge', () =>
  onPair((start) => {
    let pair: Pair;
    before(async () => (pair = await start(QUIET)));
    after(() => pair.close());

    it('lose nothing', async function () {
      this.timeout(KILLS * MOST_MS_A_KILL);

      await loseNothing(pair, KILLS, async (round) => {
        const node = (round % 2) as 0 | 1;
        await pair.end(node, 'SIGKILL');
        await pair.begin(node);
      });
    });
  }));

withPostgres('stores killed under two processes, PostgreSQL', () =>
  withRedis('and Redis', () => {
    let postgres: PostgresServer;
    let database: Database;
    let redis: RedisServer;
    let pair: Pair;
    beforeEach(async function () {
      this.timeout(120_000);
      [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
      database = await postgres.createDatabase();
      pair = await startPairOn({ databaseUrl: database.url, redisUrl: redis.url }, QUIET);
    });
    afterEach(async () => {
      await pair.close();
      await Promise.all([postgres.stop(), redis.stop()]);
    });

    it('lose nothing when PostgreSQL is killed', async function () {
      this.timeout(STORE_KILLS * MOST_MS_A_KILL);

      await loseNothing(pair, STORE_KILLS, async () => {
        await postgres.kill();
        await postgres.start();
      });
    });

    it('lose nothing when Redis is killed', async function () {
      this.timeout(STORE_KILLS * MOST_MS_A_KILL);

      await loseNothing(pair, STORE_KILLS, async () => {
        await redis.kill();
        await redis.restart();
      });
    });
  }),
);

/** Kills `rounds` times while people sign up and devices write, and looks up whatever was acknowledged. */
async function loseNothing(
  pair: Pair,
  rounds: number,
  kill: (round: number) => Promise<void>,
): Promise<void> {
  const world = await createIdentityWorld(pair);
  const IdentityPoolId = await makeSyncPool(world);
  const progress: Progress = { isOver: false, acknowledged: 0 };
  const devices = await Promise.all(
    Array.from({ length: DEVICES }, (_, at) =>
      makeDevice({ pair, world, IdentityPoolId }, `owner-${at}`, progress),
    ),
  );
  const signersUp = Array.from({ length: SIGNERS_UP }, (_, at) => makeSignerUp(world, at, progress));
  const killing = async () => {
    for (let round = 0; round < rounds && !progress.isOver; round += 1) {
      const least = progress.acknowledged + LEAST_WRITES_A_KILL;
      await elapsed(Math.random() * 500);
      while (progress.acknowledged < least && !progress.isOver) await elapsed(5);
      await kill(round);
      if ((round + 1) % TOLD_EVERY === 0) tell(`${round + 1} kills, ${progress.acknowledged} acknowledged`);
    }
  };

  const works = [killing(), ...[...devices, ...signersUp].map((each) => each.write())];
  // When one ends, however it does, none goes on.
  await Promise.all(works.map((each) => each.finally(() => (progress.isOver = true))));

  assert.ok(progress.acknowledged >= rounds * LEAST_WRITES_A_KILL, `${progress.acknowledged} acknowledged`);
  const people = await untilAnswered(() => everybody(world));
  for (const { lostAmong } of signersUp) assert.deepEqual(lostAmong(people), []);
  for (const each of devices) assert.deepEqual(await each.lost(), []);
}

function tell(figures: string): void {
  process.stderr.write(`    ${figures}\n`);
}

/** Signs people up, each once, and remembers who was acknowledged. */
function makeSignerUp({ people: { idp, ClientId } }: IdentityWorld, signer: number, progress: Progress) {
  const tried = new Set<string>();
  const acknowledged = new Set<string>();
  const isMine = (name: string) => name.startsWith(`person-${signer}-`);
  return {
    async write(): Promise<void> {
      while (!progress.isOver) {
        const Username = `person-${signer}-${tried.size}`;
        tried.add(Username);
        try {
          await idp.signUp({ ClientId, Username, Password: PASSWORD });
          acknowledged.add(Username);
          progress.acknowledged += 1;
        } catch (error) {
          assertOurFault(error);
        }
      }
    },
    /** Those who are not there and should be, and those who are there and should not. */
    lostAmong: (there: ReadonlySet<string>): readonly string[] => [
      ...[...acknowledged].filter((name) => !there.has(name)),
      ...[...there].filter((name) => isMine(name) && !tried.has(name)),
    ],
  };
}

async function makeSyncPool(world: IdentityWorld): Promise<string> {
  const IdentityPoolId = await world.makePool();
  const authenticated = await world.makeRole(trustOf(ofIdentityPool(IdentityPoolId)), [
    { Effect: 'Allow', Action: 'cognito-sync:*', Resource: '*' },
  ]);
  await world.identity.setIdentityPoolRoles({ IdentityPoolId, Roles: { authenticated } });
  return IdentityPoolId;
}

/** Writes rising values to the records of a person of its own, and remembers which were acknowledged. */
async function makeDevice(
  { pair, world, IdentityPoolId }: { pair: Pair; world: IdentityWorld; IdentityPoolId: string },
  owner: string,
  progress: Progress,
) {
  await makeUser(world.people, owner);
  const { IdentityId, credentials } = await world.identify(IdentityPoolId, await world.loginOf(owner));
  const sync = new CognitoSync(pair.clientAs(credentials));
  const place = { IdentityPoolId, IdentityId, DatasetName };
  const acknowledged = new Map<string, number>();

  const read = async () => {
    const { Records = [], SyncSessionToken } = await sync.listRecords({ ...place, MaxResults: 1000 });
    const counts = new Map(Records.map(({ Key, SyncCount }) => [Key!, SyncCount!]));
    return {
      values: new Map(Records.map(({ Key, Value }) => [Key!, Number(Value)])),
      counts,
      SyncSessionToken,
    };
  };
  const writeOne = async (value: number, { counts, SyncSessionToken }: Awaited<ReturnType<typeof read>>) => {
    const Key = `key-${value % KEYS}`;
    const patch = { Op: 'replace' as const, Key, Value: String(value), SyncCount: counts.get(Key) ?? 0 };
    const { Records } = await sync.updateRecords({ ...place, SyncSessionToken, RecordPatches: [patch] });
    counts.set(Key, Records![0]!.SyncCount!);
    acknowledged.set(Key, value);
    progress.acknowledged += 1;
  };
  return {
    async write(): Promise<void> {
      let known = await untilAnswered(read);
      for (let value = 1; !progress.isOver; value += 1) {
        try {
          await writeOne(value, known);
        } catch (error) {
          assertOurFault(error);
          known = await untilAnswered(read);
        }
      }
    },
    /** The keys whose values are older than what was acknowledged. */
    async lost(): Promise<readonly string[]> {
      const { values } = await read();
      return [...acknowledged].filter(([key, value]) => (values.get(key) ?? 0) < value).map(([key]) => key);
    },
  };
}

/** A kill is seen as a cut connection, or as a gateway's answer; nothing else may go wrong. */
function assertOurFault(error: unknown): void {
  const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
  const isCut = $metadata?.httpStatusCode === 502 || $metadata?.httpStatusCode === 503;
  // Done before its answer was lost; whoever tries again is told so.
  const isDone = name === 'UsernameExistsException' || name === 'ResourceConflictException';
  if (!isCut && !isDone) throw error;
}

async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      assertOurFault(error);
      await elapsed(10);
    }
  }
}

/** The names of all users; each is whole, and there once. */
async function everybody({ people: { idp, UserPoolId } }: IdentityWorld): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  let PaginationToken: string | undefined;
  do {
    const page = await idp.listUsers({ UserPoolId, Limit: 60, PaginationToken });
    for (const { Username, UserStatus, Attributes } of page.Users ?? []) {
      assert.ok(!names.has(Username!), `${Username} is there twice`);
      assert.ok(UserStatus && Attributes?.some(({ Name }) => Name === 'sub'), `${Username} is there by half`);
      names.add(Username!);
    }
    ({ PaginationToken } = page);
  } while (PaginationToken !== undefined);
  return names;
}
