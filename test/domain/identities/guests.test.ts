/**
 * A guest whom two users ask for at the same moment: it becomes one user's, and the other finds it taken.
 */
import assert from 'node:assert/strict';
import { createIdentities } from '../../../src/domain/identities/identities.ts';
import { createIdentityPools } from '../../../src/domain/identities/identity-pools.ts';
import type { LoginProofs, Logins } from '../../../src/domain/identities/logins.ts';
import { memoryExpiring, memoryRecords } from '../../../src/stores/memory.ts';
import { failsWith } from '../../contracts/records/notes.ts';
import { stillClock } from '../../support/servers/server.ts';

/** Proofs of providers that take as long as `meanwhile` does; what is shown is the subject. */
const proofsThat = (meanwhile: () => Promise<void>): LoginProofs => ({
  userPoolOf: () => undefined,
  async prove(_pool, logins: Logins) {
    await meanwhile();
    return Object.entries(logins).map(([provider, subject]) => {
      return { provider, subject, clientId: 'app', claims: {}, ties: [] };
    });
  },
});

describe('a guest who becomes a user while a login of another is proven', () => {
  const clock = stillClock();
  const records = memoryRecords(clock);
  const parts = {
    records,
    clock,
    expiring: memoryExpiring(clock),
    guestSettings: { guestsPerAddress: 10, guestDays: 90 },
  };
  const quick = createIdentities({ ...parts, proofs: proofsThat(async () => undefined) });

  async function makeGuest() {
    const pool = await createIdentityPools({ records, clock, account: '123456789012' }).create('us-east-1', {
      name: 'app',
      allowsGuests: true,
      allowsClassicFlow: false,
      userPools: [],
      tags: {},
    });
    return { pool, guest: await quick.get(await quick.idFor(pool, {}, '192.0.2.1')) };
  }

  it('stays theirs, and the other gets nothing of it', async () => {
    const { pool, guest } = await makeGuest();
    const slow = createIdentities({
      ...parts,
      proofs: proofsThat(async () => {
        await quick.proveOwner(pool, guest, { 'one.example': 'owner' });
      }),
    });

    await assert.rejects(
      slow.proveOwner(pool, guest, { 'other.example': 'intruder' }),
      failsWith('identity-forbidden'),
    );

    assert.deepEqual((await quick.get(guest.id)).logins, { 'one.example': 'owner' });
    assert.notEqual(await quick.idFor(pool, { 'other.example': 'intruder' }, '192.0.2.1'), guest.id);
  });

  it('is the same for who asks twice at once', async () => {
    const { pool, guest } = await makeGuest();
    const login = { 'one.example': 'owner' };
    const slow = createIdentities({
      ...parts,
      proofs: proofsThat(async () => {
        await quick.proveOwner(pool, guest, login);
      }),
    });

    const { identity } = await slow.proveOwner(pool, guest, login);

    assert.equal(identity.id, guest.id);
  });
});
