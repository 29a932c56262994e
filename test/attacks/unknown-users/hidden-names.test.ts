/**
 * Who exists, asked under several spellings of one name, where small letters and large are the same: of a person they all mean one, and so they must of nobody.
 *
 * Source: SECURITY G19; Cognito developer guide, "Managing user existence error responses".
 */
import assert from 'node:assert/strict';
import type { CreateUserPoolRequest, InitiateAuthRequest } from '@aws-sdk/client-cognito-identity-provider';
import { makePool, makeUser, type MadePool } from '../../support/pool.ts';
import { askForWords, poolFunctions } from '../../support/pool-functions.ts';
import { RP } from '../../support/passkeys.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

type Begin = (USERNAME: string) => Pick<InitiateAuthRequest, 'AuthFlow' | 'AuthParameters'>;
type Texts = Readonly<Record<string, string>>;

const srp: Begin = (USERNAME) => ({
  AuthFlow: 'USER_SRP_AUTH',
  AuthParameters: { USERNAME, SRP_A: 'abcdef' },
});
const custom: Begin = (USERNAME) => ({ AuthFlow: 'CUSTOM_AUTH', AuthParameters: { USERNAME } });
const passkey: Begin = (USERNAME) => ({
  AuthFlow: 'USER_AUTH',
  AuthParameters: { USERNAME, PREFERRED_CHALLENGE: 'WEB_AUTHN' },
});

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('nobody, to a client that hides who exists', () => {
  const told = poolFunctions();
  let server: TestServer;
  let named: MadePool;

  const makeHiding = (settings: Partial<CreateUserPoolRequest>) =>
    makePool(
      server,
      {
        UsernameConfiguration: { CaseSensitive: false },
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
        LambdaConfig: told.configOf(
          'DefineAuthChallenge',
          'CreateAuthChallenge',
          'VerifyAuthChallengeResponse',
        ),
        ...settings,
      },
      {
        PreventUserExistenceErrors: 'ENABLED',
        ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_CUSTOM_AUTH', 'ALLOW_USER_AUTH'],
      },
    );
  before(async () => {
    server = await startServer({ functions: told.functions });
    askForWords(told, 'blue');
    named = await makeHiding({});
    await makeUser(named, 'ada');
    const { idp, UserPoolId } = named;
    await idp.setUserPoolMfaConfig({ UserPoolId, WebAuthnConfiguration: { RelyingPartyId: RP } });
  });
  after(() => server.close());

  /** What is asked of a name, without what differs each time. */
  async function asked(begin: Begin, name: string, { idp, ClientId }: MadePool = named): Promise<Texts> {
    const { ChallengeParameters = {} } = await idp.initiateAuth({ ClientId, ...begin(name) });
    const {
      SRP_B: _b,
      SECRET_BLOCK: _block,
      CREDENTIAL_REQUEST_OPTIONS: options,
      ...kept
    } = ChallengeParameters;
    if (options === undefined) return kept;
    return { passkeys: JSON.stringify(JSON.parse(options).allowCredentials) };
  }

  for (const [what, begin] of Object.entries({ srp, custom }))
    it(`is asked the same under all spellings of a name, as people are, by ${what}`, async () => {
      assert.deepEqual(await asked(begin, 'ADA'), await asked(begin, 'ada'));

      assert.deepEqual(await asked(begin, 'GHOST'), await asked(begin, 'ghost'));
      assert.notDeepEqual(await asked(begin, 'ghost'), await asked(begin, 'spook'));
    });

  it('is asked for the same passkey under all spellings of a name', async () => {
    // Of those who are not there, some seem to have a passkey.
    const names = Array.from({ length: 16 }, (_, index) => `ghost-${index}`);
    const seen = await Promise.all(names.map((name) => asked(passkey, name)));
    const again = await Promise.all(names.map((name) => asked(passkey, name.toUpperCase())));

    assert.ok(seen.some(({ passkeys }) => passkeys !== undefined));
    assert.deepEqual(again, seen);
  });

  it('is called by a subject in a challenge of the pool’s own, where people are, and answers by it', async () => {
    const addressed = await makeHiding({ UsernameAttributes: ['email'] });
    await makeUser(addressed, 'ada@example.com', { email: 'ada@example.com' });
    const { idp, ClientId } = addressed;
    const answer = async (login: string) => {
      const { Session, ChallengeParameters } = await idp.initiateAuth({ ClientId, ...custom(login) });
      const { USERNAME = '' } = ChallengeParameters!;
      const answered = idp.respondToAuthChallenge({
        ClientId,
        ChallengeName: 'CUSTOM_CHALLENGE',
        Session,
        ChallengeResponses: { USERNAME, ANSWER: 'red' },
      });
      return { USERNAME, said: await answered.catch(({ message }: Error) => message) };
    };

    const [known, unknown] = [await answer('ada@example.com'), await answer('ghost@example.com')];

    assert.match(known.USERNAME, UUID);
    assert.match(unknown.USERNAME, UUID);
    assert.equal(unknown.said, known.said);
    assert.equal(unknown.said, 'Incorrect username or password.');
  });
});
