/** Decoys: the same whatever they are called by, and no different from users. */
import assert from 'node:assert/strict';
import { createDecoys, type Decoy } from '../../../src/domain/users/decoys.ts';
import { deliveryTo } from '../../../src/domain/notifications/destinations.ts';
import type { Pool } from '../../../src/domain/pools/pools.ts';
import { keyringFrom, newKeyringText } from '../../../src/token-keys/keyring.ts';
import { stillClock } from '../../support/servers/server.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
// No more of a pool is read than is here.
const pool = (settings: Partial<Pool> = {}): Pool =>
  ({
    id: 'us-east-1_abcdefghi',
    isCaseSensitive: false,
    usernameAttributes: [],
    aliasAttributes: [],
    autoVerifiedAttributes: ['email'],
    schema: [],
    createdAt: '2026-01-01T00:00:00Z',
    ...settings,
  }) as Partial<Pool> as Pool;
const POOLS: Readonly<Record<string, Pool>> = {
  'users have names': pool(),
  'case counts': pool({ isCaseSensitive: true }),
  'the address is the name': pool({ usernameAttributes: ['email'] }),
  'either address is the name': pool({ usernameAttributes: ['email', 'phone_number'] }),
  'addresses are aliases': pool({ aliasAttributes: ['email', 'phone_number', 'preferred_username'] }),
  'no address is asked for': pool({ autoVerifiedAttributes: [] }),
};
const NAMES = [
  'ghost',
  'Ghost',
  'ghost@example.com',
  'Ünal@example.com',
  'GHOST@Example.com',
  '+15550001234',
  '6f1c7c1e-8a54-4b52-9c5e-0d6a3f9f1a11',
  ' ',
  'x'.repeat(128),
];

describe('a decoy', () => {
  const decoys = createDecoys({ sealer: keyringFrom(newKeyringText(stillClock())) });

  /** What is shown or counted of one. */
  const faceOf = ({ attributes: { email, phone_number: phone, ...verified }, ...decoy }: Decoy) => ({
    ...decoy,
    verified,
    email: email && deliveryTo({ attribute: 'email', value: email }).destination,
    phone: phone && deliveryTo({ attribute: 'phone_number', value: phone }).destination,
  });

  for (const [where, in_] of Object.entries(POOLS))
    for (const name of NAMES)
      it(`is found again by its own name, where ${where}: ${name.slice(0, 40)}`, () => {
        const decoy = decoys.of(in_, name);

        assert.deepEqual(faceOf(decoys.of(in_, decoy.username)), faceOf(decoy));
      });

  it('is called by a subject where users are, and shows the address that it is called by', () => {
    const decoy = decoys.of(POOLS['the address is the name']!, 'Nina@Other.example');

    assert.match(decoy.username, UUID);
    assert.equal(decoy.username, decoy.sub);
    assert.equal(faceOf(decoy).email, 'n***@o***');
  });

  it('shows the last digits of the number that it is called by', () => {
    const decoy = decoys.of(POOLS['either address is the name']!, '+15550009876');

    assert.equal(faceOf(decoy).phone, '+*******9876');
  });

  it('differs from those of other names and other pools', () => {
    const all = NAMES.filter((name) => name !== 'Ghost' && name !== 'GHOST@Example.com').flatMap((name) =>
      [pool(), pool({ id: 'us-east-1_jihgfedcb' })].map((each) => decoys.of(each, name)),
    );

    for (const what of ['sub', 'salt', 'credentialId'] as const) {
      const seen = all.map(
        ({ sub, password: { salt }, passkey: { credentialId } }) => ({ sub, salt, credentialId })[what],
      );
      const isUuid = what === 'sub' ? 1 : 0;
      assert.equal(new Set(seen).size, all.length - isUuid, what);
    }
  });

  it('is the same under all spellings where case does not count', () => {
    assert.deepEqual(decoys.of(pool(), 'GHOST'), decoys.of(pool(), 'ghost'));
    assert.notEqual(
      decoys.of(POOLS['case counts']!, 'GHOST').password.salt,
      decoys.of(POOLS['case counts']!, 'ghost').password.salt,
    );
  });

  it('has subjects that look like those of users, whatever stands in them', () => {
    const subjects = Array.from({ length: 2000 }, (_, index) => decoys.of(pool(), `n${index}@o.example`).sub);

    for (const subject of subjects) assert.match(subject, UUID);
    // Each of the 32 digits but the two fixed ones takes all its values about as often.
    for (const place of [0, 9, 15, 20, 25, 30, 35]) {
      const counts = new Map<string, number>();
      for (const subject of subjects) counts.set(subject[place]!, (counts.get(subject[place]!) ?? 0) + 1);
      assert.equal(counts.size, 16);
      for (const count of counts.values()) assert.ok(count > 75 && count < 185, `${place}: ${count}`);
    }
  });

  it('has a passkey here and there', () => {
    const having = Array.from({ length: 100 }, (_, index) => decoys.of(pool(), `ghost-${index}`)).filter(
      ({ hasPasskey }) => hasPasskey,
    );

    assert.ok(having.length > 20 && having.length < 80);
  });
});
