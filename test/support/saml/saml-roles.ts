/**
 * Roles for people whom a SAML provider brings, made through the API, and the provider's assertions about them.
 */
import { IAM } from '@aws-sdk/client-iam';
import { STS, type AssumeRoleWithSAMLRequest, type Credentials } from '@aws-sdk/client-sts';
import { trustOf } from '../identity-pool.ts';
import { answer, metadataOf, replaced, type Asked, type Misdeeds } from './saml-idp.ts';
import type { TestServer } from '../servers/server.ts';

export const STS_ATTRIBUTES = 'https://aws.amazon.com/SAML/Attributes/';
export const AWS_AUDIENCE = 'urn:amazon:webservices';
export const ACCOUNT_ARN = 'arn:aws:iam::123456789012';

/** Values by the attribute's name. */
export type Attributes = Readonly<Record<string, string | readonly string[]>>;
export interface Speech extends Misdeeds {
  readonly recipient?: string;
  readonly audience?: string;
  /** Pairs of the Role attribute; the one of `role` and `provider` when absent. */
  readonly pairs?: readonly string[];
  /** More attributes, or others; undefined leaves one out. */
  readonly more?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const attributeXml = ([name, values]: readonly [string, string | readonly string[]]): string =>
  `<saml:Attribute Name="${escaped(name)}">${[values]
    .flat()
    .map((each) => `<saml:AttributeValue>${escaped(each)}</saml:AttributeValue>`)
    .join('')}</saml:Attribute>`;

export async function createSamlRoles(server: TestServer) {
  const iam = new IAM(server.client);
  let made = 0;

  return {
    iam,
    /** Without credentials that anybody would accept: the assertion is the proof. */
    sts: new STS(server.clientAs({ accessKeyId: 'AKIANOBODY0000000000', secretAccessKey: 'nothing' })),
    address: `${server.url}/saml`,

    /** @returns the provider's ARN */
    async makeProvider(SAMLMetadataDocument = metadataOf()): Promise<string> {
      const Name = `Corp-${(made += 1)}`;
      const { SAMLProviderArn } = await iam.createSAMLProvider({ Name, SAMLMetadataDocument });
      return SAMLProviderArn!;
    },

    /** @returns the ARN of a role that trusts the provider */
    async makeRole(
      provider: string,
      {
        condition = {},
        actions = ['sts:AssumeRoleWithSAML'],
        statements = [],
        seconds,
      }: { condition?: object; actions?: string[]; statements?: object[]; seconds?: number } = {},
    ): Promise<string> {
      const RoleName = `saml-role-${(made += 1)}`;
      const trust = JSON.parse(trustOf(condition, provider));
      trust.Statement[0].Action = actions;
      const { Role } = await iam.createRole({
        RoleName,
        AssumeRolePolicyDocument: JSON.stringify(trust),
        MaxSessionDuration: seconds,
      });
      if (statements.length > 0)
        await iam.putRolePolicy({
          RoleName,
          PolicyName: 'p',
          PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
        });
      return Role!.Arn!;
    },

    /** What the provider says about ada, in base64. */
    assertion(role: string, provider: string, speech: Speech = {}): string {
      const {
        recipient = `${server.url}/saml`,
        audience = AWS_AUDIENCE,
        pairs,
        more = {},
        ...misdeeds
      } = speech;
      const attributes = {
        [`${STS_ATTRIBUTES}Role`]: pairs ?? [`${role},${provider}`],
        [`${STS_ATTRIBUTES}RoleSessionName`]: 'ada',
        ...more,
      };
      const given = Object.entries(attributes).flatMap(([name, values]) =>
        values === undefined ? [] : [[name, values] as const],
      );
      const asked: Asked = { request: '_none', recipient, audience, state: '' };
      return answer(asked, server.clock, {
        attributes: given.map(attributeXml).join(''),
        ...misdeeds,
        says: (xml) => (misdeeds.says ?? ((same) => same))(replaced(/ InResponseTo="_none"/g, '')(xml)),
      })['SAMLResponse']!;
    },

    /** Trades an assertion, the provider's usual one when none is given. */
    trade(
      role: string,
      provider: string,
      { SAMLAssertion, ...more }: Partial<AssumeRoleWithSAMLRequest> = {},
    ) {
      return this.sts.assumeRoleWithSAML({
        RoleArn: role,
        PrincipalArn: provider,
        SAMLAssertion: SAMLAssertion ?? this.assertion(role, provider),
        ...more,
      });
    },

    /** Options of a client that speaks with what was given. */
    clientOf: ({ Credentials: given }: { Credentials?: Credentials }) =>
      server.clientAs({
        accessKeyId: given!.AccessKeyId!,
        secretAccessKey: given!.SecretAccessKey!,
        sessionToken: given!.SessionToken!,
      }),
  };
}
export type SamlRoles = Awaited<ReturnType<typeof createSamlRoles>>;
