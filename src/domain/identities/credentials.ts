/**
 * Credentials for an identity: the role it may take, judged by the role's own trust policy.
 *
 * The trust policy decides on every path, and must say which identity pool it trusts: one that does not would let identities of anybody's pool in. A guest's session is narrowed, whatever the role allows.
 * Source: Cognito developer guide, "Role trust and permissions", "Access policies for unauthenticated identities"; CVE-2024-28056.
 */
import { Failure } from '../../base/failure.ts';
import type { ParsedPolicies } from '../access/authority.ts';
import type { CredentialIssuer, Credentials } from '../access/credentials.ts';
import type { Proof } from '../access/federated-sessions.ts';
import { requestContext, type RequestKeys } from '../access/request-context.ts';
import type { Roles } from '../access/roles.ts';
import { openingKeys } from '../access/session-tags.ts';
import { demandsAudience, trustOf, whyNotTrusted } from '../access/trust/trust.ts';
import type { Identities, Identity } from './identities.ts';
import type { IdentityPools } from './identity-pools.ts';
import { methodsOf, type Logins, type ProvenLogin } from './logins.ts';
import { chooseRole } from './role-choice.ts';

export type IdentityCredentialFailure = 'role-not-trusting';

const ISSUER = 'cognito-identity.amazonaws.com';
const SECONDS = 3600;
const SESSION_NAME = 'CognitoIdentityCredentials';
/** What a guest may use at all. Source: Cognito developer guide, "Services that unauthenticated identities can access". */
const GUEST_SERVICES = [
  'appsync',
  'cognito-identity',
  'cognito-sync',
  'dynamodb',
  'execute-api',
  'firehose',
  'geo',
  'iot',
  'kinesis',
  'lambda',
  'lex',
  'logs',
  'machinelearning',
  'mobileanalytics',
  'mobiletargeting',
  'personalize',
  'polly',
  'rekognition',
  's3',
  'sagemaker',
  'sdb',
  'sns',
  'sqs',
  'transcribe',
  'translate',
];
const GUEST_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: GUEST_SERVICES.map((service) => `${service}:*`), Resource: '*' }],
});

interface IdentityCredentialRequest {
  readonly identityId: string;
  /** Tokens by provider; empty for a guest. */
  readonly logins: Logins;
  readonly customRoleArn: string | undefined;
  /** Keys of the request. */
  readonly context: RequestKeys;
}
interface IdentityCredentialParts {
  readonly identityPools: IdentityPools;
  readonly identities: Identities;
  readonly roles: Roles;
  readonly credentials: CredentialIssuer;
  readonly parsed: ParsedPolicies;
}

export function createIdentityCredentials({
  identityPools,
  identities,
  roles,
  credentials,
  parsed,
}: IdentityCredentialParts) {
  return {
    /**
     * Credentials for an identity, good for one hour.
     *
     * @returns the identity too: another than the one asked for when that is a guest of a user who has one
     * @throws Failure of IdentityFailure, LoginFailure, RoleChoiceFailure; `role-not-trusting`, `session-too-large`
     */
    async of({
      identityId,
      logins,
      customRoleArn,
      context,
    }: IdentityCredentialRequest): Promise<{ identity: Identity; credentials: Credentials }> {
      const asked = await identities.get(identityId);
      const pool = await identityPools.get(asked.poolId);
      const { identity, proven } = await identities.proveOwner(pool, asked, logins);
      const role = await roles.byArn(chooseRole(pool, proven, customRoleArn));
      const proof = proofOf(identity, proven);
      const notTrusting = (why: string) =>
        new Failure<IdentityCredentialFailure>('role-not-trusting', {}, { why });
      if (!role) throw notTrusting('there is no such role');
      const trust = parsed(role.trust, 'trust');
      const request = {
        action: 'sts:AssumeRoleWithWebIdentity',
        asking: { federated: ISSUER },
        ids: {},
        context: requestContext({
          request: context,
          asker: { proof },
          service: openingKeys(SESSION_NAME, { tags: {} }),
          resourceTags: role.tags,
        }),
      };
      if (trustOf(trust, request) !== 'by-name') throw notTrusting(whyNotTrusted(trust, request));
      if (!demandsAudience(trust, { federated: ISSUER, key: `${ISSUER}:aud` }))
        throw notTrusting(`the trust policy does not ask for ${ISSUER}:aud`);
      const sessionPolicies = proven.length === 0 ? [GUEST_POLICY] : [];
      const issued = credentials.issue({
        role,
        sessionName: SESSION_NAME,
        seconds: SECONDS,
        context: proof,
        sessionPolicies,
        ties: proven.flatMap(({ ties }) => ties),
      });
      return { identity, credentials: issued };
    },
  };
}
export type IdentityCredentials = ReturnType<typeof createIdentityCredentials>;

/** What trust policies and the session's own policies may ask about the identity. */
function proofOf(identity: Identity, logins: readonly ProvenLogin[]): Proof {
  return {
    [`${ISSUER}:aud`]: identity.poolId,
    [`${ISSUER}:sub`]: identity.id,
    [`${ISSUER}:amr`]: methodsOf(logins),
    'aws:FederatedProvider': ISSUER,
  };
}
