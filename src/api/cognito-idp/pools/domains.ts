/** Domain operations of cognito-idp. */
import { regionOfId } from '../../../base/arn.ts';
import type { PoolDomain } from '../../../domain/pools/pool-domains.ts';
import { integer, oneOf, structure, text } from '../../../wire/members.ts';
import { arn, assertBeyondLite, onPool, poolId, refuse } from '../members.ts';
import { unsought } from '../../../wire/target.ts';
import { operation } from '../nouns.ts';

const domainName = text({ min: 1, max: 63, pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/ });
const customDomain = structure({
  CertificateArn: arn,
  SecurityPolicy: oneOf(['TLS_V1', 'TLS_V1_2_2021', 'TLS_V1_3_2025']).optional(),
});
const routing = structure({
  Failover: structure({
    SecondaryRegion: text({ min: 5, max: 32 }),
    PrimaryRoute53HealthCheckId: text({ max: 64 }),
  }).optional(),
});

export const CreateUserPoolDomain = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    Domain: domainName,
    UserPoolId: poolId,
    ManagedLoginVersion: integer().optional(),
    CustomDomainConfig: customDomain.optional(),
    Routing: routing.optional(),
  }),
  async handle(
    { Domain, UserPoolId, ManagedLoginVersion, CustomDomainConfig, Routing },
    { pools, poolDomains },
  ) {
    if (CustomDomainConfig) refuse('CustomDomainConfig is not supported.');
    if (Routing?.Failover) refuse('Routing is not supported.');
    if (ManagedLoginVersion !== undefined && ![1, 2].includes(ManagedLoginVersion))
      refuse('ManagedLoginVersion must be 1 or 2.');
    if (ManagedLoginVersion === 2) assertBeyondLite(await pools.get(UserPoolId), 'Managed login');
    await poolDomains.create({ domain: Domain, poolId: UserPoolId, version: ManagedLoginVersion });
    return { ManagedLoginVersion };
  },
});

export const DescribeUserPoolDomain = operation({
  caller: 'iam',
  // The name does not tell whose it is before it is read.
  on: () => unsought('*'),
  input: structure({ Domain: domainName }),
  async handle({ Domain }, { poolDomains }, { account, region }) {
    const domain = await poolDomains.find(Domain);
    const isHere = domain !== undefined && regionOfId(domain.poolId) === region;
    // Cognito answers a name that nobody has with an empty description; a pool of another region has none here.
    return { DomainDescription: isHere ? domainDescription(domain, account) : {} };
  },
});

/** A domain in the wire's words (DomainDescriptionType). */
const domainDescription = ({ domain, poolId: pool, version }: PoolDomain, account: string) => ({
  UserPoolId: pool,
  AWSAccountId: account,
  Domain: domain,
  Status: 'ACTIVE' as const,
  ManagedLoginVersion: version,
});
