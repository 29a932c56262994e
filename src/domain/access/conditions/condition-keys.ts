/**
 * Condition keys: every key that a policy may ask for, and where its value comes from.
 *
 * The table of global keys decides what request-context.ts must supply, what policy.ts accepts when a policy is
 * written, and what the contract test asks of every entry point: a key that is added here is demanded everywhere.
 * A key that is `absent` is documented by AWS and never has a value here, because there is no VPC, no organization,
 * no calling service. It is absent at AWS, too, for requests like ours.
 * Source: IAM user guide, "AWS global condition context keys", "IAM and AWS STS condition context keys", "Available
 * keys for AWS OIDC federation", "Available keys for SAML-based AWS STS federation"; service authorization reference.
 */

/**
 * Where a key's value comes from. `request`: every request has it. `header`: those whose client sent the header.
 * `principal`: every signed request. `user`: an IAM user's. `session`: a role session's. `federation`: what somebody
 * outside vouches for, and the sessions made of it. `source-identity`: sessions that were given one. The tags are of
 * whom or what they say. `absent`: no request.
 */
export type KeySource =
  | 'request'
  | 'header'
  | 'principal'
  | 'user'
  | 'session'
  | 'federation'
  | 'source-identity'
  | 'principal-tags'
  | 'request-tags'
  | 'resource-tags'
  | 'absent';

/** The global keys. One that ends in a slash goes on with the key of a tag. */
export const GLOBAL_KEYS = {
  'aws:CurrentTime': 'request',
  'aws:EpochTime': 'request',
  'aws:SecureTransport': 'request',
  'aws:SourceIp': 'request',
  'aws:RequestedRegion': 'request',
  'aws:ViaAWSService': 'request',
  'aws:PrincipalIsAWSService': 'request',
  'aws:ResourceAccount': 'request',
  'aws:UserAgent': 'header',
  'aws:Referer': 'header',
  'aws:PrincipalArn': 'principal',
  'aws:PrincipalAccount': 'principal',
  'aws:PrincipalType': 'principal',
  'aws:userid': 'principal',
  'aws:username': 'user',
  'aws:TokenIssueTime': 'session',
  'aws:MultiFactorAuthPresent': 'session',
  'aws:FederatedProvider': 'federation',
  'aws:SourceIdentity': 'source-identity',
  'aws:PrincipalTag/': 'principal-tags',
  'aws:RequestTag/': 'request-tags',
  'aws:TagKeys': 'request-tags',
  'aws:ResourceTag/': 'resource-tags',
  'aws:AssumedRoot': 'absent',
  'aws:CalledVia': 'absent',
  'aws:CalledViaAWSMCP': 'absent',
  'aws:CalledViaFirst': 'absent',
  'aws:CalledViaLast': 'absent',
  'aws:ChatbotSourceArn': 'absent',
  'aws:Ec2InstanceSourcePrivateIPv4': 'absent',
  'aws:Ec2InstanceSourceVpc': 'absent',
  'aws:IsMcpServiceAction': 'absent',
  'aws:MultiFactorAuthAge': 'absent',
  'aws:PrincipalOrgID': 'absent',
  'aws:PrincipalOrgPaths': 'absent',
  'aws:PrincipalServiceName': 'absent',
  'aws:PrincipalServiceNamesList': 'absent',
  'aws:ResourceOrgID': 'absent',
  'aws:ResourceOrgPaths': 'absent',
  'aws:SignInSessionArn': 'absent',
  'aws:SourceAccount': 'absent',
  'aws:SourceArn': 'absent',
  'aws:SourceOrgID': 'absent',
  'aws:SourceOrgPaths': 'absent',
  'aws:SourceVpc': 'absent',
  'aws:SourceVpcArn': 'absent',
  'aws:SourceVpce': 'absent',
  'aws:ViaAWSMCPService': 'absent',
  'aws:VpcSourceIp': 'absent',
  'aws:VpceAccount': 'absent',
  'aws:VpceOrgID': 'absent',
  'aws:VpceOrgPaths': 'absent',
} as const satisfies Readonly<Record<`aws:${string}`, KeySource>>;

