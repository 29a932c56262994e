/**
 * Two nodes behind a load balancer serve 5,000 sign-ins while one of them is restarted ten times: nobody notices.
 *
 * Each sign-in is a browser's: the authorization request, the page, the form, the way back, the code, and then a renewal; each step on the other node.
 */
import assert from 'node:assert/strict';
import { claimsOf, createWorldOn } from '../api/oidc/world.ts';
import { onPair } from '../support/installation.ts';

const LOGINS = Number(process.env['LOGINS'] ?? 5000);
const RESTARTS = 10;
const AT_ONCE = 8;
const PEOPLE = 40;

describe('5,000 sign-ins', () =>
  onPair((start) => {
    it('fail for nobody while a node is restarted ten times', async function () {
      this.timeout(1_200_000);
      const pair = await start({ environment: { COGNATE_NOTICE_SECONDS: '0.5' } });
      const world = await createWorldOn(pair);
      const client = await world.addClient();
      const people = Array.from({ length: PEOPLE }, (_, at) => `person-${at}`);
      for (const each of people) await world.addPerson(each);
      const failures: string[] = [];
      let begun = 0;
      let done = 0;

      const signInAgainAndAgain = async () => {
        while (begun < LOGINS) {
          const person = people[begun++ % PEOPLE]!;
          try {
            assert.equal(await nameOf(person), person);
          } catch (error) {
            failures.push(String(error));
          }
          done += 1;
        }
      };
      const nameOf = async (person: string) => {
        const back = await world.signIn(world.authorize(client), person);
        const { refresh_token } = await world.redeem(client, back);
        const renewed = await world.token({
          grant_type: 'refresh_token',
          refresh_token,
          client_id: client.id,
        });
        assert.equal(renewed.status, 200);
        const { id_token } = (await renewed.json()) as { id_token: string };
        return claimsOf(id_token)['cognito:username'];
      };
      const restartNow = async () => {
        for (let restart = 1; restart <= RESTARTS; restart += 1) {
          while (done < (restart * LOGINS) / (RESTARTS + 1) && failures.length === 0)
            await new Promise((resolve) => setTimeout(resolve, 20));
          await pair.end(0, 'SIGTERM');
          await pair.begin(0);
        }
      };
      await Promise.all([restartNow(), ...Array.from({ length: AT_ONCE }, signInAgainAndAgain)]);

      assert.deepEqual([failures.slice(0, 5), done], [[], LOGINS]);
      await world.close();
    });
  }));
