/**
 * One of two processes is killed again and again while people sign up and devices write: nothing acknowledged is lost, nobody is there by half.
 *
 * What was under way at a kill may have happened or not; whoever wrote asks, as a client would.
 */
import assert from 'node:assert/strict';
import { setTimeout as elapsed } from 'node:timers/promises';
import { CognitoSync } from '@aws-sdk/client-cognito-sync';
import { createIdentityWorld, ofIdentityPool, trustOf } from '../support/identity-pool.ts';
import { onPair, type Pair } from '../support/installation.ts';
import { makeUser, PASSWORD } from '../support/pool.ts';

const KILLS = Number(process.env['KILLS'] ?? 200);
const LEAST_WRITES_A_KILL = 100;
const DEVICES = 6;
const SIGNERS_UP = 2;
const KEYS = 40;
const DatasetName = 'scores';

describe('processes killed while they acknowledge', () =>
  onPair((start) => {
    let pair: Pair;
    before(async () => (pair = await start({ environment: { COGNATE_LOG_LEVEL: 'silent' } })));
    after(() => pair.close());

    it('lose nothing', async function () {
      this.timeout(1_200_000);
      const world = await createIdentityWorld(pair);
      const IdentityPoolId = await world.makePool();
      const authenticated = await world.makeRole(trustOf(ofIdentityPool(IdentityPoolId)), [
        { Effect: 'Allow', Action: 'cognito-sync:*', Resource: '*' },
      ]);
      await world.identity.setIdentityPoolRoles({ IdentityPoolId, Roles: { authenticated } });
      let isOver = false;
      let acknowledged = 0;
      const signedUp = new Set<string>();
      const tried = new Set<string>();

      const signUp = async (signer: number) => {
        const { idp, ClientId } = world.people;
        for (let count = 0; !isOver; count += 1) {
          const Username = `person-${signer}-${count}`;
          tried.add(Username);
          try {
            await idp.signUp({ ClientId, Username, Password: PASSWORD });
            signedUp.add(Username);
            acknowledged += 1;
          } catch (error) {
            assertOurFault(error);
          }
        }
      };
      const device = async (number: number) => {
        const name = `owner-${number}`;
        await makeUser(world.people, name);
        const Logins = await world.loginOf(name);
        const { IdentityId } = await world.identity.getId({ IdentityPoolId, Logins });
        const { Credentials } = await world.identity.getCredentialsForIdentity({ IdentityId, Logins });
        const sync = new CognitoSync(
          pair.clientAs({
            accessKeyId: Credentials!.AccessKeyId!,
            secretAccessKey: Credentials!.SecretKey!,
            sessionToken: Credentials!.SessionToken,
          }),
        );
        const place = { IdentityPoolId, IdentityId, DatasetName };
        const written = new Map<string, number>();
        const read = async () => {
          const { Records = [], SyncSessionToken } = await sync.listRecords({ ...place, MaxResults: 1000 });
          const counts = new Map(Records.map(({ Key, SyncCount }) => [Key!, SyncCount!]));
          const values = new Map(Records.map(({ Key, Value }) => [Key!, Number(Value)]));
          return { counts, values, SyncSessionToken };
        };
        const write = async () => {
          let known = await untilAnswered(read);
          for (let value = 1; !isOver; value += 1) {
            const Key = `key-${value % KEYS}`;
            const patch = {
              Op: 'replace' as const,
              Key,
              Value: String(value),
              SyncCount: known.counts.get(Key) ?? 0,
            };
            try {
              const { SyncSessionToken } = known;
              const { Records = [] } = await sync.updateRecords({
                ...place,
                SyncSessionToken,
                RecordPatches: [patch],
              });
              known.counts.set(Key, Records[0]!.SyncCount!);
              written.set(Key, value);
              acknowledged += 1;
            } catch (error) {
              assertOurFault(error);
              known = await untilAnswered(read);
            }
          }
        };
        return { write, written, read };
      };

      const devices = await Promise.all(Array.from({ length: DEVICES }, (_, at) => device(at)));
      const killing = async () => {
        for (let kill = 0; kill < KILLS; kill += 1) {
          const node = (kill % 2) as 0 | 1;
          const before = acknowledged;
          await elapsed(Math.random() * 500);
          while (acknowledged < before + LEAST_WRITES_A_KILL / 2) await elapsed(5);
          await pair.end(node, 'SIGKILL');
          await pair.begin(node);
        }
        isOver = true;
      };
      await Promise.all([
        killing(),
        ...devices.map(({ write }) => write()),
        ...Array.from({ length: SIGNERS_UP }, (_, at) => signUp(at)),
      ]);

      process.stdout.write(`      ${acknowledged} acknowledged, ${signedUp.size} of them people\n`);
      assert.ok(acknowledged >= KILLS * LEAST_WRITES_A_KILL, `${acknowledged} acknowledged`);
      const there = await everybody(world.people);
      assert.deepEqual(
        [...signedUp].filter((name) => !there.has(name)),
        [],
      );
      const uninvited = [...there].filter((name) => name.startsWith('person-') && !tried.has(name));
      assert.deepEqual(uninvited, []);
      for (const { written, read } of devices) {
        const { values } = await read();
        const lost = [...written].filter(([key, value]) => (values.get(key) ?? 0) < value);
        assert.deepEqual(lost, []);
      }
    });
  }));

/** A kill is seen as a cut connection, or as a gateway's answer; nothing else may go wrong. */
function assertOurFault(error: unknown): void {
  const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
  const isCut = $metadata?.httpStatusCode === 502 || $metadata?.httpStatusCode === 503;
  // Done before the answer was lost; whoever tries again is told so.
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

/** The names of all users; each is read whole. */
async function everybody({ idp, UserPoolId }: Awaited<ReturnType<typeof createIdentityWorld>>['people']) {
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
