/** Sign-in operations of cognito-idp that a server makes for its people, under its own credentials. */
import type { Client } from '../../../domain/pools/clients.ts';
import type { Pool } from '../../../domain/pools/pools.ts';
import { list, oneOf, structure } from '../../../wire/members.ts';
import { assertFlow, begin, common, FLOWS, respond, startFlow } from './auth-flows.ts';
import { toldBy } from './callers.ts';
import { CHALLENGES } from './challenges.ts';
import { anyText, metadata, onPool, poolId, session } from '../members.ts';
import { operation, type Nouns } from '../nouns.ts';

const contextData = structure({
  IpAddress: anyText,
  ServerName: anyText,
  ServerPath: anyText,
  // As many as our own listener takes; AWS names no maximum.
  HttpHeaders: list(structure({ headerName: anyText.optional(), headerValue: anyText.optional() }), {
    max: 200,
  }),
  EncodedData: anyText.optional(),
});

export const AdminInitiateAuth = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    ...common,
    UserPoolId: poolId,
    ContextData: contextData.optional(),
    AuthFlow: oneOf(FLOWS),
    AuthParameters: metadata.optional(),
    Session: session.optional(),
  }),
  async handle({ UserPoolId, ClientId, AuthFlow, AuthParameters = {}, Session, ...input }, nouns) {
    const asker = {
      ...(await askerOf(nouns, UserPoolId, ClientId)),
      metadata: input.ClientMetadata,
      caller: toldBy(input.ContextData?.IpAddress),
      whence: { ip: input.ContextData?.IpAddress },
    };
    if (AuthFlow === 'ADMIN_USER_PASSWORD_AUTH' || AuthFlow === 'ADMIN_NO_SRP_AUTH') {
      assertFlow(asker.client, 'admin-password');
      return begin(nouns, asker, 'password', AuthParameters);
    }
    return startFlow(nouns, asker, { flow: AuthFlow, parameters: AuthParameters, session: Session });
  },
});

export const AdminRespondToAuthChallenge = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    ...common,
    UserPoolId: poolId,
    ContextData: contextData.optional(),
    ChallengeName: oneOf(CHALLENGES),
    Session: session.optional(),
    ChallengeResponses: metadata.optional(),
  }),
  async handle(input, nouns) {
    const { UserPoolId, ClientId, ChallengeName: name, Session: given } = input;
    const asker = {
      ...(await askerOf(nouns, UserPoolId, ClientId)),
      metadata: input.ClientMetadata,
      caller: toldBy(input.ContextData?.IpAddress),
      whence: { ip: input.ContextData?.IpAddress },
    };
    return respond(nouns, asker, { name, given, responses: input.ChallengeResponses ?? {} });
  },
});

async function askerOf(
  { clients, pools }: Nouns,
  pool: string,
  client: string,
): Promise<{ pool: Pool; client: Client }> {
  return { pool: await pools.get(pool), client: await clients.get(pool, client) };
}
