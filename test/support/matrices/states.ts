/**
 * People in each state that an account can be in, and tables of what each operation does to them.
 *
 * A world is a pool with all that an operation may be about: second factors, passkeys, devices, sessions, a provider that brings people. Whoever comes into a state was signed in before, and
 * has his tokens still. UNCONFIRMED nobody becomes again who was confirmed; that is written into the store.
 */
import assert from 'node:assert/strict';
import type {
  InitiateAuthCommandOutput,
  InitiateAuthResponse,
} from '@aws-sdk/client-cognito-identity-provider';
import { addUpstream } from '../../api/oidc/federated/upstream.ts';
import { createBrowser, createWorldOn, type TestClient } from '../../api/oidc/world.ts';
import { userCollection, type UserStatus } from '../../../src/domain/users/users.ts';
import { update } from '../../../src/domain/ports/records.ts';
import { memoryRecords } from '../../../src/stores/memory.ts';
import { cognateClient } from '../cognate.ts';
import { claimsOf, PASSWORD, TEMPORARY, type MadePool } from '../pool.ts';
import { RP } from '../passkeys.ts';
import { startServer, stillClock, type ServerOptions, type TestServer } from '../servers/server.ts';

const PROVIDER = 'Upstream';
const SCOPE = 'openid aws.cognito.signin.user.admin';

/** The states, as a sentence goes on. */
const WORDS = {
  CONFIRMED: 'who is CONFIRMED',
  UNCONFIRMED: 'who is UNCONFIRMED',
  FORCE_CHANGE_PASSWORD: 'who is in FORCE_CHANGE_PASSWORD',
  RESET_REQUIRED: 'who is in RESET_REQUIRED',
  disabled: 'who is disabled',
  EXTERNAL_PROVIDER: 'whom a provider brought',
  deleted: 'who is deleted',
} as const;
export type State = keyof typeof WORDS;
export const STATES = Object.keys(WORDS) as State[];

/** Somebody, and what he has in hand. */
export interface Person {
  readonly state: State;
  readonly name: string;
  readonly sub: string;
  readonly email: string;
  /** That is good now; nobody's word where he has none. */
  readonly password: string;
  readonly AccessToken: string;
  readonly RefreshToken: string;
  /** Of a device that nobody confirmed yet; none where a provider brought him. */
  readonly promised: NonNullable<InitiateAuthCommandOutput['AuthenticationResult']>['NewDeviceMetadata'];
  readonly whose: { readonly UserPoolId: string; readonly Username: string };
  /** What was begun before he came into the state. */
  readonly begun: Readonly<Record<string, string>>;
}

/** What an operation is to do to people in each state. */
export interface Row<Answer> {
  /** What is begun before the person comes into the state. */
  readonly prepare?: (person: Person) => Promise<Person['begun']>;
  readonly call: (person: Person) => Promise<Answer>;
  /** Asserts by another operation what was done. */
  readonly effect: (person: Person, answer: Answer) => Promise<unknown>;
  /** Where it is done, or refused by an error, otherwise than is usual. */
  readonly unusual?: Partial<Outcomes>;
}
/** `done`, or the name of an error. */
export type Outcomes = Readonly<Record<State, 'done' | `${string}Exception`>>;
/** Ties an effect to its answer. */
export const row = <Answer>(given: Row<Answer>): Row<unknown> => given as Row<unknown>;

export type States = ReturnType<typeof statesOfUsers>;

