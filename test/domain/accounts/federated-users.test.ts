/**
 * People that a provider brings: who they are, and who they are not.
 *
 * Sources: Cognito developer guide, "Adding user pool sign-in through a third party"; "Pre-hijacked accounts" (USENIX Security 2022).
 */
import assert from 'node:assert/strict';
import { STANDARD_ATTRIBUTES } from '../../../src/domain/pools/attributes.ts';
import { createExternalUsers } from '../../../src/domain/accounts/federated-users.ts';
import { createGroups } from '../../../src/domain/users/groups.ts';
import { createJobs } from '../../../src/domain/jobs/jobs.ts';
import { createPasswords } from '../../../src/domain/users/passwords.ts';
import { createNewcomers } from '../../../src/domain/accounts/sign-up-triggers.ts';
import { createPoolTriggers } from '../../../src/domain/triggers/pool-triggers.ts';
import { createPools, type Pool, type PoolSettings } from '../../../src/domain/pools/pools.ts';
import type { Provider } from '../../../src/domain/pools/providers.ts';
import { createUsers } from '../../../src/domain/users/users.ts';
import { memoryRecords } from '../../../src/stores/memory.ts';
import { passwordHash, stillClock } from '../../support/servers/server.ts';

const EMAIL = 'ada@example.com';
const SETTINGS: PoolSettings = {
  name: 'people',
  passwordPolicy: {
    minimumLength: 8,
    requiresUppercase: true,
    requiresLowercase: true,
    requiresNumbers: true,
    requiresSymbols: true,
    temporaryDays: 7,
  },
  schema: [
    ...STANDARD_ATTRIBUTES,
    { name: 'custom:badge', type: 'String', isMutable: false, isRequired: false, isDeveloperOnly: false },
  ],
  usernameAttributes: [],
  aliasAttributes: [],
  autoVerifiedAttributes: [],
  isCaseSensitive: false,
  isAdminCreateOnly: false,
  isDeletionProtected: false,
  messages: {},
  tier: 'ESSENTIALS',
  tags: {},
};
const KEPT = { identifiers: [], attributeMapping: {}, details: {}, createdAt: '', modifiedAt: '' };

