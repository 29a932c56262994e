/** Sign-in operations of cognito-idp. */
import type { Client } from '../../domain/directory/clients.ts';
import type { Pool } from '../../domain/directory/pools.ts';
import { oneOf, structure } from '../../wire/members.ts';
import { assertFlow, begin, common, FLOWS, respond, startFlow } from './auth-flows.ts';
import { CHALLENGES } from './challenges.ts';
import { metadata, session, userContext } from './members.ts';
import { operation, type Nouns } from './nouns.ts';

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
    { ClientId, AuthFlow, AuthParameters = {}, ClientMetadata, Session },
    nouns,
    { sourceIp, userAgent },
  ) {
    const asker = {
      ...(await askerOf(nouns, ClientId)),
      ...fromWhere(sourceIp, userAgent),
      metadata: ClientMetadata,
    };
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
    const asker = {
      ...(await askerOf(nouns, ClientId)),
      ...fromWhere(sourceIp, userAgent),
      metadata: input.ClientMetadata,
    };
    return respond(nouns, asker, { name, given, responses });
  },
});

async function askerOf({ clients, pools }: Nouns, id: string): Promise<{ pool: Pool; client: Client }> {
  const client = await clients.find(id);
  return { client, pool: await pools.get(client.poolId) };
}

const fromWhere = (sourceIp: string, userAgent: string | undefined) => ({
  sourceIp,
  whence: { ip: sourceIp, userAgent },
});
