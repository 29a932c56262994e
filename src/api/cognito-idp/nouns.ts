/** The part of the domain that user-pool operations may touch. */
import type { Principal } from '../../domain/access/principal.ts';
import type { Clients } from '../../domain/directory/clients.ts';
import type { Groups } from '../../domain/directory/groups.ts';
import type { Invitations } from '../../domain/directory/invitations.ts';
import type { Leaving } from '../../domain/directory/leaving.ts';
import type { Passkeys } from '../../domain/directory/passkeys.ts';
import type { PoolDomains } from '../../domain/directory/pool-domains.ts';
import type { Pools } from '../../domain/directory/pools.ts';
import type { Providers } from '../../domain/directory/providers.ts';
import type { ResourceServers } from '../../domain/directory/resource-servers.ts';
import type { SignUp } from '../../domain/directory/sign-up.ts';
import type { Users } from '../../domain/directory/users.ts';
import type { Factors } from '../../domain/sign-in/factors.ts';
import type { HasPasskey } from '../../domain/sign-in/first-factors.ts';
import type { SignIn, UnderWay } from '../../domain/sign-in/sign-in.ts';
import type { SignUpSessions } from '../../domain/sign-in/sign-up-sessions.ts';
import type { SoftwareTokens } from '../../domain/sign-in/software-tokens.ts';
import type { Bearer, Tokens } from '../../domain/tokens/tokens.ts';
import type { Clock } from '../../base/clock.ts';
import { operationsOver } from '../../wire/operation.ts';

export interface Nouns {
  readonly pools: Pools;
  readonly clients: Clients;
  readonly users: Users;
  readonly groups: Groups;
  readonly leaving: Leaving;
  readonly providers: Providers;
  readonly resourceServers: ResourceServers;
  readonly poolDomains: PoolDomains;
  readonly passkeys: Passkeys;
  readonly signUp: SignUp;
  readonly invitations: Invitations;
  readonly signIn: SignIn;
  readonly factors: Factors;
  readonly hasPasskey: HasPasskey;
  readonly softwareTokens: SoftwareTokens;
  readonly signUpSessions: SignUpSessions;
  readonly tokens: Tokens;
  readonly clock: Clock;
}
export const operation = operationsOver<Nouns, Principal, Bearer, UnderWay>();