describe('people that a provider brings', () => {
  const clock = stillClock();
  const records = memoryRecords(clock);
  const jobs = createJobs({ records, clock, works: {}, onFailure: assert.fail });
  const pools = createPools({ records, jobs, clock, account: '123456789012' });
  const passwords = createPasswords({ hash: passwordHash, known: passwordHash });
  const users = createUsers({ records, clock, passwords });
  const groups = createGroups({ records, jobs, clock, pools });
  const poolTriggers = createPoolTriggers({ triggers: { invoke: async () => assert.fail() } });
  const newcomers = createNewcomers({ users, poolTriggers });
  const externalUsers = createExternalUsers({ users, groups, newcomers, poolTriggers, clock });

  const makePool = (more: Partial<PoolSettings> = {}) => pools.create('us-east-1', { ...SETTINGS, ...more });
  const arrive = (
    pool: Pool,
    subject: string,
    attributes: Record<string, string> = {},
    name: string = 'Upstream',
  ) => {
    const provider: Provider = { ...KEPT, poolId: pool.id, name, type: 'OIDC' };
    return externalUsers.welcome(pool, { provider, subject, attributes });
  };

  it('are one user each, of a hundred arrivals at once', async () => {
    const pool = await makePool();

    const arrived = await Promise.all(Array.from({ length: 100 }, () => arrive(pool, '7')));

    assert.equal(new Set(arrived.map(({ sub }) => sub)).size, 1);
    assert.equal(arrived[0]?.username, 'Upstream_7');
    assert.equal(arrived[0]?.status, 'EXTERNAL_PROVIDER');
  });

  it('are told apart by provider, by subject and by pool', async () => {
    const [pool, other] = [await makePool(), await makePool()];

    const arrived = [
      await arrive(pool, '7'),
      await arrive(pool, '8'),
      await arrive(pool, '7', {}, 'Elsewhere'),
      await arrive(other, '7'),
    ];

    assert.equal(new Set(arrived.map(({ sub }) => sub)).size, 4);
  });

  it('are not one for having names that differ by case alone', async () => {
    const pool = await makePool();
    await arrive(pool, 'abc');

    await assert.rejects(arrive(pool, 'ABC'), { kind: 'attribute-refused' });
  });

  it('are nobody who signed up under their e-mail, and take it from nobody', async () => {
    const pool = await makePool({ usernameAttributes: ['email'] });
    const native = await users.add(
      await users.make(pool, { login: EMAIL, attributes: { email: EMAIL }, status: 'CONFIRMED' }),
    );

    const arrived = await arrive(pool, '7', { email: EMAIL, email_verified: 'true' });

    assert.notEqual(arrived.sub, native.sub);
    assert.equal((await users.locate(pool, EMAIL))?.sub, native.sub);
  });

  for (const names of [{ usernameAttributes: ['email'] }, { aliasAttributes: ['email'] }] as const)
    it(`are not found by an e-mail that the provider names, at each arrival (${Object.keys(names)[0]})`, async () => {
      const pool = await makePool(names);

      await arrive(pool, '7', { email: EMAIL, email_verified: 'true' });
      await arrive(pool, '7', { email: EMAIL, email_verified: 'true', name: 'Ada' });

      assert.equal(await users.locate(pool, EMAIL), undefined);
    });

  it('are nobody who has their name without being theirs', async () => {
    const pool = await makePool();
    await users.add(await users.make(pool, { login: 'Upstream_7', attributes: {}, status: 'CONFIRMED' }));

    await assert.rejects(arrive(pool, '7'), { kind: 'attribute-refused' });
  });

  it('stay themselves with a password that an administrator set', async () => {
    const pool = await makePool();
    const { sub } = await arrive(pool, '7');
    const user = await users.get(pool, 'Upstream_7');
    const replaced = await users.newPassword(pool, user, 'Correct-Horse-7');
    await users.change(pool, user, (present) => ({ ...replaced(present), status: 'CONFIRMED' }));

    const arrived = await arrive(pool, '7');

    assert.equal(arrived.sub, sub);
    assert.equal(arrived.status, 'CONFIRMED');
  });

  it('follow what the provider says, but for what is given once', async () => {
    const pool = await makePool();
    await arrive(pool, '7', { name: 'Ada', 'custom:badge': '1' });

    const { attributes } = await arrive(pool, '7', { name: 'Ada L.', 'custom:badge': '2' });

    assert.deepEqual(attributes, { name: 'Ada L.', 'custom:badge': '1' });
  });

  it('have not proven an address that the provider changes, unless it says so', async () => {
    const pool = await makePool();
    const verified = async (subject: string, said: Record<string, string>) => {
      const user = await arrive(pool, subject, { email: EMAIL, ...said });
      // As by a code that was sent there, whatever the provider says.
      await users.change(pool, user, (present) => ({
        ...present,
        attributes: { ...present.attributes, email_verified: 'true' },
      }));
      const { attributes } = await arrive(pool, subject, { email: 'eve@example.com', ...said });
      return attributes['email_verified'];
    };

    assert.equal(await verified('7', {}), 'false');
    assert.equal(await verified('8', { email_verified: 'true' }), 'true');
  });

  it('keep the proof of an address that the provider says again', async () => {
    const pool = await makePool();
    const user = await arrive(pool, '7', { email: EMAIL });
    await users.change(pool, user, (present) => ({
      ...present,
      attributes: { ...present.attributes, email_verified: 'true' },
    }));

    const { attributes } = await arrive(pool, '7', { email: EMAIL, name: 'Ada' });

    assert.deepEqual(attributes, { email: EMAIL, email_verified: 'true', name: 'Ada' });
  });

  it('cannot have what only the pool says, and come in no half', async () => {
    const pool = await makePool();

    for (const attribute of ['sub', 'identities', 'cognito:user_status', 'unknown'])
      await assert.rejects(arrive(pool, '7', { [attribute]: 'x' }), { kind: 'attribute-refused' });

    assert.equal(await users.locate(pool, 'Upstream_7'), undefined);
  });
});
