/**
 * Authentication: who signed a request, and how a failed proof is worded.
 *
 * SigV4 is verified by wire; who an access key is, the domain knows. `iam` and `sts` are signed for us-east-1 by clients that know no other
 * region, so that one is always accepted for them. A key that anybody can guess is no proof where any web page can call. Access tokens are not proven here: they are members of the input.
 */
import type { Clock } from '../base/clock.ts';
import { isFailure } from '../base/failure.ts';
import type { WireRequest } from '../wire/protocol.ts';
import {
  createSigningKeyCache,
  verifySigV4,
  verifySigV4Head,
  type Signed,
  type SigningKeys,
} from '../wire/sigv4/index.ts';
import { isFromElsewhere } from './foreign-pages.ts';
import { commonWords, Refused, wordsFor } from './refusals.ts';
import type { Service } from './service.ts';

const GLOBAL_REGION = 'us-east-1';
const NOT_FOR_OTHERS = 'Other machines and their web pages cannot use a root access key that can be guessed.';
const GLOBAL_SERVICES: readonly string[] = ['iam', 'sts'];

interface AuthenticateParts<Principal> {
  readonly keys: SigningKeys<Principal>;
  readonly clock: Clock;
  /** Regions that a signature may name; any when absent. */
  readonly regions?: readonly string[] | undefined;
  /** True for a caller whose key can be guessed, so that a web page of another machine could sign with it. */
  readonly isGuessable?: ((principal: Principal) => boolean) | undefined;
}

/** Who signed. */
export type Caller<Principal> = Pick<Signed<Principal>, 'principal' | 'region'>;
/** Who claims to have signed; anybody may who has heard of a key's id, unless it is proven. */
export type Claimant<Principal> = Caller<Principal> & { readonly isProven: boolean };

/** Makes the functions that say who signed a request to a service. They throw Refused. */
export function createAuthenticate<Principal>({
  keys,
  clock,
  regions,
  isGuessable,
}: AuthenticateParts<Principal>) {
  const cache = createSigningKeyCache();
  const partsOf = ({ name }: Service) => ({
    keys,
    clock,
    cache,
    services: [name],
    regions: regions && GLOBAL_SERVICES.includes(name) ? [...regions, GLOBAL_REGION] : regions,
    presigned: 'accepted' as const,
  });

  /** @throws Refused */
  async function provenBy(
    head: Omit<WireRequest, 'body'>,
    service: Service,
    verify: () => Promise<Caller<Principal>>,
  ): Promise<Caller<Principal>> {
    const caller = await inWordsOf(service, verify);
    if (isGuessable?.(caller.principal) && isFromElsewhere(head))
      throw new Refused(commonWords(service.protocol.family, 'access-denied', { reason: NOT_FOR_OTHERS }));
    return caller;
  }

  return {
    /** Who signed the request. */
    whole: (request: WireRequest, service: Service): Promise<Caller<Principal>> =>
      provenBy(request, service, () => verifySigV4(request, { ...partsOf(service), bodyHash: 'from-body' })),

    /** Who claims to have, of a request whose body is not here; see `verifySigV4Head`. */
    head: (head: Omit<WireRequest, 'body'>, service: Service): Promise<Claimant<Principal>> =>
      inWordsOf(service, () => verifySigV4Head(head, partsOf(service))),
  };
}

/** @throws Refused for a failure of a signature, in the service's words */
async function inWordsOf<Result>({ protocol }: Service, verify: () => Promise<Result>): Promise<Result> {
  try {
    return await verify();
  } catch (error) {
    const words = isFailure(error) ? wordsFor(protocol.family, error) : undefined;
    if (words) throw new Refused(words);
    throw error;
  }
}
