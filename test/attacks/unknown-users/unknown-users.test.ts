/**
 * Who exists, asked of every public operation in every order, through a client that hides it: a user and a name that nobody has are answered
 * alike, in sequences of two, under both names that each has, and until the limits are met.
 *
 * The operations are read from the table of them: one that comes to be needs a move in support/matrices/public-moves.ts, or a reason for having none.
 * Source: SECURITY G19; Cognito developer guide, "Managing user existence error responses".
 */
import assert from 'node:assert/strict';
import type { CreateUserPoolRequest } from '@aws-sdk/client-cognito-identity-provider';
import { operations } from '../../../src/api/cognito-idp/index.ts';
import { askForWords, poolFunctions } from '../../support/pool-functions.ts';
import { listed, makePool, makeUser, type MadePool } from '../../support/pool.ts';
import {
  lasting,
  MOVES,
  told,
  WITHOUT_MOVE,
  type Answer,
  type Call,
  type Move,
} from '../../support/matrices/public-moves.ts';
import { RP } from '../../support/passkeys.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

/** Longer than every window and every code lives. */
const FORGOTTEN_SECONDS = 90_000;
/** More than any limit of one user. */
const OFTEN = 18;

/** What a second move may be: one of each operation, and those that show or count something. */
const FOLLOWING: readonly (keyof typeof MOVES)[] = [
  'a wrong password',
  'SRP',
  'a choice',
  'a code by e-mail',
  'a challenge of the pool’s own',
  'a wrong code',
  'a forgotten password',
  'a wrong code for it',
  'one more code for the account',
  'a wrong code for the account',
];

interface World {
  readonly title: string;
  readonly pool: Partial<CreateUserPoolRequest>;
  /** What the user signs in with, and what is as long and means nobody. */
  readonly known: string;
  readonly unknown: string;
  /** The username, where another thing is the name that people sign in with. */
  readonly username?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Another name of the same account. */
  readonly other: (name: string, learnt: string) => string;
}
const MAIL = { email: 'nina@north.example', email_verified: 'true' };
const WORLDS: readonly World[] = [
  {
    title: 'where users have names',
    pool: { UsernameConfiguration: { CaseSensitive: false } },
    known: 'nina-north',
    unknown: 'olga-other',
    other: (name) => name.toUpperCase(),
  },
  {
    title: 'where the address is the name',
    pool: { UsernameAttributes: ['email'], UsernameConfiguration: { CaseSensitive: false } },
    known: 'nina@north.example',
    unknown: 'olga@other.example',
    other: (_name, learnt) => learnt,
  },
  {
    title: 'where the address is an alias',
    pool: { AliasAttributes: ['email'] },
    known: 'nina@north.example',
    unknown: 'olga@other.example',
    username: '0b0e6c7e-8a54-4b52-9c5e-0d6a3f9f1a11',
    other: (_name, learnt) => learnt,
  },
];

