/**
 * Where one-time values are made and shown: a pool that has every way to sign in, one in which a second factor must be set
 * up, one of somebody else, and clients that may do everything at the API and at the pages.
 */
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { addUpstream } from '../../api/oidc/federated/upstream.ts';
import { CALLBACK, createBrowser, createWorld, type Browser, type Page } from '../../api/oidc/world.ts';
import { makeReachable } from '../people.ts';
import { RP } from '../passkeys.ts';
import { signIn, type Attributes, type MadePool } from '../pool.ts';
import { askForWords, poolFunctions } from '../pool-functions.ts';
import { metadataOf } from '../saml/saml-idp.ts';

/** The word that the pool's own challenge asks for. */
export const WORD = 'blue';
const FLOWS = [
  'ALLOW_USER_PASSWORD_AUTH',
  'ALLOW_USER_SRP_AUTH',
  'ALLOW_USER_AUTH',
  'ALLOW_CUSTOM_AUTH',
  'ALLOW_ADMIN_USER_PASSWORD_AUTH',
] as const;
const OAUTH = {
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['code' as const],
  AllowedOAuthScopes: ['openid', 'aws.cognito.signin.user.admin'],
  CallbackURLs: [CALLBACK],
  LogoutURLs: [CALLBACK],
  PreventUserExistenceErrors: 'ENABLED' as const,
};
const CHALLENGES = ['DefineAuthChallenge', 'CreateAuthChallenge', 'VerifyAuthChallengeResponse'] as const;

/** A value as it was given, with what its owner has besides. */
export interface Value {
  /** Whose it is. */
  readonly name: string;
  readonly value: string;
  /** Where it was given. */
  readonly pool: MadePool;
  readonly AccessToken?: string;
  readonly browser?: Browser | undefined;
  readonly page?: Page | undefined;
  /** What else the right answer has. */
  readonly answers?: Readonly<Record<string, string>>;
  /** The session that goes with an answer. */
  readonly session?: string;
}

export type OneTimeWorld = Awaited<ReturnType<typeof createOneTimeWorld>>;

export async function createOneTimeWorld() {
  const told = poolFunctions();
  const world = await createWorld(
    {
      functions: told.functions,
      messageLimits: {
        perRecipient: 1e6,
        emailsPerAddress: 1e6,
        textsPerAddress: 1e6,
        emailsPerPool: 1e6,
        textsPerPool: 1e6,
        textsTo: { other: 1e6 },
      },
    },
    {
      AutoVerifiedAttributes: ['email'],
      LambdaConfig: told.configOf(...CHALLENGES),
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'WEB_AUTHN'] } },
      DeviceConfiguration: { ChallengeRequiredOnNewDevice: false, DeviceOnlyRememberedOnUserPrompt: false },
    },
  );
  askForWords(told, WORD);
  const upstream = await addUpstream(world);
  await world.addPerson('lovelace', upstream.poolId);
  await upstream.addProvider('Upstream');
  await world.userPools.createIdentityProvider({
    UserPoolId: world.poolId,
    ProviderName: 'Corp',
    ProviderType: 'SAML',
    ProviderDetails: { MetadataFile: metadataOf() },
  });

  /** Signs by the server's clock as it stands. */
  const idpNow = (): CognitoIdentityProvider => new CognitoIdentityProvider(world.server.client);
  const kept = idpNow();
  /** The SDK corrects a client's clock by the dates of answers, which are real: so it is set before each call. */
  const idpAlways = new Proxy(kept, {
    get(client, name: keyof CognitoIdentityProvider) {
      client.config.systemClockOffset = world.server.clock.now().getTime() - new Date().getTime();
      const member: unknown = client[name];
      return typeof member === 'function' ? (member.bind(client) as unknown) : member;
    },
  });
  async function poolWith(UserPoolId: string, rotates = false): Promise<MadePool> {
    const { UserPoolClient } = await idpNow().createUserPoolClient({
      UserPoolId,
      ClientName: 'app',
      ...OAUTH,
      ExplicitAuthFlows: [...FLOWS, ...(rotates ? [] : (['ALLOW_REFRESH_TOKEN_AUTH'] as const))],
      ...(rotates && { RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 } }),
      SupportedIdentityProviders: UserPoolId === world.poolId ? ['COGNITO', 'Upstream', 'Corp'] : ['COGNITO'],
    });
    return {
      idp: idpAlways,
      UserPoolId,
      Arn: '',
      ClientId: UserPoolClient!.ClientId!,
      ClientSecret: undefined,
    };
  }
  const setMfa = (UserPoolId: string, MfaConfiguration: 'ON' | 'OPTIONAL', more: object = {}) =>
    idpNow().setUserPoolMfaConfig({
      UserPoolId,
      MfaConfiguration,
      SoftwareTokenMfaConfiguration: { Enabled: true },
      ...more,
    });
  await setMfa(world.poolId, 'OPTIONAL', {
    SmsMfaConfiguration: { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms' } },
    WebAuthnConfiguration: { RelyingPartyId: RP, FactorConfiguration: 'SINGLE_FACTOR' },
  });
  const strict = await poolWith(await world.addPool('with a second factor'));
  await setMfa(strict.UserPoolId, 'ON');

  const pool = await poolWith(world.poolId);
  let people = 0;
  interface Some {
    authorize(by: MadePool): string;
    somebody(): Promise<string>;
  }
  /** What is made is kept until the clock moves: it may be over then. */
  function passing<Made>(make: (at: Some) => Promise<Made>) {
    let madeAt = 0;
    let made: Promise<Made> | undefined;
    return function current(this: Some): Promise<Made> {
      const now = world.server.clock.now().getTime();
      if (!made || madeAt !== now) [made, madeAt] = [make(this), now];
      return made;
    };
  }
  return {
    world,
    server: world.server,
    pool,
    /** Whose refresh tokens are good once. */
    rotating: await poolWith(world.poolId, true),
    /** In which everybody must set up a second factor. */
    strict,
    /** Where no value of the pool is good, by what is another. */
    others: {
      client: await poolWith(world.poolId),
      pool: await poolWith(await world.addPool('of somebody else')),
    },
    baseOf: ({ UserPoolId }: MadePool): string => `${world.server.url}/${UserPoolId}`,

    /** An authorization request of the pool's client. */
    authorize: (by: MadePool, more: Record<string, string> = {}): string =>
      `${world.server.url}/${by.UserPoolId}/oauth2/authorize?${new URLSearchParams({
        response_type: 'code',
        client_id: by.ClientId,
        redirect_uri: CALLBACK,
        scope: 'openid aws.cognito.signin.user.admin',
        state: 'a-state',
        ...more,
      })}`,

    /** The browser of somebody who is signed in at the pages. */
    signedIn: passing(async function signedIn(at: Some): Promise<Browser> {
      const browser = createBrowser();
      await world.signIn(at.authorize(pool), await at.somebody(), browser);
      return browser;
    }),
    /** The access token of somebody. */
    bearer: passing(async (at: Some) => (await signIn(pool, await at.somebody())).AccessToken!),
    newName(): string {
      people += 1;
      return `person-${people}`;
    },
    /** Somebody new with PASSWORD and a proven address. */
    async somebody(at = pool, attributes: Attributes = {}): Promise<string> {
      const name = this.newName();
      await makeReachable(at, name, attributes);
      return name;
    },
  };
}
