/**
 * One-time values, each shown where every other is taken: what was given for one purpose serves no other, and is not spent
 * by being shown there; at its own place it is taken once, by its own client, in its own pool.
 *
 * A table of kinds (test/support/one-time/one-time-kinds.ts), and one of places (test/support/one-time/one-time-places.ts). Places are
 * compared with the operations and the routes that there are, so that a new one must be put into the table.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { z } from 'zod';
import { cognitoIdp } from '../../src/api/cognito-idp/index.ts';
import { KINDS } from '../support/one-time/one-time-kinds.ts';
import type { Kind, Stranger } from '../support/one-time/one-time-page-kinds.ts';
import { PLACES } from '../support/one-time/one-time-places.ts';
import { NotTaken, type Place } from '../support/one-time/one-time-routes.ts';
import { createOneTimeWorld, type OneTimeWorld, type Value } from '../support/one-time/one-time-world.ts';

/** As many places as one value is shown at: a session is spent by the fifth answer, whatever it is. */
const AT_ONCE = { counted: 4, other: 20 };
const COUNTS_ANSWERS = /RespondToAuthChallenge$|SoftwareToken$/;
/** After that limits by address and by person are forgotten. */
const LATER_SECONDS = 3601;

/** Members in which operations take one-time values. */
const MEMBERS = [
  'Session',
  'ConfirmationCode',
  'Code',
  'UserCode',
  'Credential',
  'RefreshToken',
  'Token',
  'MfaCode',
  'DeviceSecretVerifierConfig',
];
/** Routes that take none, and why. */
const WITHOUT: Readonly<Record<string, string>> = {
  'GET /.well-known/openid-configuration': 'published',
  'GET /.well-known/jwks.json': 'published',
  'GET /oauth2/authorize': 'begins a sign-in',
  'POST /oauth2/authorize': 'begins a sign-in',
  'GET /login': 'begins a sign-in',
  'POST /logout': 'puts aside what was posted, and takes nothing',
  'GET /saml2/metadata': 'published',
  'OPTIONS /oauth2/token': 'a preflight',
  'OPTIONS /oauth2/userInfo': 'a preflight',
  'OPTIONS /oauth2/revoke': 'a preflight',
};

/** Every route of the pages, by the source of the router; one that is registered by a variable counts for both methods. */
const ROUTES = Array.from(
  readFileSync(new URL('../../src/hosted-ui/routes.ts', import.meta.url), 'utf8').matchAll(
    /router(?:\.(\w+)|\[\w+\])\(\s*'(\/[^']*)'/g,
  ),
  ([, method, path]) => (method ? [method.toUpperCase()] : ['GET', 'POST']).map((each) => `${each} ${path}`),
).flat();

const statusOf = (error: unknown): number | undefined =>
  error instanceof NotTaken
    ? error.status
    : (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

async function assertNotTaken(shown: Promise<unknown>, title: string): Promise<void> {
  const error: unknown = await shown.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error, `${title}: it was taken`);
  const status = statusOf(error);
  assert.ok(status !== undefined && status >= 400 && status < 500, `${title}: ${inspect(error)}`);
}

/** What a stranger knows who got hold of the value. */
const stolen = ({ name, value, pool }: Value): Value => ({ name, value, pool });

/** The places where it does not belong, as many at a time as leave it good. */
function batches(title: string, { own }: Kind): readonly (readonly [string, Place][])[] {
  const others = Object.entries(PLACES).filter(([where]) => !own.includes(where));
  const isCounted = ([, { operation = '' }]: [string, Place]): boolean =>
    title.startsWith('a session') && COUNTS_ANSWERS.test(operation);
  const inBatches = (places: [string, Place][], size: number) =>
    Array.from({ length: Math.ceil(places.length / size) }, (_, at) =>
      places.slice(at * size, (at + 1) * size),
    );
  return [
    ...inBatches(others.filter(isCounted), AT_ONCE.counted),
    ...inBatches(
      others.filter((place) => !isCounted(place)),
      AT_ONCE.other,
    ),
  ];
}

/** The value, as somebody else shows it. */
const strangers: Readonly<Record<Stranger, (value: Value, at: OneTimeWorld) => Value | Promise<Value>>> = {
  client: (value, { others }) => ({
    ...value,
    pool: { ...value.pool, ClientId: others.client.ClientId },
  }),
  pool: (value, { others }) => ({ ...value, pool: others.pool }),
  browser: async (value, at) => ({ ...value, page: undefined, browser: await at.signedIn() }),
  user: async (value, at) => ({ ...value, AccessToken: await at.bearer() }),
};

describe('a value that is good once', function () {
  this.timeout(20_000);
  let at: OneTimeWorld;
  before(async () => {
    at = await createOneTimeWorld();
  });
  after(() => at.world.close());

  async function fresh({ make }: Kind): Promise<Value> {
    await at.server.settled();
    at.server.clock.pass(LATER_SECONDS);
    const value = await make(at);
    await at.server.settled();
    return value;
  }
  const ownPlace = ({ own: [first] }: Kind): Place => PLACES[first]!;

  for (const [title, kind] of Object.entries(KINDS)) {
    it(`is taken where it belongs, ${kind.isReusable ? 'while it lasts' : 'once'}: ${title}`, async () => {
      const value = await fresh(kind);

      await ownPlace(kind).show(value, at);

      const again = ownPlace(kind).show(value, at);
      if (kind.isReusable) await again;
      else await assertNotTaken(again, title);
    });
    for (const whose of kind.notOf)
      it(`is not taken of another ${whose}, nor spent by it: ${title}`, async () => {
        const value = await fresh(kind);

        await assertNotTaken(ownPlace(kind).show(await strangers[whose](value, at), at), title);

        await ownPlace(kind).show(value, at);
      });
    it(`serves no other purpose, and is not spent by it: ${title}`, async () => {
      for (const now of batches(title, kind)) {
        const value = await fresh(kind);
        for (const [where, { show, isSilent }] of now)
          if (isSilent)
            await show(stolen(value), at).catch((error: unknown) => {
              assert.ok((statusOf(error) ?? 500) < 500, `${where}: ${String(error)}`);
            });
          else await assertNotTaken(show(stolen(value), at), `${title}, by ${where}`);
        await ownPlace(kind)
          .show(value, at)
          .catch((cause: unknown) => {
            const places = now.map(([where]) => where).join();
            throw new Error(`spent by one of ${places}: ${String(cause)}`, { cause });
          });
      }
    });
  }
});

describe('the table of places', () => {
  it('has every operation that takes a one-time value', () => {
    const taking = Object.entries(cognitoIdp.operations)
      .filter(
        ([, { input }]) =>
          input instanceof z.ZodObject && Object.keys(input.shape).some((name) => MEMBERS.includes(name)),
      )
      .map(([name]) => name);
    const listed = new Set(Object.values(PLACES).map(({ operation }) => operation));

    assert.ok(taking.length >= 12, taking.join());
    assert.deepEqual(
      taking.filter((name) => !listed.has(name)),
      [],
    );
  });
  it('has every route of the pages, or why it takes nothing', () => {
    const listed = new Set(Object.values(PLACES).map(({ route }) => route));

    assert.ok(ROUTES.length > 20, ROUTES.join());
    assert.deepEqual(
      ROUTES.filter((route) => !listed.has(route) && !Object.hasOwn(WITHOUT, route)),
      [],
    );
  });
  it('has every place that a kind calls its own', () => {
    const named = Object.values(KINDS).flatMap(({ own }) => own);

    assert.deepEqual(
      named.filter((where) => !Object.hasOwn(PLACES, where)),
      [],
    );
  });
});
