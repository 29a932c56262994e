/**
 * Nothing that is sent to people goes uncounted: every path that sends, tried beyond its limits.
 *
 * A row is a path by which a message leaves. That there is no other way out is asserted below, by what imports the port.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import { makeFactorPool, startByChoice } from '../support/factors.ts';
import {
  listed,
  makeInvited,
  makePool,
  makeUser,
  PASSWORD,
  signIn,
  signUp,
  type MadePool,
} from '../support/pool.ts';
import { poolFunctions } from '../support/pool-functions.ts';
import { functionArn, startServer, type TestServer } from '../support/servers/server.ts';

const VICTIM = 'victim@example.com';
const MOST = 2;
const TIMES = 5;
/** AWS's names for one too many. */
const REFUSED = ['LimitExceededException', 'TooManyRequestsException'];

interface Path {
  readonly pool?: Partial<CreateUserPoolRequest>;
  readonly client?: Partial<CreateUserPoolClientRequest>;
  /** Makes somebody called so, without a message to the victim. */
  readonly prepare?: (pool: MadePool, name: string) => Promise<unknown>;
  /** Has a message sent to the victim. */
  readonly send: (pool: MadePool, name: string) => Promise<unknown>;
  /** The client hides who exists: what is too much is dropped in silence. */
  readonly isHidden?: boolean;
}

const owned = { email: VICTIM, email_verified: 'true' };
const HIDING = { PreventUserExistenceErrors: 'ENABLED' } as const;
const CHOICE = {
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
} satisfies Partial<CreateUserPoolRequest>;

const makeOwner = (pool: MadePool, name: string) => makeUser(pool, name, owned);
/** Signed up with an address of their own, and not confirmed; the victim's is set by an administrator, who vouches for it. */
async function makeUnconfirmed(pool: MadePool, name: string): Promise<void> {
  const { idp, UserPoolId } = pool;
  await signUp(pool, name);
  await idp.adminUpdateUserAttributes({ UserPoolId, Username: name, UserAttributes: listed(owned) });
}
const resend: Path['send'] = ({ idp, ClientId }, Username) =>
  idp.resendConfirmationCode({ ClientId, Username });
const forget: Path['send'] = ({ idp, ClientId }, Username) => idp.forgotPassword({ ClientId, Username });
const tokenOf = async (pool: MadePool, name: string) => (await signIn(pool, name)).AccessToken;

const PATHS: Readonly<Record<string, Path>> = {
  SignUp: { send: (pool, name) => signUp(pool, name, { email: VICTIM }) },
  'SignUp, to a mailbox by tags and capitals': {
    send: (pool, name) => signUp(pool, name, { email: `Victim+${name}@Example.com` }),
  },
  ResendConfirmationCode: { prepare: makeUnconfirmed, send: resend },
  'ResendConfirmationCode, hidden': {
    client: HIDING,
    prepare: makeUnconfirmed,
    send: resend,
    isHidden: true,
  },
  ForgotPassword: { prepare: makeOwner, send: forget },
  'ForgotPassword, hidden': { client: HIDING, prepare: makeOwner, send: forget, isHidden: true },
  AdminResetUserPassword: {
    prepare: makeOwner,
    send: ({ idp, UserPoolId }, Username) => idp.adminResetUserPassword({ UserPoolId, Username }),
  },
  AdminCreateUser: {
    send: ({ idp, UserPoolId }, Username) =>
      idp.adminCreateUser({
        UserPoolId,
        Username,
        UserAttributes: listed({ email: VICTIM }),
        DesiredDeliveryMediums: ['EMAIL'],
      }),
  },
  'AdminCreateUser, once more': {
    async prepare(pool, name) {
      const { idp, UserPoolId } = pool;
      await makeInvited(pool, name);
      await idp.adminUpdateUserAttributes({ UserPoolId, Username: name, UserAttributes: listed(owned) });
    },
    send: ({ idp, UserPoolId }, Username) =>
      idp.adminCreateUser({
        UserPoolId,
        Username,
        MessageAction: 'RESEND',
        DesiredDeliveryMediums: ['EMAIL'],
      }),
  },
  UpdateUserAttributes: {
    prepare: (pool, name) => makeUser(pool, name),
    send: async (pool, name) =>
      pool.idp.updateUserAttributes({
        AccessToken: await tokenOf(pool, name),
        UserAttributes: listed({ email: VICTIM }),
      }),
  },
  AdminUpdateUserAttributes: {
    prepare: (pool, name) => makeUser(pool, name),
    send: ({ idp, UserPoolId }, Username) =>
      idp.adminUpdateUserAttributes({ UserPoolId, Username, UserAttributes: listed({ email: VICTIM }) }),
  },
  GetUserAttributeVerificationCode: {
    prepare: makeOwner,
    send: async (pool, name) =>
      pool.idp.getUserAttributeVerificationCode({
        AccessToken: await tokenOf(pool, name),
        AttributeName: 'email',
      }),
  },
  'EMAIL_OTP, first': {
    pool: CHOICE,
    prepare: makeOwner,
    send: (pool, name) => startByChoice(pool, name, { PREFERRED_CHALLENGE: 'EMAIL_OTP' }),
  },
  'EMAIL_OTP, first, hidden': {
    pool: CHOICE,
    client: HIDING,
    prepare: makeOwner,
    send: (pool, name) => startByChoice(pool, name, { PREFERRED_CHALLENGE: 'EMAIL_OTP' }),
    isHidden: true,
  },
};

