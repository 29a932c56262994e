/**
 * Customization: what a pool's function changes of the tokens that are about to be given (PreTokenGeneration).
 *
 * The first version changes the ID token, and the groups of both; the second the access token and its scopes too; the third is asked about clients that speak for themselves as well. What
 * is reserved stays as it is, whatever the function says; what is both replaced and suppressed, is suppressed.
 * Source: Cognito developer guide, "Pre token generation Lambda trigger".
 */
import type { Client } from '../pools/clients.ts';
import { userAttributesOf, type PoolTriggers } from '../triggers/pool-triggers.ts';
import type { Pool } from '../pools/pools.ts';
import { readerOf, refuseAnswer, type AnswerReader } from '../triggers/trigger-responses.ts';
import type { User } from '../users/users.ts';
import type { JwtClaims } from '../ports/signer.ts';
import { maySay, suppressedBy } from './reserved-claims.ts';

/** On what occasion tokens are given; Cognito's triggers call them so. */
export type TokenOccasion =
  | 'HostedAuth'
  | 'Authentication'
  | 'NewPasswordChallenge'
  | 'AuthenticateDevice'
  | 'RefreshTokens';
type Texts = Readonly<Record<string, string>>;

/** What the tokens would say. */
interface Drafts {
  readonly id: JwtClaims;
  readonly access: JwtClaims;
  readonly scopes: readonly string[];
}
export interface CustomizationRequest {
  readonly pool: Pool;
  readonly client: Client;
  readonly user: User;
  readonly occasion: TokenOccasion;
  /** What the caller gave for the pool's functions. */
  readonly metadata?: Texts;
}

const TRIGGER = 'PreTokenGeneration';
const CLIENT_CREDENTIALS = 'ClientCredentials';
/** RFC 6749, section 3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;
const MAX_SCOPES = 100;
const MAX_CLAIMS = 1000;
const FLAGS = new Set(['email_verified', 'phone_number_verified']);

interface Changes {
  readonly said: Readonly<Record<string, unknown>>;
  readonly suppressed: readonly string[];
}
const NO_CHANGES: Changes = { said: {}, suppressed: [] };

export function createCustomization({ poolTriggers }: { poolTriggers: PoolTriggers }) {
  return {
    /** A person's tokens as the pool's function wants them. @throws Failure of TriggerFailure */
    async ofPerson(request: CustomizationRequest, drafts: Drafts): Promise<Drafts> {
      const { pool, client, user, occasion, metadata } = request;
      const version = versionOf(pool);
      if (version === undefined) return drafts;
      const answer = await poolTriggers.ask(pool, TRIGGER, {
        occasion,
        username: user.username,
        clientId: client.id,
        request: {
          userAttributes: userAttributesOf(user),
          groupConfiguration: groupsOf(drafts.id),
          scopes: version === 1 ? undefined : drafts.scopes,
          clientMetadata: metadata,
        },
        response: { [membersOf(version)]: null },
      });
      const read = readerOf(TRIGGER, readerOf(TRIGGER, answer ?? {}).mapping(membersOf(version)) ?? {});
      const groups = groupChanges(read);
      const { id, access } = tokenChanges(read, version);
      const scopes = scopesAfter(read, version, drafts.scopes);
      return {
        id: changed({ ...drafts.id, ...groups }, id, { token: 'id', clientId: client.id }),
        access: changed(
          {
            ...drafts.access,
            ...(groups && { 'cognito:groups': groups['cognito:groups'] }),
            scope: scopes.join(' '),
          },
          access,
          { token: 'access', clientId: client.id },
        ),
        scopes,
      };
    },

    /** The access token of a client that speaks for itself. @throws Failure of TriggerFailure */
    async ofClient(
      { pool, client, metadata }: Pick<CustomizationRequest, 'pool' | 'client' | 'metadata'>,
      { access, scopes }: Omit<Drafts, 'id'>,
    ): Promise<Omit<Drafts, 'id'>> {
      if (versionOf(pool) !== 3) return { access, scopes };
      const answer = await poolTriggers.ask(pool, TRIGGER, {
        occasion: CLIENT_CREDENTIALS,
        username: CLIENT_CREDENTIALS,
        clientId: client.id,
        request: { userAttributes: {}, groupConfiguration: null, scopes, clientMetadata: metadata },
        response: { [membersOf(3)]: null },
      });
      const read = readerOf(TRIGGER, readerOf(TRIGGER, answer ?? {}).mapping(membersOf(3)) ?? {});
      const after = scopesAfter(read, 3, scopes);
      const drafted = { ...access, scope: after.join(' ') };
      return {
        access: changed(drafted, tokenChanges(read, 3).access, { token: 'access', clientId: client.id }),
        scopes: after,
      };
    },
  };
}