/** Starts and ends with the suite: call it inside a `describe`. */
export function statesOfUsers(options: ServerOptions = {}) {
  const clock = stillClock();
  const records = memoryRecords(clock);
  let server: TestServer;
  let world: Awaited<ReturnType<typeof createWorldOn<TestServer>>>;
  let client: TestClient;
  let upstream: string;
  let people = 0;

  before(async () => {
    // Users by the hundred sign up here, all from one address and within one hour.
    const messageLimits = { emailsPerAddress: 10_000, textsPerAddress: 10_000, textsTo: { other: 10_000 } };
    server = await startServer({ ...options, messageLimits, clock, store: { records } });
    world = await createWorldOn(server);
    await configure();
    upstream = await addProvider();
    client = await world.addClient({
      AllowedOAuthScopes: SCOPE.split(' '),
      SupportedIdentityProviders: ['COGNITO', PROVIDER],
      ExplicitAuthFlows: [
        'ALLOW_USER_PASSWORD_AUTH',
        'ALLOW_ADMIN_USER_PASSWORD_AUTH',
        'ALLOW_USER_SRP_AUTH',
        'ALLOW_USER_AUTH',
        'ALLOW_REFRESH_TOKEN_AUTH',
      ],
    });
  });
  after(() => server.close());

  async function configure(): Promise<void> {
    const { userPools: idp, poolId: UserPoolId } = world;
    const AllowedFirstAuthFactors = ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'] as const;
    await idp.updateUserPool({
      UserPoolId,
      AutoVerifiedAttributes: ['email'],
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: [...AllowedFirstAuthFactors] } },
      DeviceConfiguration: { ChallengeRequiredOnNewDevice: false, DeviceOnlyRememberedOnUserPrompt: true },
    });
    await idp.setUserPoolMfaConfig({
      UserPoolId,
      MfaConfiguration: 'OPTIONAL',
      SoftwareTokenMfaConfiguration: { Enabled: true },
      SmsMfaConfiguration: { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms' } },
      EmailMfaConfiguration: {},
      WebAuthnConfiguration: { RelyingPartyId: RP },
    });
    const UserSessionTracking = 'ENABLED';
    await idp.setUserPoolSessionConfiguration({
      UserPoolId,
      UserSessionTracking,
      TokenSession: { MaxPerUser: 20 },
    });
  }

  /** @returns the pool that plays the provider, and vouches for addresses */
  async function addProvider(): Promise<string> {
    const provider = await addUpstream(world, 'openid email phone profile');
    const names = ['email', 'email_verified', 'phone_number', 'phone_number_verified', 'nickname'];
    await provider.addProvider(PROVIDER, {
      AttributeMapping: Object.fromEntries(names.map((name) => [name, name])),
    });
    return provider.poolId;
  }

  const attributesOf = (name: string) => [
    { Name: 'email', Value: `${name}@example.com` },
    { Name: 'phone_number', Value: `+1555${String(people).padStart(7, '0')}` },
    { Name: 'nickname', Value: 'Somebody' },
  ];
  const VERIFIED = ['email_verified', 'phone_number_verified'].map((Name) => ({ Name, Value: 'true' }));
  const turn = (name: string, status: UserStatus) =>
    update(records, userCollection, [world.poolId, name], (user) => ({ ...user, status }));

  /** Signs in by password, a moment later. */
  async function enter(USERNAME: string, password: string): Promise<InitiateAuthCommandOutput> {
    clock.pass(0.001);
    const AuthParameters = { USERNAME, PASSWORD: password };
    return world.userPools.initiateAuth({
      ClientId: client.id,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters,
    });
  }

  /** Somebody of the pool's own, signed in; his code of the sign-up is good still where he will be UNCONFIRMED. */
  async function join(state: State, name: string): Promise<Person> {
    const { userPools: idp, poolId: UserPoolId } = world;
    const whose = { UserPoolId, Username: name };
    await idp.signUp({
      ClientId: client.id,
      Username: name,
      Password: PASSWORD,
      UserAttributes: attributesOf(name),
    });
    await (state === 'UNCONFIRMED' ? turn(name, 'CONFIRMED') : idp.adminConfirmSignUp(whose));
    await idp.adminUpdateUserAttributes({ ...whose, UserAttributes: VERIFIED });
    const { AuthenticationResult: result } = await enter(name, PASSWORD);
    return personOf({ state, name, ...result!, promised: result!.NewDeviceMetadata });
  }

  /** Somebody whom the provider brings, signed in. */
  async function arrive(name: string): Promise<Person> {
    const person = { UserPoolId: upstream, Username: name };
    const UserAttributes = [...attributesOf(name), ...VERIFIED];
    await world.userPools.adminCreateUser({ ...person, MessageAction: 'SUPPRESS', UserAttributes });
    await world.userPools.adminSetUserPassword({ ...person, Password: PASSWORD, Permanent: true });
    const browser = createBrowser();
    const page = await browser.open(world.authorize(client, { scope: SCOPE, identity_provider: PROVIDER }));
    const { location } = await browser.send(page, { username: name, password: PASSWORD });
    const { access_token: AccessToken, refresh_token: RefreshToken } = await world.redeem(client, location);
    const Username = String(claimsOf(AccessToken).username);
    return personOf({
      state: 'EXTERNAL_PROVIDER',
      name: Username,
      email: `${name}@example.com`,
      AccessToken,
      RefreshToken,
    });
  }

  function personOf(given: {
    state: State;
    name: string;
    email?: string;
    AccessToken?: string;
    RefreshToken?: string;
    promised?: Person['promised'];
  }): Person {
    const { state, name, email = `${name}@example.com`, AccessToken = '', RefreshToken = '' } = given;
    const sub = String(claimsOf(AccessToken).sub);
    const whose = { UserPoolId: world.poolId, Username: name };
    const { promised } = given;
    return {
      state,
      name,
      sub,
      email,
      password: PASSWORD,
      AccessToken,
      RefreshToken,
      promised,
      whose,
      begun: {},
    };
  }

  const TURNS: Readonly<Record<State, (whose: Person['whose']) => Promise<unknown>>> = {
    CONFIRMED: async () => undefined,
    EXTERNAL_PROVIDER: async () => undefined,
    UNCONFIRMED: ({ Username }) => turn(Username, 'UNCONFIRMED'),
    // What they signed in for goes on, so that it can be told what the state itself allows.
    async FORCE_CHANGE_PASSWORD({ UserPoolId, Username }) {
      await cognateClient(world.server).setUserPoolPasswordProtection({
        UserPoolId,
        SessionsOnNewPassword: 'KEPT',
      });
      await world.userPools.adminSetUserPassword({
        UserPoolId,
        Username,
        Password: TEMPORARY,
        Permanent: false,
      });
    },
    RESET_REQUIRED: (whose) => world.userPools.adminResetUserPassword(whose),
    disabled: (whose) => world.userPools.adminDisableUser(whose),
    deleted: (whose) => world.userPools.adminDeleteUser(whose),
  };

  /** Somebody new in that state. */
  async function fill(state: State, prepare?: Row<unknown>['prepare']): Promise<Person> {
    people += 1;
    const name = `person-${people}`;
    const person = await (state === 'EXTERNAL_PROVIDER' ? arrive(name) : join(state, name));
    const begun = (await prepare?.(person)) ?? {};
    await TURNS[state](person.whose);
    return { ...person, begun, password: state === 'FORCE_CHANGE_PASSWORD' ? TEMPORARY : PASSWORD };
  }

  /** All that an administrator sees of somebody, and how many letters were sent. */
  async function seen({ whose }: Person): Promise<unknown> {
    const { userPools: idp } = world;
    const answers = await Promise.allSettled([
      idp.adminGetUser(whose),
      idp.adminGetUserAuthFactors(whose),
      idp.adminListDevices(whose),
      idp.adminListUserSessions(whose),
    ]);
    const shown = answers.map((each) =>
      each.status === 'fulfilled' ? { ...each.value, $metadata: undefined } : String(each.reason),
    );
    return { shown, letters: server.sent.length };
  }

  /** Asserts that somebody is in, or asked for a password of his own. */
  async function isIn(
    { state, name }: Person,
    { ChallengeName, AuthenticationResult }: InitiateAuthResponse,
  ): Promise<void> {
    if (state === 'FORCE_CHANGE_PASSWORD')
      return assert.deepEqual([ChallengeName, AuthenticationResult], ['NEW_PASSWORD_REQUIRED', undefined]);
    const { AccessToken } = AuthenticationResult!;
    return assert.equal((await world.userPools.getUser({ AccessToken })).Username, name);
  }

  return {
    get server() {
      return server;
    },
    get idp() {
      return world.userPools;
    },
    get ClientId() {
      return client.id;
    },
    /** For what other tests' helpers do in a pool. */
    get pool(): MadePool {
      const { userPools: idp, poolId: UserPoolId } = world;
      return { idp, UserPoolId, Arn: '', ClientId: client.id, ClientSecret: undefined };
    },
    fill,
    enter,
    isIn,

    /** A test for each operation and each state: it is done, as its effect says, or refused, and nothing changed. */
    table(usual: Outcomes, rows: Readonly<Record<string, Row<unknown>>>): void {
      for (const [operation, { prepare, call, effect, unusual }] of Object.entries(rows))
        for (const state of STATES) {
          const outcome = { ...usual, ...unusual }[state];
          const title = `${operation} is ${outcome} for somebody ${WORDS[state]}`;
          if (outcome === 'done')
            it(title, async () => {
              const person = await fill(state, prepare);

              const answer = await call(person);

              await effect(person, answer);
            });
          else
            it(title, async () => {
              const person = await fill(state, prepare);
              const before = await seen(person);

              await assert.rejects(call(person), { name: outcome });

              assert.deepEqual(await seen(person), before);
            });
        }
    },
  };
}
