/**
 * Authentication: who signed a request, and how a failed proof is worded.
 *
 * SigV4 is verified by wire; who an access key is, the domain knows. `iam` and `sts` are signed for us-east-1 by clients that know no other
 * region, so that one is always accepted for them. Access tokens are not proven here: they are members of the input.
 */
import type { Clock } from '../base/clock.ts';
import { isFailure } from '../base/failure.ts';
import type { WireRequest } from '../wire/protocol.ts';
import { createSigningKeyCache, verifySigV4, type Signed, type SigningKeys } from '../wire/sigv4.ts';
import { Refused, wordsFor } from './refusals.ts';
import type { Service } from './service.ts';

const GLOBAL_REGION = 'us-east-1';
const GLOBAL_SERVICES: readonly string[] = ['iam', 'sts'];

export interface AuthenticateParts<Principal> {
  readonly keys: SigningKeys<Principal>;
  readonly clock: Clock;
  /** Regions that a signature may name; any when absent. */
  readonly regions?: readonly string[] | undefined;
}

/** Makes the function that says who signed a request to a service. It throws Refused. */
export function createAuthenticate<Principal>({ keys, clock, regions }: AuthenticateParts<Principal>) {
  const cache = createSigningKeyCache();

  return async (request: WireRequest, service: Service): Promise<Signed<Principal>> => {
    const accepted =
      regions && GLOBAL_SERVICES.includes(service.name) ? [...regions, GLOBAL_REGION] : regions;
    try {
      return await verifySigV4(request, {
        keys,
        clock,
        cache,
        services: [service.name],
        regions: accepted,
        bodyHash: 'from-body',
        presigned: 'accepted',
      });
    } catch (error) {
      const words = isFailure(error) ? wordsFor(service.protocol.family, error) : undefined;
      if (words) throw new Refused(words);
      throw error;
    }
  };
}
