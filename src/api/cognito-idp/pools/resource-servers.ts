/** Resource-server operations of cognito-idp. */
import type { ResourceServer } from '../../../domain/pools/resource-servers.ts';
import { list, structure, text } from '../../../wire/members.ts';
import { onPool, poolId, refuse } from '../members.ts';
import { operation } from '../nouns.ts';

const identifier = text({ min: 1, max: 256, pattern: /[\x21\x23-\x5B\x5D-\x7E]+/ });
const scope = structure({
  ScopeName: text({ min: 1, max: 256, pattern: /[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+/ }),
  ScopeDescription: text({ min: 1, max: 256 }),
});

export const CreateResourceServer = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    UserPoolId: poolId,
    Identifier: identifier,
    Name: text({ min: 1, max: 256, pattern: /[\w\s+=,.@-]+/ }),
    Scopes: list(scope, { max: 100 }).optional(),
  }),
  async handle({ UserPoolId, Identifier, Name, Scopes = [] }, { resourceServers }) {
    if (new Set(Scopes.map(({ ScopeName }) => ScopeName)).size < Scopes.length)
      refuse('Scope names of a resource server must be unique.');
    const server = await resourceServers.create({
      poolId: UserPoolId,
      identifier: Identifier,
      name: Name,
      scopes: Scopes.map(({ ScopeName: name, ScopeDescription: description }) => ({ name, description })),
    });
    return { ResourceServer: resourceServerType(server) };
  },
});

export const DescribeResourceServer = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, Identifier: identifier }),
  async handle({ UserPoolId, Identifier }, { resourceServers }) {
    return { ResourceServer: resourceServerType(await resourceServers.get(UserPoolId, Identifier)) };
  },
});

/** A resource server in the wire's words (ResourceServerType). */
const resourceServerType = ({ poolId: pool, identifier: id, name, scopes }: ResourceServer) => ({
  UserPoolId: pool,
  Identifier: id,
  Name: name,
  Scopes: scopes.map((each) => ({ ScopeName: each.name, ScopeDescription: each.description })),
});
