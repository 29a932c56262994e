/** Input members and answers that STS operations share, with the limits of the API model. */
import { parseArn } from '../../base/arn.ts';
import { Failure } from '../../base/failure.ts';
import { MOST_TOKEN, type Credentials } from '../../domain/access/credentials.ts';
import { list, queryInteger, structure, text } from '../../wire/members.ts';

/** `refused-parameter` (fact: reason). */
export type ParameterFailure = 'refused-parameter';

/** @throws Failure `refused-parameter`, always */
export function refuse(reason: string): never {
  throw new Failure<ParameterFailure>('refused-parameter', { reason });
}

const ARN_TEXT = /[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]+/u;

export const arnText = text({ min: 20, max: 2048, pattern: ARN_TEXT });
/** Anything but a role's ARN is refused here, before a token, an assertion or a policy is looked at. */
export const roleArn = arnText.refine(isRoleArn, 'Member must be the ARN of a role');
export const sessionName = text({ min: 2, max: 64, pattern: /[\w+=,.@-]*/ });
/** The model bounds it where a token is shown; the API reference does for AssumeRole as well. */
export const sessionPolicy = text({ min: 1, max: 2048, pattern: /[\u0009\u000A\u000D\u0020-\u00FF]+/ });

/** MinimumSessionTokenSize, in characters. */
export const tokenSize = queryInteger({ min: 0, max: 4096 });
/** STS API reference: up to ten managed policies. */
export const policyArns = list(structure({ arn: arnText.optional() }), { max: 10 });

function isRoleArn(text: string): boolean {
  const { service, account = '', resource = '' } = parseArn(text) ?? {};
  return service === 'iam' && /^\d{12}$/.test(account) && /^role\/.*[^/]$/s.test(resource);
}

/**
 * How large the token is, and how much of what it may be.
 * @param isPacked the caller gave policies or tags: then AWS says the same once more by its older name
 */
export function tokenSizes({ sessionToken }: Credentials, { isPacked }: { readonly isPacked: boolean }) {
  const percent = Math.ceil((sessionToken.length * 100) / MOST_TOKEN);
  return {
    SessionTokenSize: sessionToken.length,
    SessionTokenUtilization: percent,
    PackedPolicySize: isPacked ? percent : undefined,
  };
}

/** Credentials in the wire's words. */
export const credentialsType = ({ accessKeyId, secretAccessKey, sessionToken, expiresAt }: Credentials) => ({
  AccessKeyId: accessKeyId,
  SecretAccessKey: secretAccessKey,
  SessionToken: sessionToken,
  Expiration: expiresAt,
});
