/** Sign-in operations of cognito-idp. */
import { oneOf, structure } from '../../../wire/members.ts';
import { assertFlow, begin, common, FLOWS, respond, startFlow } from './auth-flows.ts';
import { callerOf } from './callers.ts';
import { CHALLENGES } from './challenges.ts';
import { metadata, session, userContext } from '../members.ts';
import { operation, type Nouns } from '../nouns.ts';

export const InitiateAuth = operation({
  caller: 'client',
  input: structure({
    ...common,
    UserContextData: userContext.optional(),
    AuthFlow: oneOf(FLOWS),
    AuthParameters: metadata.optional(),
    Session: session.optional(),
  }),
  async handle(
    { ClientId, AuthFlow, AuthParameters = {}, ClientMetadata, Session, UserContextData },
    nouns,
    { sourceIp, userAgent },
  ) {
    const from = { sourceIp, userAgent, UserContextData };
    const asker = { ...(await askerOf(nouns, ClientId, from)), metadata: ClientMetadata };
    if (AuthFlow === 'USER_PASSWORD_AUTH') {
      assertFlow(asker.client, 'password');
      return begin(nouns, asker, 'password', AuthParameters);
    }
    return startFlow(nouns, asker, { flow: AuthFlow, parameters: AuthParameters, session: Session });
  },
});

export const RespondToAuthChallenge = operation({
  caller: 'client',
  input: structure({
    ...common,
    UserContextData: userContext.optional(),
    ChallengeName: oneOf(CHALLENGES),
    Session: session.optional(),
    ChallengeResponses: metadata.optional(),
  }),
  async handle(input, nouns, { sourceIp, userAgent }) {
    const { ClientId, ChallengeName: name, Session: given, ChallengeResponses: responses = {} } = input;
    const from = { sourceIp, userAgent, UserContextData: input.UserContextData };
    const asker = { ...(await askerOf(nouns, ClientId, from)), metadata: input.ClientMetadata };
    return respond(nouns, asker, { name, given, responses });
  },
});

interface From {
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  readonly UserContextData: { readonly IpAddress?: string | undefined } | undefined;
}

async function askerOf({ clients, pools }: Nouns, id: string, from: From) {
  const client = await clients.find(id);
  return {
    client,
    pool: await pools.get(client.poolId),
    caller: callerOf(client, from, from.UserContextData),
    whence: { ip: from.sourceIp, userAgent: from.userAgent },
  };
}
