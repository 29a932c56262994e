/**
 * SAML identities: an assertion of a provider that roles may trust, traded for credentials of such a role.
 *
 * The assertion must be for us, by name and by address, must give the person the very role that is asked for, and is believed once: AWS takes it again while it lasts, and so would lend it to whoever saw it. It is used up only by
 * credentials that are given.
 * Source: STS API reference, AssumeRoleWithSAML; IAM user guide, "SAML 2.0 federation", "Available keys for AWS SAML federation".
 */
import { createHash } from 'node:crypto';
import { plusSeconds, type Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import type { Credentials } from '../access/credentials.ts';
import type { FederatedSessionFailure, FederatedSessions } from '../access/federated-sessions.ts';
import type { RequestKeys } from '../access/request-context.ts';
import type { Role } from '../access/roles.ts';
import type { SamlProvider, SamlProviderList } from '../access/trusted-issuers/saml-providers.ts';
import type {
  Acceptance,
  AssertionFacts,
  IdentityProviders,
  ProvenSubject,
} from '../ports/identity-provider.ts';
import {
  askedSessionOf,
  keysOf,
  offersRole,
  type AskedSession,
  type SamlAttributeFailure,
} from './saml-attributes.ts';
import type { ClaimOnce } from '../ports/replay-cache.ts';

interface SamlIdentityRequest {
  readonly roleArn: string;
  readonly providerArn: string;
  /** A response, in base64. */
  readonly assertion: string;
  readonly seconds: number;
  /** JSON text that narrows the session. */
  readonly sessionPolicy?: string;
  /** Keys of the request. */
  readonly context: RequestKeys;
}
interface SamlIdentitySession {
  readonly role: Role;
  readonly credentials: Credentials;
  readonly sessionName: string;
  readonly sourceIdentity: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly subject: string;
  /** `persistent`, `transient`, or a format by its whole name. */
  readonly subjectType: string;
  readonly issuer: string;
  /** Where the assertion was sent to. */
  readonly recipient: string;
  /** Together with the subject it names a person for good. */
  readonly nameQualifier: string;
}
/** `saml-identity-invalid` (fact: reason), `saml-identity-expired`, `saml-identity-rejected`. */
export type SamlIdentityFailure = SamlAttributeFailure | 'saml-identity-expired' | 'saml-identity-rejected';

const ACTION = 'sts:AssumeRoleWithSAML';
/** How long after its issue an assertion is taken. */
const FRESH_SECONDS = 300;
const FORMATS = 'urn:oasis:names:tc:SAML:2.0:nameid-format:';
/** SAML 2.0 Core, 8.3: what a name without a format is. */
const UNSPECIFIED = 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified';

interface SamlIdentityParts {
  readonly samlProviders: SamlProviderList;
  readonly identityProviders: IdentityProviders;
  readonly sessions: FederatedSessions;
  readonly claimOnce: ClaimOnce;
  readonly clock: Clock;
  readonly account: string;
  /** What we are called, and where we are, in assertions. */
  readonly party: Acceptance;
}

export function createSamlIdentity(parts: SamlIdentityParts) {
  const { samlProviders, identityProviders, sessions, claimOnce, clock, account, party } = parts;
  const expired = () => new Failure<SamlIdentityFailure>('saml-identity-expired');

  async function prove({ metadata, entityId }: SamlProvider, assertion: string): Promise<ProvenSubject> {
    const settings = { details: { MetadataFile: metadata }, issuer: entityId };
    try {
      return await identityProviders.of('SAML', settings).prove(assertion, party);
    } catch (error) {
      if (!isFailure(error, 'provider-refused')) throw error;
      const { reason, because } = error.facts;
      if (because === 'over') throw expired();
      if (because === 'unsuccessful' || because === 'not-passive')
        throw new Failure<SamlIdentityFailure>('saml-identity-rejected');
      throw invalid(`The SAML response is refused: ${reason}.`, error);
    }
  }

  /** How long the provider's word is good for. @throws Failure `saml-identity-expired` */
  function lasting({ issuedAt, sessionEndsAt }: AssertionFacts, { seconds }: AskedSession): number {
    const now = clock.now();
    if (plusSeconds(issuedAt, FRESH_SECONDS) <= now) throw expired();
    const left = sessionEndsAt === undefined ? Infinity : (sessionEndsAt.getTime() - now.getTime()) / 1000;
    if (left < 1) throw expired();
    return Math.floor(Math.min(left, seconds ?? Infinity));
  }

  return {
    /** @throws Failure of SamlIdentityFailure, FederatedSessionFailure, `malformed-policy`, `session-too-large` */
    async assume({ assertion, providerArn, ...request }: SamlIdentityRequest): Promise<SamlIdentitySession> {
      const provider = await samlProviders.byArn(providerArn);
      if (!provider) throw invalid("Specified provider doesn't exist.");
      const { subject, claims, once, assertion: facts } = await prove(provider, assertion);
      if (!once || !facts) throw new Error('unreachable: a SAML proof has an id and says how it came');
      const asked = askedSessionOf(claims);
      const mostSeconds = lasting(facts, asked);
      // Answered as a role that does not trust, so that nobody learns which roles there are; a guess at AWS's own answer.
      if (!offersRole(claims, request.roleArn, providerArn))
        throw new Failure<FederatedSessionFailure>(
          'federation-not-trusted',
          { action: ACTION },
          { why: 'the assertion does not offer the role with this provider' },
        );
      const issuer = provider.entityId;
      const nameQualifier = qualifierOf(issuer, account, provider.name);
      const format = facts.format ?? UNSPECIFIED;
      const subjectType = subjectTypeOf(format);
      const person = {
        'saml:sub': subject,
        'saml:sub_type': ['persistent', 'transient'].includes(subjectType) ? subjectType : format,
        'saml:namequalifier': nameQualifier,
        'aws:FederatedProvider': providerArn,
      };
      const { role, credentials } = await sessions.open({
        ...request,
        action: ACTION,
        federated: providerArn,
        sessionName: asked.sessionName,
        carried: asked.carried,
        mostSeconds,
        proof: {
          ...keysOf(claims),
          ...person,
          'saml:aud': facts.recipient,
          'saml:iss': issuer,
          'saml:doc': `${account}/${provider.name}`,
        },
        lasting: person,
      });
      // The last step, so that a mistake in the request does not use it up. By the issuer's own name: two providers here may be the same one out there.
      if (!(await claimOnce({ issuedBy: ['sts'], ...once, id: `${issuer} ${once.id}` })))
        throw invalid('The SAML response was used before.');
      return {
        role,
        credentials,
        sessionName: asked.sessionName,
        ...asked.carried,
        sourceIdentity: asked.carried.sourceIdentity,
        subject,
        subjectType,
        issuer,
        recipient: facts.recipient,
        nameQualifier,
      };
    },
  };
}
export type SamlIdentity = ReturnType<typeof createSamlIdentity>;

/**
 * Whom assertions must be for. AWS's name for itself is taken beside ours, for it says nothing of where an assertion goes. Its addresses are ours only where we stand in its place: an assertion that was sent to AWS
 * must not open anything here.
 */
export function samlParty(
  publicUrl: string,
  { inPlaceOfAws, region }: { readonly inPlaceOfAws: boolean; readonly region: string },
): Acceptance {
  const aws = ['https://signin.aws.amazon.com/saml', `https://${region}.signin.aws.amazon.com/saml`];
  const recipients = [`${publicUrl}/saml`, ...(inPlaceOfAws ? aws : [])];
  return { recipients, audiences: ['urn:amazon:webservices', ...recipients] };
}

const invalid = (reason: string, cause?: unknown) =>
  new Failure<SamlIdentityFailure>('saml-identity-invalid', { reason }, { cause });

const subjectTypeOf = (format: string): string =>
  format.startsWith(FORMATS) ? format.slice(FORMATS.length) : format;

/** SHA-1 is AWS's choice: the name of a namespace, which protects nothing. */
const qualifierOf = (issuer: string, account: string, name: string): string =>
  createHash('sha1').update(`${issuer}${account}/${name}`).digest('base64');