describe('messages are limited', () => {
  const told = poolFunctions();
  let server: TestServer;
  before(async () => {
    server = await startServer({
      functions: told.functions,
      messageLimits: { perRecipient: MOST },
      environment: { COGNATE_LOG_LEVEL: 'silent' },
    });
  });
  after(() => server.close());

  const toVictim = () => server.sent.filter(({ to }) => /^victim(\+.*)?@example\.com$/i.test(to)).length;

  /** Asks so often. @returns the names of what was refused */
  async function tried({ send, prepare }: Path, pool: MadePool, times = TIMES): Promise<string[]> {
    const refused: string[] = [];
    for (let index = 0; index < times; index += 1) {
      const name = `person-${index}`;
      await prepare?.(pool, name);
      await send(pool, name).catch((error: Error) => refused.push(error.name));
    }
    await server.settled();
    return refused;
  }

  for (const [title, path] of Object.entries(PATHS))
    it(`to one recipient by ${title}`, async () => {
      const pool = await makeFactorPool(server, { mode: 'OFF', pool: path.pool, client: path.client });
      const before = toVictim();

      const refused = await tried(path, pool);

      assert.equal(toVictim() - before, MOST);
      assert.equal(refused.length, path.isHidden ? 0 : TIMES - MOST, refused.join(' '));
      assert.deepEqual(
        refused.filter((name) => !REFUSED.includes(name)),
        [],
      );
    });

  it('to one recipient by codes that are a second factor', async () => {
    const pool = await makeFactorPool(server, { mode: 'OPTIONAL', factors: ['email'] });
    await makeUser(pool, 'ada', owned);
    await pool.idp.adminSetUserMFAPreference({
      UserPoolId: pool.UserPoolId,
      Username: 'ada',
      EmailMfaSettings: { Enabled: true, PreferredMfa: true },
    });
    const begin = () =>
      pool.idp.initiateAuth({
        ClientId: pool.ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD },
      });
    for (let index = 0; index < MOST; index += 1) await begin();

    await assert.rejects(begin(), { name: 'TooManyRequestsException' });
  });

  it('to one recipient, also where the pool’s own function sends', async () => {
    const pool = await makePool(server, {
      LambdaConfig: {
        CustomEmailSender: { LambdaArn: functionArn('CustomEmailSender'), LambdaVersion: 'V1_0' },
        KMSKeyID: 'arn:aws:kms:us-east-1:123456789012:key/any',
      },
    });
    const before = told.asked.filter(({ name }) => name === 'CustomEmailSender').length;

    const refused = await tried(PATHS.SignUp!, pool);

    assert.equal(told.asked.filter(({ name }) => name === 'CustomEmailSender').length - before, MOST);
    assert.equal(refused.length, TIMES - MOST);
  });

  it('leave no account behind that nobody was told of', async () => {
    const pool = await makePool(server);

    await tried(PATHS.SignUp!, pool);

    const { Users = [] } = await pool.idp.listUsers({ UserPoolId: pool.UserPoolId });
    assert.equal(Users.length, MOST);
  });

  it('of one pool leave another what it may send', async () => {
    const [one, other] = [await makePool(server), await makePool(server)];
    await tried(PATHS.SignUp!, one);

    assert.equal((await tried(PATHS.SignUp!, other, MOST)).length, 0);
  });

  it('may be sent again after an hour', async () => {
    const pool = await makePool(server);
    await tried(PATHS.SignUp!, pool);
    server.clock.pass(3601);

    await signUp(pool, 'later', { email: VICTIM });
  });
});

