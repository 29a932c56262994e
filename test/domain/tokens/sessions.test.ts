/**
 * Session records under many hands at once, and what a user agent says of a device.
 */
import assert from 'node:assert/strict';
import { deviceTypeOf } from '../../../src/domain/tokens/device-type.ts';
import { createFamilies } from '../../../src/domain/tokens/families.ts';
import { createSessions, type Sessions } from '../../../src/domain/tokens/sessions.ts';
import { memoryRecords } from '../../../src/stores/memory.ts';
import { stillClock } from '../../support/servers/server.ts';

const AT_ONCE = 100;
const MOST = 5;
const SUB = 'ada';
const UID = 'a-browser';

describe('session records', () => {
  const clock = stillClock();
  const records = memoryRecords(clock);
  const pool = {
    id: 'us-east-1_a',
    sessions: { isTracked: true, maxPerUser: MOST, longestSsoMinutes: 60 },
  } as const;
  const families = createFamilies({ records, clock });
  let sessions: Sessions;
  beforeEach(() => {
    sessions = createSessions({ records, clock });
  });

  async function begin(sub: string): Promise<void> {
    const begun = { poolId: pool.id, clientId: 'c', sub, scopes: [], authTime: clock.now(), seconds: 3600 };
    const { family } = await families.begin({ ...begun, door: 'api' });
    for (const each of await sessions.begun(pool, family, { whence: {} })) await sessions.forget(each);
  }
  const browser = (signedInAt: Date) => ({ sub: SUB, uid: UID, clientId: 'c', signedInAt, seconds: 3600 });

  it('of a hundred who sign in at once are as many as may be', async () => {
    await Promise.all(Array.from({ length: AT_ONCE }, () => begin('crowd')));

    assert.equal((await sessions.ofPerson(pool.id, 'crowd')).length, MOST);
  });

  it('of one person’s browser is one, from however many tabs', async () => {
    const used = await Promise.all(
      Array.from({ length: AT_ONCE }, () => sessions.browserUsed(pool, browser(clock.now()), {})),
    );

    assert.ok(used.every(Boolean));
    assert.equal((await sessions.ofPerson(pool.id, SUB)).length, 1);
  });

  it('that ended bring in nobody who signed in before that, whoever asks at the same moment', async () => {
    const before = clock.now();
    await sessions.browserUsed(pool, browser(before), {});
    const [session] = await sessions.ofPerson(pool.id, SUB);
    clock.pass(1);

    await Promise.all([
      ...Array.from({ length: AT_ONCE }, () => sessions.browserUsed(pool, browser(before), {})),
      sessions.end(session!),
    ]);

    assert.equal(await sessions.browserUsed(pool, browser(before), {}), false);
    clock.pass(1);
    assert.equal(await sessions.browserUsed(pool, browser(clock.now()), {}), true);
  });
});

describe('a device’s name', () => {
  const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)';
  const rows: Readonly<Record<string, string | undefined>> = {
    'Safari 18.5 / macOS 10.15': `${mac} Version/18.5 Safari/605.1.15`,
    'Chrome 125 / Windows 10':
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36',
    'Edge 125 / Windows 10':
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36 Edg/125.0.2535.51',
    'Firefox 128 / Linux': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    'Chrome 125 / Android 14':
      'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36',
    'Safari 17.5 / iOS 17.5':
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
    'aws-sdk-js/3.1169.0': 'aws-sdk-js/3.1169.0 ua/2.1 lang/js',
    unknown: undefined,
  };
  for (const [name, userAgent] of Object.entries(rows))
    it(`is ${name}`, () => assert.equal(deviceTypeOf(userAgent), name));

  it('is bounded, and nothing that breaks out of a page', () => {
    assert.ok(deviceTypeOf('a'.repeat(100_000)).length <= 128);
    assert.equal(deviceTypeOf('<script>alert(1)</script>'), 'unknown');
    assert.equal(deviceTypeOf('Chrome/<b>Windows NT <i>'), 'Chrome / Windows');
  });
});
