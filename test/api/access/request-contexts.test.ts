/**
 * Condition keys at every entry point: the same question is asked of each, key by key, with a Deny and with an Allow.
 *
 * The rows are made from the table of global keys and the list of entry points, so that neither a new key nor a new
 * entry point can be left out. A place that decides by policies is added to test/support/matrices/entry-points.ts; the
 * architecture test says where such places are.
 * Source: IAM user guide, "AWS global condition context keys".
 */
import assert from 'node:assert/strict';
import {
  GLOBAL_KEYS,
  type GlobalKey,
  type KeySource,
} from '../../../src/domain/access/conditions/condition-keys.ts';
import type { EntryPoint, Rule } from '../../support/matrices/condition-truths.ts';
import { startEntryPoints } from '../../support/matrices/entry-points.ts';

const KEYS = Object.entries(GLOBAL_KEYS) as [GlobalKey, KeySource][];
const ALLOW: Rule = { Effect: 'Allow' };
const named = (key: GlobalKey): string => (key.endsWith('/') ? `${key}team` : key);

describe('condition keys', function () {
  this.timeout(120_000); // Some hundred policies are written and judged.
  let entries: readonly EntryPoint[];
  let close: () => Promise<void>;

  before(async () => {
    ({ entries, close } = await startEntryPoints());
  });
  after(() => close());

  /** The entry points at which not all of that is so. */
  async function exceptions(holds: (entry: EntryPoint) => Promise<boolean>): Promise<readonly string[]> {
    const failed: string[] = [];
    for (const entry of entries) if (!(await holds(entry))) failed.push(entry.name);
    return failed;
  }

  for (const [key, source] of KEYS.filter(([, from]) => from !== 'absent')) {
    const truthAt = ({ truths }: EntryPoint) => truths[key as keyof EntryPoint['truths']];
    const isHere = ({ sources }: EntryPoint) => sources.includes(source);

    it(`${key}: a Deny that asks for it holds wherever a request has it`, async () => {
      const escaped = await exceptions(
        async (entry) =>
          !isHere(entry) || !(await entry.lets([ALLOW, { Effect: 'Deny', Condition: truthAt(entry) }])),
      );

      assert.deepEqual(escaped, []);
    });
    it(`${key}: an Allow that asks for it lets in where a request has it`, async () => {
      const refused = await exceptions(
        async (entry) =>
          !isHere(entry) || (await entry.lets([{ Effect: 'Allow', Condition: truthAt(entry) }])),
      );

      assert.deepEqual(refused, []);
    });
    it(`${key}: is of requests somewhere, and where not, an Allow that asks for it lets nobody in`, async () => {
      assert.ok(entries.some(isHere));
      const condition = { Null: { [named(key)]: 'false' } };
      const elsewhere = entries.filter((entry) => !isHere(entry));
      for (const entry of elsewhere)
        assert.equal(await entry.lets([{ Effect: 'Allow', Condition: condition }]), false, entry.name);
    });
  }

  it('of the request itself are those of every entry point', () => {
    for (const { name, sources } of entries)
      for (const source of ['request', 'header'] as const) assert.ok(sources.includes(source), name);
  });

  it('that no request has are absent everywhere', async () => {
    const absent = KEYS.filter(([, source]) => source === 'absent').map(([key]) => [key, 'true']);
    const rule: Rule = { Effect: 'Allow', Condition: { Null: Object.fromEntries(absent) } };

    assert.deepEqual(await exceptions((entry) => entry.lets([rule])), []);
  });
});
