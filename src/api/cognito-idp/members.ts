/**
 * Input members that many user-pool operations share, with the limits of Cognito's API model.
 */
import { integer, list, mapOf, oneOf, structure, text } from '../../wire/members.ts';
import { Failure } from '../../base/failure.ts';

/**
 * `refused-parameter` (fact: reason): input that is well formed and means nothing we can do. `feature-not-in-tier` (facts: feature, tier), `oauth-flow-refused` (fact: reason), `scope-not-found` (fact: scope): the same,
 * where Cognito has a word for it.
 */
export type ParameterFailure =
  | 'refused-parameter'
  | 'feature-not-in-tier'
  | 'oauth-flow-refused'
  | 'scope-not-found';

/** @throws Failure `refused-parameter`, always */
export function refuse(reason: string): never {
  throw new Failure<ParameterFailure>('refused-parameter', { reason });
}

/** The feature that USER_AUTH is. */
export const CHOICE = 'Choice-based sign-in';

/** @throws Failure `feature-not-in-tier` where the pool's feature plan is the smallest */
export function assertBeyondLite({ tier }: { readonly tier: string }, feature: string): void {
  if (tier === 'LITE') throw new Failure<ParameterFailure>('feature-not-in-tier', { feature, tier });
}

export const ARN =
  /arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?/;
const NAME = /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u;
const ATTRIBUTE_NAME = /[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+/u;

/** Texts that the model bounds only by what any text may be. */
export const anyText = text({ max: 131_072 });
export const arn = text({ min: 20, max: 2048, pattern: ARN });
export const poolId = text({ min: 1, max: 55, pattern: /[\w-]+_[0-9a-zA-Z]+/ });
export const clientId = text({ min: 1, max: 128, pattern: /[\w+]+/ });
export const username = text({ min: 1, max: 128, pattern: NAME });
export const groupName = text({ min: 1, max: 128, pattern: NAME });
/** Spaces are allowed, as at Cognito, whose pattern asks for one character that is none. */
export const password = text({ max: 256, pattern: /[\S]+/, matches: (value) => /\S/.test(value) });
/** Of a user who may have none: blank is none. */
export const passwordOrBlank = text({
  max: 256,
  pattern: /[\S]*/,
  matches: (value) => value === '' || /\S/.test(value),
});
export const secretHash = text({ min: 1, max: 128, pattern: /[\w+=/]+/ });
export const clientSecret = text({ min: 24, max: 64, pattern: /[\w+]+/ });
export const confirmationCode = text({ min: 1, max: 2048, pattern: /[\S]+/ });
export const session = text({ min: 20, max: 2048 });
export const deviceKey = text({ min: 1, max: 55, pattern: /[\w-]+_[0-9a-f-]+/ });
/** How far the end of a session reaches (RevokeAssociatedSessions). */
export const reach = oneOf(['LINKED', 'NONE']);
export const accessToken = text({ pattern: /[A-Za-z0-9-_=.]+/ });
export const searchToken = text({ min: 1, pattern: /[\S]+/ });
export const pageToken = text({ min: 1, max: 131_072, pattern: /[\S]+/ });
export const pageSize = integer({ min: 0, max: 60 });
export const attributeName = text({ min: 1, max: 32, pattern: ATTRIBUTE_NAME });
/** A pool has 20 standard and up to 50 custom attributes (Cognito's quota), and a list may name some twice. */
export const MOST_ATTRIBUTES = 100;
export const attributes = list(structure({ Name: attributeName, Value: text({ max: 2048 }).optional() }), {
  max: MOST_ATTRIBUTES,
});
/** AWS bounds these by bytes alone; no client of ours sends so many. */
export const metadata = mapOf(anyText, anyText, { max: 100 });
export const analytics = structure({ AnalyticsEndpointId: anyText.optional() });
export const userContext = structure({ IpAddress: anyText.optional(), EncodedData: anyText.optional() });
export const poolName = text({ min: 1, max: 128, pattern: /[\w\s+=,.@-]+/ });

export { onPool } from '../on-pool.ts';

/** Attributes as the domain has them; the last of a name counts. */
export const attributesFrom = (
  listed: readonly { Name: string; Value?: string }[] = [],
): Record<string, string> => Object.fromEntries(listed.map(({ Name, Value = '' }) => [Name, Value]));
