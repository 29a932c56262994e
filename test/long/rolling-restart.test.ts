/**
 * Two nodes behind a load balancer serve 5,000 sign-ins while one of them is restarted ten times: nobody notices.
 *
 * Each sign-in is a browser's: the authorization request, the page, the form, the way back, the code, and then a renewal; each step on the other node.
 */
import assert from 'node:assert/strict';
import { setTimeout as elapsed } from 'node:timers/promises';
import { claimsOf, createWorldOn, type TestClient, type WorldOn } from '../api/oidc/world.ts';
import { onPair, type Pair } from '../support/servers/installation.ts';

const LOGINS = Number(process.env['LOGINS'] ?? 5000);
const RESTARTS = 10;
const AT_ONCE = 8;
const PEOPLE = 40;
/** A guard against what never ends; on a machine with other work all may take ten times as long as on one without. */
const MOST_MS_A_LOGIN = 1000;

interface Progress {
  begun: number;
  done: number;
  readonly failures: string[];
}

describe('5,000 sign-ins', () =>
  onPair((start) => {
    it('fail for nobody while a node is restarted ten times', async function () {
      this.timeout(LOGINS * MOST_MS_A_LOGIN);
      const pair = await start({ environment: { COGNATE_NOTICE_SECONDS: '2' } });
      const world = await createWorldOn(pair);
      const client = await world.addClient();
      const people = Array.from({ length: PEOPLE }, (_, at) => `person-${at}`);
      for (const each of people) await world.addPerson(each);
      const progress: Progress = { begun: 0, done: 0, failures: [] };

      const signInAgainAndAgain = async () => {
        while (progress.begun < LOGINS) {
          const person = people[progress.begun++ % PEOPLE]!;
          try {
            assert.equal(await nameAfterSignIn(world, client, person), person);
          } catch (error) {
            progress.failures.push(wordsOf(error));
          }
          progress.done += 1;
        }
      };
      await Promise.all([
        restartAgainAndAgain(pair, progress),
        ...Array.from({ length: AT_ONCE }, signInAgainAndAgain),
      ]);

      assert.deepEqual([progress.failures.slice(0, 5), progress.done], [[], LOGINS]);
      await world.close();
    });
  }));

async function restartAgainAndAgain(pair: Pair, progress: Progress): Promise<void> {
  for (let restart = 1; restart <= RESTARTS; restart += 1) {
    const least = (restart * LOGINS) / (RESTARTS + 1);
    while (progress.done < least) await elapsed(20);
    await pair.end(0, 'SIGTERM');
    await pair.begin(0);
    const { done, failures } = progress;
    process.stderr.write(`    ${restart} restarts, ${done} sign-ins, ${failures.length} failures\n`);
  }
}

/** What `fetch` met is told by the cause alone. */
const wordsOf = (error: unknown): string =>
  error instanceof Error && error.cause instanceof Error
    ? `${error.message}: ${error.cause.message}`
    : String(error);

/** A browser's way through the pages, the code that it brings back, and a renewal. @returns whom the new ID token names */
async function nameAfterSignIn(world: WorldOn<Pair>, client: TestClient, person: string): Promise<unknown> {
  const back = await world.signIn(world.authorize(client), person);
  const { refresh_token } = await world.redeem(client, back);
  const renewed = await world.token({ grant_type: 'refresh_token', refresh_token, client_id: client.id });
  assert.equal(renewed.status, 200);
  const { id_token } = (await renewed.json()) as { id_token: string };
  return claimsOf(id_token)['cognito:username'];
}