export type GlobalKey = keyof typeof GLOBAL_KEYS;
/** The names of the global keys that come from `Source`. */
export type KeysFrom<Source extends KeySource> = {
  [Key in GlobalKey]: (typeof GLOBAL_KEYS)[Key] extends Source ? Key : never;
}[GlobalKey];

interface ServiceKeys {
  /** Requests of this service, or those whom its tokens prove, have a value. */
  readonly supplied: readonly string[];
  /**
   * Documented, and no request has one here. They belong to operations and features that are not served:
   * bearer tokens of services, permissions boundaries, managed policies, FIDO devices, delegation, VPC
   * endpoints in front of identity pools.
   */
  readonly absent: readonly string[];
}

/**
 * The documented keys of the services that are served here, by prefix. One that ends in a slash goes on
 * with a word. `cognito-idp` and `cognito-sync` know the global keys alone.
 */
const SERVICE_KEYS: Readonly<Record<string, ServiceKeys>> = {
  iam: {
    supplied: ['AssociatedResourceArn', 'PassedToService', 'ResourceTag/'],
    absent: [
      'AccountPropertyNamespaces',
      'AWSServiceName',
      'DelegationDuration',
      'DelegationRequestOwner',
      'FIDO-certification',
      'FIDO-FIPS-140-2-certification',
      'FIDO-FIPS-140-3-certification',
      'NotificationChannel',
      'OrganizationsPolicyId',
      'PermissionsBoundary',
      'PolicyARN',
      'RegisterSecurityKey',
      'RoleTemplateARN',
      'ServiceSpecificCredentialAgeDays',
      'ServiceSpecificCredentialServiceName',
      'TemplateArn',
    ],
  },
  sts: {
    supplied: ['ExternalId', 'RoleSessionName', 'SourceIdentity'],
    absent: [
      'AWSServiceName',
      'DurationSeconds',
      'IdentityTokenAudience',
      'RequestContext/',
      'RequestContextProviders',
      'SigningAlgorithm',
      'TaskPolicyArn',
      'TransitiveTagKeys',
    ],
  },
  'cognito-idp': {
    supplied: [],
    absent: [],
  },
  'cognito-sync': {
    supplied: [],
    absent: [],
  },
  'cognito-identity': {
    supplied: [],
    absent: ['IdentityPoolArn'],
  },
  'cognito-identity-auth': {
    supplied: [],
    absent: ['AccountId', 'IdentityPoolArn'],
  },
  'cognito-identity-unauth': {
    supplied: [],
    absent: ['AccountId', 'IdentityPoolArn'],
  },
  'execute-api': {
    supplied: ['Host'],
    absent: ['viaDomainArn'],
  },
  'cognito-identity.amazonaws.com': {
    supplied: ['amr', 'aud', 'sub'],
    absent: [],
  },
  'accounts.google.com': {
    supplied: ['aud', 'email', 'oaud', 'sub'],
    absent: [],
  },
  'graph.facebook.com': {
    supplied: ['app_id', 'id'],
    absent: [],
  },
  'www.amazon.com': {
    supplied: ['app_id', 'user_id'],
    absent: [],
  },
  saml: {
    supplied: [
      'aud',
      'cn',
      'commonName',
      'doc',
      'edupersonaffiliation',
      'edupersonassurance',
      'edupersonentitlement',
      'edupersonnickname',
      'edupersonorgdn',
      'edupersonorgunitdn',
      'edupersonprimaryaffiliation',
      'edupersonprimaryorgunitdn',
      'edupersonprincipalname',
      'edupersonscopedaffiliation',
      'edupersontargetedid',
      'eduorghomepageuri',
      'eduorgidentityauthnpolicyuri',
      'eduorglegalname',
      'eduorgsuperioruri',
      'eduorgwhitepagesuri',
      'givenName',
      'iss',
      'mail',
      'name',
      'namequalifier',
      'organizationStatus',
      'primaryGroupSID',
      'sub',
      'sub_type',
      'surname',
      'uid',
      'x500UniqueIdentifier',
    ],
    absent: [],
  },
};

