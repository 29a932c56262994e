/**
 * The attributes of an assertion in the words of STS: roles, session name, duration, tags, and the keys of trust policies.
 *
 * An attribute that STS knows and that is not as it should be is a refusal, never left out: a limit or a tag that goes missing would widen what its provider meant. Others are of no concern.
 * Source: IAM user guide, "Configure SAML assertions for the authentication response", "Troubleshoot SAML federation with IAM" (words).
 */
import { Failure } from '../../base/failure.ts';
import type { Context } from '../access/evaluate.ts';
import type { Carried } from '../access/session-tags.ts';

type SamlAttributes = Readonly<Record<string, unknown>>;
export interface AskedSession {
  readonly sessionName: string;
  /** The most that the provider wants the session to last. */
  readonly seconds: number | undefined;
  readonly carried: Carried;
}
/** `saml-identity-invalid` (fact: reason). */
export type SamlAttributeFailure = 'saml-identity-invalid';

const STS = 'https://aws.amazon.com/SAML/Attributes/';
const TAG = `${STS}PrincipalTag:`;
const MOST_TAGS = 50;
const NAME = /^[\w+=,.@-]{2,64}$/;
const TAG_KEY = /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;
const [LEAST_SECONDS, MOST_SECONDS] = [900, 43_200];

const EDU = 'urn:oid:1.3.6.1.4.1.5923.1';
const CLAIMS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
/** The first attribute that is there counts where several stand for one key. Some names are misspelt in AWS's own table, and are so in its users' configurations. */
const KEYS: readonly (readonly [name: string, key: string])[] = [
  [`${EDU}.1.1.1`, 'edupersonaffiliation'],
  [`${EDU}.1.1.2`, 'edupersonnickname'],
  [`${EDU}.1.1.3`, 'edupersonorgdn'],
  [`${EDU}.1.1.4`, 'edupersonorgunitdn'],
  [`${EDU}.1.1.5`, 'edupersonprimaryaffiliation'],
  [`${EDU}.1.1.6`, 'edupersonprincipalname'],
  [`${EDU}.1.1.7`, 'edupersonentitlement'],
  [`${EDU}.1.1.8`, 'edupersonprimaryorgunitdn'],
  [`${EDU}.1.1.9`, 'edupersonscopedaffiliation'],
  [`${EDU}.1.1.10`, 'edupersontargetedid'],
  [`${EDU}.1.1.11`, 'edupersonassurance'],
  [`${EDU}.2.1.2`, 'eduorghomepageuri'],
  [`${EDU}.2.1.3`, 'eduorgidentityauthnpolicyuri'],
  [`${EDU}.2.1.4`, 'eduorglegalname'],
  [`${EDU}.2.1.5`, 'eduorgsuperioruri'],
  [`${EDU}.2.1.6`, 'eduorgwhitepagesuri'],
  ['urn:oid:2.5.4.3', 'cn'],
  [`${CLAIMS}/name`, 'name'],
  ['http://schemas.xmlsoap.org/claims/CommonName', 'commonName'],
  ['2.5.4.3', 'commonName'],
  [`${CLAIMS}/givenname`, 'givenName'],
  ['2.4.5.42', 'givenName'],
  [`${CLAIMS}/surname`, 'surname'],
  ['2.5.4.4', 'surname'],
  [`${CLAIMS}/emailaddress`, 'mail'],
  ['0.9.2342.19200300100.1.3', 'mail'],
  ['http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid', 'primaryGroupSID'],
  // AWS's table gives this claim the key `uid`; the list of keys names one of its own.
  ['http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid', 'uid'],
  ['0.9.2342.19200300100.1.1', 'uid'],
  ['2.5.4.45', 'x500UniqueIdentifier'],
  ['0.9.2342.19200300.100.1.45', 'organizationStatus'],
];

const invalid = (reason: string) => new Failure<SamlAttributeFailure>('saml-identity-invalid', { reason });

/** Whether the provider gives the person that role, by its own name: `role-arn,provider-arn`, or the other way round. */
export function offersRole(attributes: SamlAttributes, roleArn: string, providerArn: string): boolean {
  const pairs = [`${roleArn},${providerArn}`, `${providerArn},${roleArn}`];
  // Compared whole: the name of a role may have a comma in it.
  return textsOf(attributes, `${STS}Role`).some((pair) =>
    pairs.includes(pair.replace(/\s*,\s*(?=arn:)/, ',').trim()),
  );
}

/** @throws Failure `saml-identity-invalid` */
export function askedSessionOf(attributes: SamlAttributes): AskedSession {
  if (Object.hasOwn(attributes, `${STS}TransitiveTagKeys`))
    throw invalid('TransitiveTagKeys is not supported.');
  const sessionName = oneOf(attributes, 'RoleSessionName');
  if (sessionName === undefined) throw invalid('RoleSessionName is required in AuthnResponse');
  if (!NAME.test(sessionName))
    throw invalid('RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}');
  const sourceIdentity = oneOf(attributes, 'SourceIdentity');
  if (sourceIdentity !== undefined && !NAME.test(sourceIdentity))
    throw invalid('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"');
  return {
    sessionName,
    seconds: secondsIn(oneOf(attributes, 'SessionDuration')),
    carried: { tags: tagsIn(attributes), sourceIdentity },
  };
}

/** Keys of trust policies, e.g. `saml:edupersonaffiliation`. */
export function keysOf(attributes: SamlAttributes): Context {
  const found = KEYS.flatMap(([name, key]) => {
    const texts = textsOf(attributes, name);
    return texts.length === 0 ? [] : [[`saml:${key}`, texts] as const];
  });
  return Object.fromEntries(found.toReversed());
}

function secondsIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!/^\d{1,6}$/.test(text) || seconds < LEAST_SECONDS || seconds > MOST_SECONDS)
    throw invalid(`SessionDuration in AuthnResponse must be from ${LEAST_SECONDS} to ${MOST_SECONDS}`);
  return seconds;
}

function tagsIn(attributes: SamlAttributes): Readonly<Record<string, string>> {
  const names = Object.keys(attributes).filter((name) => name.startsWith(TAG));
  const keys = names.map((name) => name.slice(TAG.length));
  if (keys.length > MOST_TAGS) throw invalid(`A session may have up to ${MOST_TAGS} tags.`);
  if (new Set(keys.map((key) => key.toLowerCase())).size < keys.length)
    throw invalid('Duplicate tag keys found.');
  const tags = keys.map((key) => [key, oneOf(attributes, `PrincipalTag:${key}`) ?? ''] as const);
  for (const [key, value] of tags) {
    if (!TAG_KEY.test(key) || !TAG_VALUE.test(value))
      throw invalid('The key or the value of a tag is not allowed.');
  }
  return Object.fromEntries(tags);
}

/** The only text of an attribute; undefined when the attribute is not there. */
function oneOf(attributes: SamlAttributes, name: string): string | undefined {
  const [text, ...others] = textsOf(attributes, STS + name);
  if (others.length > 0) throw invalid(`${name} in AuthnResponse must have one value`);
  return text;
}

function textsOf(attributes: SamlAttributes, name: string): readonly string[] {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return [value].flat().filter((each) => typeof each === 'string');
}
