/**
 * Who exists, asked of the operations that confirm accounts and recover passwords, through a client that hides it (SECURITY G19).
 *
 * Each operation answers people of every state as it answers strangers: the same status, the same error, an answer of the same shape.
 */
import assert from 'node:assert/strict';
import type { CodeDeliveryDetailsType } from '@aws-sdk/client-cognito-identity-provider';
import { Failure } from '../../../src/base/failure.ts';
import { codeTo, makeReachable, otherThan, place } from '../../support/people.ts';
import { makePool, makeUser, NEW_PASSWORD, PASSWORD, type MadePool } from '../../support/pool.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

/** Names of people in every state, `stranger` among them. */
const STATES = [
  'stranger',
  'confirmed',
  'unreachable',
  'invited',
  'unconfirmed',
  'disabled',
  'reset',
] as const;

describe('a client that hides who exists', () => {
  let server: TestServer;
  let pool: MadePool;
  const undeliverable = new Set<string>();

  before(async () => {
    server = await startServer({
      // The delivery that fails below is told to whoever runs the server.
      environment: { COGNATE_LOG_LEVEL: 'silent' },
      async deliver({ to }) {
        if (undeliverable.has(to)) throw new Failure('delivery-failed', { channel: 'email' });
      },
    });
    pool = await makePool(server, {}, { PreventUserExistenceErrors: 'ENABLED' });
    const { idp, UserPoolId, ClientId } = pool;
    for (const name of ['confirmed', 'disabled', 'reset']) await makeReachable(pool, name);
    await makeUser(pool, 'unreachable', { email: 'unreachable@example.com' });
    const UserAttributes = [{ Name: 'email', Value: 'invited@example.com' }];
    await idp.adminCreateUser({ UserPoolId, Username: 'invited', MessageAction: 'SUPPRESS', UserAttributes });
    await idp.adminDisableUser({ UserPoolId, Username: 'disabled' });
    await idp.adminResetUserPassword({ UserPoolId, Username: 'reset' });
    await idp.signUp({
      ClientId,
      Username: 'unconfirmed',
      Password: PASSWORD,
      UserAttributes: [{ Name: 'email', Value: 'unconfirmed@example.com' }],
    });
  });
  after(() => server.close());

  /** What an operation says of each state, as an attacker would tell the answers apart. */
  async function answers(
    ask: (Username: string) => Promise<object>,
  ): Promise<Readonly<Record<string, string>>> {
    const told = STATES.map(async (name) => [name, await ask(name).then(shapeOf, faultOf)] as const);
    return Object.fromEntries(await Promise.all(told));
  }
  const same = (told: Readonly<Record<string, string>>) => {
    for (const name of STATES) assert.equal(told[name], told.stranger, name);
  };
  const forget = (Username: string) => pool.idp.forgotPassword({ ClientId: pool.ClientId, Username });
  const recover = (Username: string, ConfirmationCode = '000000', Password = NEW_PASSWORD) =>
    pool.idp.confirmForgotPassword({ ClientId: pool.ClientId, Username, ConfirmationCode, Password });
  const resend = (Username: string) => pool.idp.resendConfirmationCode({ ClientId: pool.ClientId, Username });

  it('answers ForgotPassword alike, and sends only where it may', async () => {
    const before = server.sent.length;

    same(await answers(forget));

    await server.settled();
    assert.deepEqual(
      server.sent
        .slice(before)
        .map(({ to }) => to)
        .toSorted(),
      ['confirmed@example.com', 'reset@example.com'],
    );
  });

  it('answers ConfirmForgotPassword alike, with a code asked for', async () => {
    const codes = ['confirmed', 'reset'].map((name) => codeTo(server, `${name}@example.com`));
    const wrong = ['000000', '111111', '222222'].find((code) => !codes.includes(code));
    const told = await answers((name) => recover(name, wrong));

    same(told);
    assert.equal(told.stranger, 'CodeMismatchException 400');
  });

  it('answers ConfirmForgotPassword alike, with a password that the pool refuses', async () => {
    const told = await answers((name) => recover(name, '000000', 'short'));

    same(told);
    assert.equal(told.stranger, 'InvalidPasswordException 400');
  });

  it('answers ConfirmForgotPassword alike, with too many wrong codes', async () => {
    for (let tries = 0; tries < 3; tries += 1) await answers((name) => recover(name));
    const told: Record<string, string>[] = [];
    for (let tries = 0; tries < 3; tries += 1) told.push({ ...(await answers((name) => recover(name))) });

    for (const each of told) same(each);
    assert.equal(told.at(-1)!.stranger, 'LimitExceededException 400');
  });

  it('answers ConfirmForgotPassword alike, with no code asked for', async () => {
    server.clock.pass(3601);

    const told = await answers((name) => recover(name));
    server.clock.pass(-3601);

    same(told);
    assert.equal(told.stranger, 'CodeMismatchException 400');
  });

  it('answers ResendConfirmationCode alike, and sends only who needs one', async () => {
    const before = server.sent.length;

    same(await answers(resend));

    await server.settled();
    assert.deepEqual(
      server.sent.slice(before).map(({ to }) => to),
      ['unconfirmed@example.com'],
    );
  });

  it('answers ConfirmSignUp alike, with a code asked for', async () => {
    const ConfirmationCode = otherThan(codeTo(server, 'unconfirmed@example.com'));

    const told = await answers((Username) =>
      pool.idp.confirmSignUp({ ClientId: pool.ClientId, Username, ConfirmationCode }),
    );

    same(told);
    assert.equal(told.stranger, 'CodeMismatchException 400');
  });

  it('shows strangers a destination that stays the same, and that differs from one to another', async () => {
    const seen = new Map<string, string>();
    for (const name of ['ada', 'ben', 'carl', 'dora', 'emil']) {
      const first = place((await forget(name)).CodeDeliveryDetails);
      assert.equal(place((await forget(name)).CodeDeliveryDetails), first);
      assert.match(first, /^email [a-z]\*\*\*@[a-z]\*\*\*$/);
      seen.set(name, first);
    }
    assert.ok(new Set(seen.values()).size > 1);
  });

  it('shows the address itself, masked, where that is the name', async () => {
    const byEmail = await makePool(
      server,
      { UsernameAttributes: ['email'] },
      { PreventUserExistenceErrors: 'ENABLED' },
    );
    await makeReachable({ ...byEmail }, 'known@example.com', { email: 'known@example.com' });
    const destination = async (Username: string) =>
      place((await byEmail.idp.forgotPassword({ ClientId: byEmail.ClientId, Username })).CodeDeliveryDetails);

    assert.equal(await destination('known@example.com'), 'email k***@e***');
    assert.equal(await destination('nobody@other.example'), 'email n***@o***');
  });

  it('does not tell that a message could not be delivered; its code is dead', async () => {
    await makeReachable(pool, 'full');
    undeliverable.add('full@example.com');

    const { CodeDeliveryDetails } = await forget('full');

    await server.settled();
    assert.equal(place(CodeDeliveryDetails), 'email f***@e***');
    await assert.rejects(recover('full'), { name: 'CodeMismatchException' });
  });

  it('takes no code of who was disabled meanwhile, though it is the right one', async () => {
    const { idp, UserPoolId } = pool;
    await makeReachable(pool, 'shut-out');
    await forget('shut-out');
    await server.settled();
    await idp.adminDisableUser({ UserPoolId, Username: 'shut-out' });

    await assert.rejects(recover('shut-out', codeTo(server, 'shut-out@example.com')), {
      name: 'CodeMismatchException',
    });
  });

  it('recovers the password of who exists', async () => {
    await makeReachable(pool, 'real');
    await forget('real');
    await server.settled();

    await recover('real', codeTo(server, 'real@example.com'));

    const AuthParameters = { USERNAME: 'real', PASSWORD: NEW_PASSWORD };
    const { ClientId } = pool;
    const signedIn = await pool.idp.initiateAuth({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters,
    });
    assert.ok(signedIn.AuthenticationResult);
  });
});

/** The members of an answer, and what kind of destination it names. */
function shapeOf(answer: object): string {
  const { CodeDeliveryDetails: details } = answer as { CodeDeliveryDetails?: CodeDeliveryDetailsType };
  const members = Object.keys(answer).filter((name) => name !== '$metadata');
  const destination = details?.Destination?.replaceAll(/[a-z]/g, 'x');
  return [...members, details?.AttributeName, details?.DeliveryMedium, destination].join(' ');
}

const faultOf = (error: Error & { $metadata?: { httpStatusCode?: number } }): string =>
  `${error.name} ${error.$metadata?.httpStatusCode}`;