describe('messages are limited, by the limits that a server begins with', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ environment: { COGNATE_LOG_LEVEL: 'silent' } });
  });
  after(() => server.close());

  /** All at once. @returns how many messages were sent */
  async function flood(pool: MadePool, addresses: readonly Record<string, string>[]): Promise<number> {
    const before = server.sent.length;
    await Promise.allSettled(
      addresses.map((address, index) =>
        pool.idp.signUp({
          ClientId: pool.ClientId,
          Username: `flood-${index}`,
          Password: PASSWORD,
          UserAttributes: listed(address),
        }),
      ),
    );
    return server.sent.length - before;
  }

  it('to twenty of two hundred letters to one mailbox', async () => {
    const pool = await makePool(server);

    assert.equal(
      await flood(
        pool,
        Array.from({ length: 200 }, () => ({ email: VICTIM })),
      ),
      20,
    );
  });

  it('to thirty of a hundred texts from one address', async () => {
    const pool = await makePool(server, { AutoVerifiedAttributes: ['phone_number'] });
    const numbers = Array.from({ length: 100 }, (_, index) => ({ phone_number: `+4479460${1000 + index}` }));

    assert.equal(await flood(pool, numbers), 30);
  });

  it('to none of those to numbers that cost whoever sends to them', async () => {
    const pool = await makePool(server, { AutoVerifiedAttributes: ['phone_number'] });
    const numbers = Array.from({ length: 10 }, (_, index) => ({ phone_number: `+97912345${100 + index}` }));

    assert.equal(await flood(pool, numbers), 0);
  });
});

describe('messages are limited by the country of their number', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({
      messageLimits: { textsPerAddress: 1000, textsTo: { other: 3, '49': 5, '1876': 1 } },
      environment: { COGNATE_LOG_LEVEL: 'silent' },
    });
  });
  after(() => server.close());

  const ROWS: Readonly<Record<string, { begins: string; most: number }>> = {
    'that is named': { begins: '+4917', most: 5 },
    'that is not named': { begins: '+4479', most: 3 },
    'whose calling code has three digits': { begins: '+37120', most: 3 },
    'that is part of a calling code': { begins: '+18765', most: 1 },
  };
  for (const [title, { begins, most }] of Object.entries(ROWS))
    it(title, async () => {
      const { idp, UserPoolId } = await makePool(server, { AutoVerifiedAttributes: ['phone_number'] });
      const before = server.sent.length;

      // By an administrator, whose address is not counted.
      for (let index = 0; index < 8; index += 1)
        await idp
          .adminCreateUser({
            UserPoolId,
            Username: `person-${index}`,
            UserAttributes: listed({ phone_number: `${begins}${555_000 + index}` }),
            DesiredDeliveryMediums: ['SMS'],
          })
          .catch((error: Error) => assert.equal(error.name, 'TooManyRequestsException'));

      assert.equal(server.sent.length - before, most);
    });
});

describe('the port of messages', () => {
  it('is known to the post alone, which hands over what was counted', () => {
    const root = join(import.meta.dirname, '..', '..', 'src', 'domain');
    const users = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .filter((file) =>
        /import type \{[^}]*\bMessages\b[^}]*\} from '[^']*ports\/messages\.ts'/.test(
          readFileSync(join(root, file), 'utf8'),
        ),
      );

    assert.deepEqual(users, [join('notifications', 'delivery.ts')]);
  });
});