/** Undefined where the pool has no such function. */
function versionOf({ triggers }: Pool): 1 | 2 | 3 | undefined {
  const trigger = triggers?.[TRIGGER];
  if (!trigger) return undefined;
  return trigger.version === 'V3_0' ? 3 : trigger.version === 'V2_0' ? 2 : 1;
}

const membersOf = (version: 1 | 2 | 3): string =>
  version === 1 ? 'claimsOverrideDetails' : 'claimsAndScopeOverrideDetails';

const groupsOf = (id: JwtClaims) => ({
  groupsToOverride: id['cognito:groups'] ?? [],
  iamRolesToOverride: id['cognito:roles'] ?? [],
  preferredRole: id['cognito:preferred_role'] ?? null,
});

/** The groups and roles that stand in place of the person's; undefined when these stay. None, when the function answers an empty object or null. */
function groupChanges(details: AnswerReader): Readonly<Record<string, unknown>> | undefined {
  if (!details.has('groupOverrideDetails')) return undefined;
  const read = readerOf(TRIGGER, details.mapping('groupOverrideDetails') ?? {});
  const [groups, roles] = [read.list('groupsToOverride') ?? [], read.list('iamRolesToOverride') ?? []];
  return {
    'cognito:groups': groups.length > 0 ? groups : undefined,
    'cognito:roles': roles.length > 0 ? roles : undefined,
    'cognito:preferred_role': read.text('preferredRole') || undefined,
  };
}

function tokenChanges(details: AnswerReader, version: 1 | 2 | 3): { id: Changes; access: Changes } {
  if (version === 1) return { id: changesIn(details, textOf), access: NO_CHANGES };
  const of = (member: string): Changes =>
    changesIn(readerOf(TRIGGER, details.mapping(member) ?? {}), (value) => value);
  return { id: of('idTokenGeneration'), access: of('accessTokenGeneration') };
}

function changesIn(read: AnswerReader, valueOf: (value: unknown) => unknown): Changes {
  const said = Object.entries(read.mapping('claimsToAddOrOverride') ?? {});
  const suppressed = read.list('claimsToSuppress') ?? [];
  if (said.length + suppressed.length > MAX_CLAIMS) refuseAnswer(TRIGGER);
  const kept = said.filter(([, value]) => value !== null);
  return { said: Object.fromEntries(kept.map(([name, value]) => [name, valueOf(value)])), suppressed };
}

/** The first version knows texts alone; numbers and truth values become some. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return refuseAnswer(TRIGGER);
}

function scopesAfter(
  details: AnswerReader,
  version: 1 | 2 | 3,
  scopes: readonly string[],
): readonly string[] {
  if (version === 1) return scopes;
  const read = readerOf(TRIGGER, details.mapping('accessTokenGeneration') ?? {});
  const added = read.list('scopesToAdd') ?? [];
  const suppressed = new Set(read.list('scopesToSuppress'));
  const after = [...new Set([...scopes, ...added])].filter((scope) => !suppressed.has(scope));
  if (after.length > MAX_SCOPES || added.some((scope) => !SCOPE.test(scope))) refuseAnswer(TRIGGER);
  return after;
}

function changed(
  draft: Readonly<Record<string, unknown>>,
  { said, suppressed }: Changes,
  whose: { readonly token: 'id' | 'access'; readonly clientId: string },
): JwtClaims {
  const sayable = Object.entries(said).filter(([name, value]) => maySay(name, { ...whose, value }));
  const gone = new Set(suppressed.flatMap(suppressedBy));
  const claims = Object.entries({ ...draft, ...Object.fromEntries(sayable.map(asTyped)) });
  return Object.fromEntries(claims.filter(([name, value]) => value !== undefined && !gone.has(name)));
}

/** Truth values stay truth values where the claim is one. */
const asTyped = ([name, value]: readonly [string, unknown]): readonly [string, unknown] => [
  name,
  FLAGS.has(name) && (value === 'true' || value === 'false') ? value === 'true' : value,
];
