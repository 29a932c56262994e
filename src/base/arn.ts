/**
 * Amazon Resource Names: made and taken apart in one place.
 *
 * Source: AWS General Reference, "Amazon Resource Names"; service authorization reference for the resource
 * part of each service.
 */

/** Where a resource lives: what its ARN says besides its name. */
export interface Place {
  /** e.g. `us-east-1` */
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
}
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  /** All after the fifth colon; may hold colons and slashes. */
  readonly resource: string;
}

/** The parts of `text`, or undefined when it is no ARN. */
export function parseArn(text: string): Arn | undefined {
  const [scheme, partition, service, region, account, ...rest] = text.split(':');
  if (scheme !== 'arn' || !partition || !service || rest.length === 0 || rest[0] === '') return undefined;
  return { partition, service, region: region ?? '', account: account ?? '', resource: rest.join(':') };
}

/** Region in the head of a pool or identity id, e.g. `us-east-1` of `us-east-1_a1b2c3d4e`. */
export const regionOfId = (id: string): string => id.split(/[_:]/, 1)[0] ?? '';

export const userPoolArn = (account: string, poolId: string): string =>
  `arn:aws:cognito-idp:${regionOfId(poolId)}:${account}:userpool/${poolId}`;

export const anyUserPoolArn = ({ region, account }: Place): string =>
  `arn:aws:cognito-idp:${region}:${account}:userpool/*`;

export const identityPoolArn = (account: string, identityPoolId: string): string =>
  `arn:aws:cognito-identity:${regionOfId(identityPoolId)}:${account}:identitypool/${identityPoolId}`;

export const anyIdentityPoolArn = ({ region, account }: Place): string =>
  `arn:aws:cognito-identity:${region}:${account}:identitypool/*`;

export const datasetArn = (account: string, pool: string, identity: string, dataset: string): string =>
  `arn:aws:cognito-sync:${regionOfId(pool)}:${account}:identitypool/${pool}/identity/${identity}/dataset/${dataset}`;

/** @param path begins and ends with a slash */
export const roleArn = (account: string, path: string, name: string): string =>
  `arn:aws:iam::${account}:role${path}${name}`;

/** @param path begins and ends with a slash */
export const userArn = (account: string, path: string, name: string): string =>
  `arn:aws:iam::${account}:user${path}${name}`;

/** @param name host and path of the issuer */
export const oidcProviderArn = (account: string, name: string): string =>
  `arn:aws:iam::${account}:oidc-provider/${name}`;

export const samlProviderArn = (account: string, name: string): string =>
  `arn:aws:iam::${account}:saml-provider/${name}`;

export const rootArn = (account: string): string => `arn:aws:iam::${account}:root`;

export const assumedRoleArn = (account: string, roleName: string, sessionName: string): string =>
  `arn:aws:sts::${account}:assumed-role/${roleName}/${sessionName}`;