describe('who exists', () => {
  const functions = poolFunctions();
  let server: TestServer;

  /** A server for each world: the AWS client goes by the time at which it was made, and a world lasts for years. */
  async function begin(): Promise<void> {
    server = await startServer({ functions: functions.functions });
    // More than what an SRP that was begun counts for.
    askForWords(functions, 'blue', 'green', 'red');
  }

  it('has a move for every operation that anybody may ask', () => {
    const open = Object.entries(operations).filter(
      ([, { caller }]) => caller === 'client' || caller === 'anyone',
    );
    const known = new Set([
      ...Object.values(MOVES).map(({ operation }) => operation),
      ...Object.keys(WITHOUT_MOVE),
    ]);

    for (const following of FOLLOWING) assert.ok(MOVES[following], following);
    assert.deepEqual(
      open.map(([name]) => name).filter((name) => !known.has(name)),
      [],
    );
  });

  async function worldOf({ pool, known, username, attributes = MAIL }: World): Promise<MadePool> {
    const made = await makePool(
      server,
      {
        Policies: {
          SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'] },
        },
        LambdaConfig: functions.configOf(
          'DefineAuthChallenge',
          'CreateAuthChallenge',
          'VerifyAuthChallengeResponse',
        ),
        ...pool,
      },
      {
        PreventUserExistenceErrors: 'ENABLED',
        ExplicitAuthFlows: [
          'ALLOW_USER_PASSWORD_AUTH',
          'ALLOW_USER_SRP_AUTH',
          'ALLOW_CUSTOM_AUTH',
          'ALLOW_USER_AUTH',
          'ALLOW_REFRESH_TOKEN_AUTH',
        ],
      },
    );
    const { idp, UserPoolId } = made;
    await makeUser(made, username ?? known, attributes);
    await idp.adminUpdateUserAttributes({
      UserPoolId,
      Username: username ?? known,
      UserAttributes: listed(attributes),
    });
    await idp.setUserPoolMfaConfig({ UserPoolId, WebAuthnConfiguration: { RelyingPartyId: RP } });
    return made;
  }

  const callerOf =
    ({ ClientId }: MadePool): Call =>
    async (operation, input) => {
      const response = await fetch(server.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
        },
        body: JSON.stringify({ ClientId, ...input }),
      });
      return {
        status: response.status,
        headers: [...response.headers.keys()].toSorted(),
        body: (await response.json()) as Record<string, unknown>,
      };
    };

  for (const world of WORLDS)
    describe(world.title, () => {
      let call: Call;
      let unknown: string;
      const others = new Map<string, string>();

      before(async () => {
        await begin();
        const made = await worldOf(world);
        call = callerOf(made);
        unknown = await withoutPasskey(world.unknown);
        for (const name of [world.known, unknown]) {
          const { body } = await MOVES['SRP']!.play(call, name);
          const { USERNAME = '' } = body['ChallengeParameters'] as Record<string, string>;
          others.set(name, world.other(name, USERNAME));
        }
      });
      after(() => server.close());
      beforeEach(() => server.clock.pass(FORGOTTEN_SECONDS));

      /** Like the user, who has none: some of those who do not exist seem to have one. */
      async function withoutPasskey(name: string): Promise<string> {
        for (let letter = 0; letter < 26; letter += 1) {
          const each = String.fromCharCode(97 + letter) + name.slice(1);
          const { body } = await MOVES['a choice']!.play(call, each);
          if (!(body['AvailableChallenges'] as string[]).includes('WEB_AUTHN')) return each;
        }
        throw new Error('All of them seem to have a passkey.');
      }

      /** Plays moves of a name and its other name in turn. What of two answers is the same is told too. */
      async function playAll(moves: readonly Move[], name: string): Promise<readonly string[]> {
        const answers: Answer[] = [];
        for (const [index, each] of moves.entries())
          answers.push(await each.play(call, index % 2 === 0 ? name : others.get(name)!));
        const [first = {}, ...rest] = answers.map(lasting);
        const kept = rest.map((each) =>
          Object.entries(each).map(
            ([what, value]) => `${what} ${first[what] === undefined ? 'new' : first[what] === value}`,
          ),
        );
        return [...answers.map(told), JSON.stringify(kept)];
      }
      const alike = async (moves: readonly Move[], what = '') => {
        const [known, nobody] = [await playAll(moves, world.known), await playAll(moves, unknown)];
        assert.deepEqual([what, ...nobody], [what, ...known]);
      };

      for (const [title, first] of Object.entries(MOVES))
        it(`is not told by ${first.operation}, ${title}, and whatever follows it`, async function () {
          this.timeout(60_000); // As many pairs, of two accounts each.
          for (const then of FOLLOWING) {
            const second = MOVES[then]!;
            await alike([first, second], then);
            server.clock.pass(FORGOTTEN_SECONDS);
          }
        });

      for (const [title, move] of Object.entries(MOVES))
        it(`is not told by ${move.operation}, ${title}, asked until the limit is met`, async function () {
          this.timeout(30_000);
          await alike(Array.from({ length: OFTEN }, () => move));
        });
    });
});