/** What a provider of the account, or a user pool as one, is asked for: `op.example/tenant:aud`. */
const ISSUER_KEYS: readonly string[] = ['amr', 'aud', 'oaud', 'sub'];
const USER_POOL = /^cognito-idp\.[a-z0-9-]+\.amazonaws\.com\/[\w-]+$/;
/** Host, port and path of an issuer, without its scheme. Hosts have a dot, but for this machine's own. */
const ISSUER = /^(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|\[[0-9a-f:]+\])(?::\d{1,5})?(?:\/[^\s*?:]*)?$/i;

/**
 * Services of AWS that are not served here. Their keys stand in policies whose actions somebody else decides; here
 * no request has them, as no request to Cognito has them at AWS, so that any name is taken.
 */
const OTHER_SERVICES = new Set(
  (
    'acm acm-pca airflow amplify amplifybackend apigateway appconfig appflow apprunner appsync athena autoscaling ' +
    'backup batch bedrock budgets ce chatbot cloudformation cloudfront cloudtrail cloudwatch codeartifact ' +
    'codebuild codecommit codedeploy codepipeline codestar-connections config connect dax dms dynamodb ebs ec2 ' +
    'ecr ecr-public ecs eks elasticache elasticbeanstalk elasticfilesystem elasticloadbalancing elasticmapreduce ' +
    'es events firehose fis fsx geo glacier glue guardduty identitystore iot iotevents iotsitewise ivs kafka ' +
    'kafka-cluster kendra kinesis kinesisanalytics kinesisvideo kms lakeformation lambda lex lightsail logs ' +
    'machinelearning mediaconvert mobileanalytics mobiletargeting mq neptune-db network-firewall organizations ' +
    'personalize pipes polly pricing qldb quicksight ram rds rds-data rds-db redshift redshift-data rekognition ' +
    'resource-groups rolesanywhere route53 route53domains s3 s3-object-lambda s3-outposts s3express sagemaker ' +
    'scheduler sdb secretsmanager securityhub servicecatalog servicediscovery ses shield signer sms-voice sns sqs ' +
    'ssm ssm-incidents ssmmessages sso sso-directory states support swf synthetics tag textract timestream ' +
    'transcribe transfer translate verifiedpermissions vpc-lattice waf waf-regional wafv2 workmail workspaces xray'
  ).split(' '),
);

const lower = (names: Iterable<string>): readonly string[] => [...names].map((name) => name.toLowerCase());
const GLOBAL = lower(Object.keys(GLOBAL_KEYS).map((key) => key.slice('aws:'.length)));
const SERVICES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(SERVICE_KEYS).map(
    ([prefix, { supplied, absent }]) => [prefix, lower([...supplied, ...absent])] as const,
  ),
);

/** True for a key that AWS documents and that may stand in a policy here. Names are compared without case. */
export function isKnownKey(key: string): boolean {
  const at = key.lastIndexOf(':');
  const [prefix, name] = [key.slice(0, key.indexOf(':')).toLowerCase(), key.slice(key.indexOf(':') + 1)];
  if (prefix === 'aws') return isListed(GLOBAL, name);
  const own = SERVICES.get(prefix);
  if (own) return isListed(own, name);
  if (OTHER_SERVICES.has(prefix)) return true;
  // AWS's own hosts are named above, but for user pools: a misspelt one must not pass as somebody's issuer.
  const issuer = key.slice(0, at);
  const isIssuer =
    USER_POOL.test(issuer) || (ISSUER.test(issuer) && !/(?:^|\.)amazonaws\.com(?:[:/]|$)/i.test(issuer));
  return isIssuer && ISSUER_KEYS.includes(key.slice(at + 1).toLowerCase());
}

/** `name` is one of `names`, or goes on after one that ends in a slash. */
function isListed(names: readonly string[], name: string): boolean {
  const wanted = name.toLowerCase();
  return names.some((each) =>
    each.endsWith('/') ? wanted.startsWith(each) && wanted.length > each.length : each === wanted,
  );
}
