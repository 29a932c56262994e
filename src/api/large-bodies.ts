/**
 * Large bodies: whether more than 256 KiB of a request's body may be read, decided from its head.
 *
 * A body costs memory and arithmetic before it can be verified. So what is beyond the first 256 KiB is read only for an operation that
 * declares more, and for a caller whose key and token live, and whom policies allow the action: exactly so where the resource stands in the
 * head, else on any resource at all. The whole request is verified and authorized again afterwards; this decides about reading alone.
 */
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { clientOf } from '../base/request-head.ts';
import { requestKeys } from '../domain/access/request-context.ts';
import type { Operation } from '../wire/operation.ts';
import type { WireRequest } from '../wire/protocol.ts';
import { readMembers } from '../wire/read-members.ts';
import type { Caller, Claimant } from './authenticate.ts';
import { authorize, type CallingPrincipal, type Decide } from './authorize.ts';
import { MOST_BYTES, type Chosen } from './choose.ts';
import { commonWords, Refused } from './refusals.ts';
import type { Mounted, Service } from './service.ts';

interface AdmissionParts<Principal extends CallingPrincipal> {
  readonly authenticate: (head: Omit<WireRequest, 'body'>, service: Service) => Promise<Claimant<Principal>>;
  readonly decide: Decide<Principal>;
  /** Whether any policy of the principal allows the action on anything. */
  readonly couldAllow: (principal: Principal, action: string) => Promise<boolean>;
  readonly clock: Clock;
  readonly account: string;
}

/** How many bytes of body an operation takes. */
export const limitOf = ({ largeBodies = {} }: Service, name: string): number =>
  (Object.hasOwn(largeBodies, name) ? largeBodies[name]?.bytes : undefined) ?? MOST_BYTES;

/** @throws Error for a service whose large bodies could not be decided on: they must be of signed operations */
export function assertDecidable({ name: service, operations, largeBodies = {} }: Service): void {
  for (const [name, { decidedOn = [] }] of Object.entries(largeBodies)) {
    const operation = operations[name];
    if (operation?.caller !== 'iam')
      throw new Error(`${service}:${name} has a large body, and nobody signs for it.`);
    if (decidedOn.length > 0) schemaOf(operation, decidedOn);
  }
}

/** Makes the function that decides. It gives the bytes that the whole body may have, and throws Refused. */
export function createAdmission<Principal extends CallingPrincipal>(parts: AdmissionParts<Principal>) {
  return async ({ mounted, name }: Chosen, head: Omit<WireRequest, 'body'>): Promise<number> => {
    const { service } = mounted;
    const { family } = service.protocol;
    const limit = limitOf(service, name);
    const operation = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
    if (!operation || limit <= MOST_BYTES)
      throw new Refused(commonWords(family, 'body-too-large', { limit: MOST_BYTES }));
    const caller = await parts.authenticate(head, service);
    const action = `${service.name}:${name}`;
    const decide = caller.isProven ? parts.decide : tellingNothing(parts.decide, action);
    if (!(await authorizeByHead({ mounted, name, operation, head, caller }, { ...parts, decide }))) {
      const reason = caller.isProven ? refusal(caller, action) : unproven(action);
      if (!(await parts.couldAllow(caller.principal, action)))
        throw new Refused(commonWords(family, 'access-denied', { reason }));
    }
    return limit;
  };
}

interface AtHead<Principal> {
  readonly mounted: Mounted;
  readonly name: string;
  readonly operation: Operation;
  readonly head: Omit<WireRequest, 'body'>;
  readonly caller: Caller<Principal>;
}

/**
 * Authorizes by what stands in the head, where that is enough.
 * @returns false when the operation is not decided on its head
 * @throws Refused
 */
export async function authorizeByHead<Principal extends CallingPrincipal>(
  { mounted: { service, nouns }, name, operation, head, caller: { principal, region } }: AtHead<Principal>,
  { decide, clock, account }: Pick<AdmissionParts<Principal>, 'decide' | 'clock' | 'account'>,
): Promise<boolean> {
  const { protocol, invalidInput: code, largeBodies = {} } = service;
  const { decidedOn } = (Object.hasOwn(largeBodies, name) && largeBodies[name]) || {};
  if (!decidedOn || !protocol.readHead || !operation.on || operation.needsNoPermission) return false;
  const schema = schemaOf(operation, decidedOn);
  const { input, fault } = readMembers<object>(schema, protocol.readHead(head), protocol.family);
  if (fault) throw new Refused({ code, status: 400, message: fault.message });
  const {
    arn: resource,
    named,
    tags: resourceTags,
  } = await operation.on(input, nouns, { region, account, principal });
  await authorize(decide, {
    principal,
    action: `${service.name}:${name}`,
    resource,
    named,
    resourceTags,
    context: requestKeys({ client: clientOf(head), region, account, now: clock.now() }),
    family: protocol.family,
  });
  return true;
}

/** The members of that name, of an operation's input. */
function schemaOf({ input }: Operation, names: readonly string[]): z.ZodType<object> {
  if (!(input instanceof z.ZodObject) || names.some((name) => !Object.hasOwn(input.shape, name)))
    throw new Error('A large body is decided on members that the input does not have.');
  const shape: z.ZodRawShape = input.shape;
  return z.object(Object.fromEntries(names.map((name) => [name, shape[name]!])));
}

const refusal = ({ principal }: Caller<CallingPrincipal>, action: string): string =>
  `User: ${principal.arn} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`;

/** What is told to who has proven nothing yet: not whose the key is. */
const unproven = (action: string): string => `The caller is not authorized to perform: ${action}`;

/** The same decisions, in words that say nothing of the principal and of its policies. */
const tellingNothing =
  <Principal>(decide: Decide<Principal>, action: string): Decide<Principal> =>
  async (principal, question) => ({
    verdict: (await decide(principal, question)).verdict,
    message: unproven(action),
  });
