/**
 * What somebody loses, and when: whatever happens to a person, each thing that he had in hand is refused at each way in, at the next request, on whichever process it arrives.
 *
 * A table. A row is what happened; a column is a way in (test/support/matrices/ways-in.ts). Of a row is said which ways stay open, and why; every other must be closed. A new row, and a new column, is a line.
 * Sources: SECURITY goals G26, G27; Keycloak 2026-3009, authentik 2025-53942, 2025-64521, 2025-29928 (what was left open elsewhere).
 */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHands, type Hands, type InHand, type Person } from '../../support/matrices/in-hand.ts';
import { onBoth, type Installation } from '../../support/servers/installation.ts';
import { isRefusal, ROWS, type Row } from '../../support/matrices/losses.ts';
import { COLUMNS } from '../../support/matrices/ways-in.ts';

const PEOPLE: Readonly<Record<Person, string>> = {
  own: 'somebody of the pool’s own',
  brought: 'somebody whom a provider brings',
};

const BOTH: readonly Person[] = ['own', 'brought'];

function matrix(rows: Readonly<Record<string, Row>>, given: () => Installation) {
  let shared: Promise<Hands> | undefined;
  for (const [what, { happens, open = {}, to = BOTH, toAll = false }] of Object.entries(rows))
    for (const person of to)
      describe(`${PEOPLE[person]} who ${what}`, function () {
        let hand: InHand;
        before(async function () {
          this.timeout(60_000);
          const server = given();
          if (!toAll) shared ??= createHands(server);
          const hands = await (toAll ? createHands(server) : shared!);
          hand = await hands.fill(person);
          server.clock.pass(0.001);
          await happens(hand);
        });

        for (const [way, enter] of Object.entries(COLUMNS[person])) {
          const why = open[way];
          if (why === undefined)
            it(`is kept out: ${way}`, async () => {
              await assert.rejects(enter(hand), isRefusal);
            });
          else
            it(`is let in: ${way} ${why}`, async () => {
              await enter(hand);
            });
        }
      });
}

describe('what is lost', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'matrix-')), 'cognate.yaml');
  writeFileSync(file, 'gateway:\n  routes:\n    - { path: /me, scopes: [aws.cognito.signin.user.admin] }\n');
  const environment = { COGNATE_CONFIG: file };

  onBoth((start) => {
    let server: Installation;
    before(async () => {
      server = await start({ environment });
    });
    after(() => server.close());

    matrix(ROWS, () => server);
  });
});
