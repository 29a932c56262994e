/**
 * What a SAML response must say before we believe it: ours to check, for the library that verifies the signature does not.
 *
 * Read only from the assertion's verified bytes; of the response around it, which may be unsigned, no more is asked than that it does not contradict. Each member must be there once and be right: missing, doubled or foreign is a refusal, and so is a kind of condition that is not known here.
 * Attributes that hold elements instead of text are left out.
 * Source: SAML 2.0 Core, 2 and 3.2; Profiles, 4.1.4.3 (what a service provider must check).
 */
import { plusSeconds } from '../base/clock.ts';
import { childrenNamed, everyElement, refuse, refuseBecause, type XmlElement } from './saml-gate.ts';

export const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion';
export const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';
const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const ENTITY_FORMAT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:entity';
const ENCRYPTED_FORMAT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:encrypted';
const CONDITIONS = new Set(['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction']);
/** How far the provider's clock may be from ours. */
const SKEW_SECONDS = 60;
const MAX_ID = 256;
const MAX_NAME_ID = 1024;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

export interface Expected {
  /** The provider's entity id. */
  readonly issuer: string;
  /** Names of ours, one of which every audience restriction must have. */
  readonly audiences: readonly string[];
  /** Addresses of ours, one of which the response must have been sent to. */
  readonly recipients: readonly string[];
  /** The id of the request that this must answer; undefined when none was made. */
  readonly request: string | undefined;
  readonly now: Date;
}

export interface Said {
  readonly nameId: string;
  readonly format: string | undefined;
  readonly recipient: string;
  readonly issuedAt: Date;
  readonly sessionEndsAt: Date | undefined;
  /** A text, or several, by the attribute's Name. */
  readonly attributes: Readonly<Record<string, string | readonly string[]>>;
  readonly assertionId: string;
  /** From then on nobody believes the assertion any more. */
  readonly until: Date;
}

/**
 * What an assertion says, when all of it holds.
 *
 * @param response the message as it came
 * @param assertion the assertion as it was verified
 * @throws Failure `provider-refused`
 */
export function judge(response: XmlElement, assertion: XmlElement, expected: Expected): Said {
  judgeResponse(response, expected);
  if (assertion.namespace !== ASSERTION || assertion.name !== 'Assertion') refuse('it is not an assertion');
  const assertionId = judgeHead(assertion, 'assertion', expected);
  const { confirmedUntil, ...subject } = judgeSubject(assertion, expected);
  const conditionsUntil = judgeConditions(assertion, expected);
  const sessionEndsAt = judgeAuthnStatement(assertion, expected);
  const latest = Math.min(confirmedUntil.getTime(), conditionsUntil.getTime());
  return {
    ...subject,
    issuedAt: momentIn(assertion, 'IssueInstant'),
    sessionEndsAt,
    attributes: attributesOf(assertion),
    assertionId,
    until: plusSeconds(new Date(latest), SKEW_SECONDS),
  };
}

/**
 * Asked before any signature: a provider that signs nobody in seldom signs that either, and saying no needs no proof.
 * @throws Failure `provider-refused`
 */
export function assertSuccess(response: XmlElement): void {
  const status = only(response, PROTOCOL, 'Status');
  if (only(status, PROTOCOL, 'StatusCode').attributes.get('Value') !== SUCCESS)
    refuseBecause('unsuccessful', 'its status is no success');
}

function judgeResponse(response: XmlElement, expected: Expected): void {
  if (response.namespace !== PROTOCOL || response.name !== 'Response') refuse('it is not a response');
  judgeHead(response, 'response', expected);
  if (!expected.recipients.includes(response.attributes.get('Destination') ?? ''))
    refuse('its Destination is not ours');
  const { request } = expected;
  if (request !== undefined && response.attributes.get('InResponseTo') !== request)
    refuse('it answers another request');
  only(response, ASSERTION, 'Assertion');
  for (const { name } of everyElement(response)) if (name.startsWith('Encrypted')) refuse('it is encrypted');
  // Elsewhere, or under another namespace, a second one could only be there to be taken for the first.
  if (countOf(response, 'Assertion') !== 1) refuse('it has more than one assertion');
  if (countOf(response, 'Response') !== 1) refuse('it has more than one response');
}

const countOf = (root: XmlElement, wanted: string): number =>
  [...everyElement(root)].filter(({ name }) => name === wanted).length;

/** What response and assertion have alike. @returns the id */
function judgeHead(element: XmlElement, what: string, { issuer, now }: Expected): string {
  const id = element.attributes.get('ID') ?? '';
  if (id === '' || id.length > MAX_ID) refuse(`the ${what} has no ID`);
  if (element.attributes.get('Version') !== '2.0') refuse(`the ${what} is not of version 2.0`);
  if (momentIn(element, 'IssueInstant') > plusSeconds(now, SKEW_SECONDS))
    refuse(`the ${what} is of the future`);
  const named = only(element, ASSERTION, 'Issuer');
  if ((named.attributes.get('Format') ?? ENTITY_FORMAT) !== ENTITY_FORMAT || textIn(named) !== issuer)
    refuse(`the ${what} is of another issuer`);
  return id;
}

function judgeSubject(
  assertion: XmlElement,
  expected: Expected,
): Pick<Said, 'nameId' | 'format' | 'recipient'> & { confirmedUntil: Date } {
  const subject = only(assertion, ASSERTION, 'Subject');
  const named = only(subject, ASSERTION, 'NameID');
  if (named.children.length > 0) refuse('the NameID is not text');
  const nameId = named.text;
  // Not trimmed: two names that differ must not become one.
  if (nameId === '' || nameId !== nameId.trim() || nameId.length > MAX_NAME_ID)
    refuse('the NameID is empty, padded or too long');
  const format = named.attributes.get('Format');
  if (format === '' || format === ENTITY_FORMAT || format === ENCRYPTED_FORMAT)
    refuse('the NameID is of no person');
  const qualifier = named.attributes.get('SPNameQualifier');
  if (qualifier !== undefined && !expected.audiences.includes(qualifier))
    refuse('the NameID is for another party');
  const confirmation = only(subject, ASSERTION, 'SubjectConfirmation');
  if (confirmation.attributes.get('Method') !== BEARER) refuse('the subject is not confirmed by bearing');
  const data = only(confirmation, ASSERTION, 'SubjectConfirmationData');
  return { nameId, format, ...judgeConfirmation(data, expected) };
}

function judgeConfirmation(
  data: XmlElement,
  { recipients, request, now }: Expected,
): { recipient: string; confirmedUntil: Date } {
  const recipient = data.attributes.get('Recipient') ?? '';
  if (!recipients.includes(recipient)) refuse('its Recipient is not ours');
  if (request !== undefined && data.attributes.get('InResponseTo') !== request)
    refuse('its subject answers another request');
  return { recipient, confirmedUntil: judgeTimes(data, 'confirmation', now) };
}

function judgeConditions(assertion: XmlElement, { audiences, now }: Expected): Date {
  const conditions = only(assertion, ASSERTION, 'Conditions');
  if (conditions.children.some(({ namespace, name }) => namespace !== ASSERTION || !CONDITIONS.has(name)))
    refuse('it has a condition that is not known');
  for (const name of ['OneTimeUse', 'ProxyRestriction']) {
    if (childrenNamed(conditions, ASSERTION, name).length > 1) refuse(`it has ${name} twice`);
  }
  const restrictions = childrenNamed(conditions, ASSERTION, 'AudienceRestriction');
  const isForUs = restrictions.every((restriction) =>
    childrenNamed(restriction, ASSERTION, 'Audience').some((each) => audiences.includes(textIn(each))),
  );
  if (restrictions.length === 0 || !isForUs) refuse('its audience is not us');
  return judgeTimes(conditions, 'condition', now);
}

/** @returns when it ends */
function judgeTimes(element: XmlElement, what: string, now: Date): Date {
  if (element.attributes.has('NotBefore') && momentIn(element, 'NotBefore') > plusSeconds(now, SKEW_SECONDS))
    refuse(`its ${what} is not valid yet`);
  const end = momentIn(element, 'NotOnOrAfter');
  if (end <= plusSeconds(now, -SKEW_SECONDS)) refuseBecause('over', `its ${what} is over`);
  return end;
}

/** @returns when the session at the provider ends, where it says so */
function judgeAuthnStatement(assertion: XmlElement, { now }: Expected): Date | undefined {
  const statement = only(assertion, ASSERTION, 'AuthnStatement');
  if (momentIn(statement, 'AuthnInstant') > plusSeconds(now, SKEW_SECONDS))
    refuse('its sign-in is of the future');
  if (statement.attributes.get('SessionIndex') === '') refuse('its session has no name');
  if (!statement.attributes.has('SessionNotOnOrAfter')) return undefined;
  const end = momentIn(statement, 'SessionNotOnOrAfter');
  return end > plusSeconds(now, -SKEW_SECONDS) ? end : refuseBecause('over', 'its session is over');
}

function attributesOf(assertion: XmlElement): Readonly<Record<string, string | readonly string[]>> {
  const attributes = childrenNamed(assertion, ASSERTION, 'AttributeStatement').flatMap((each) =>
    childrenNamed(each, ASSERTION, 'Attribute'),
  );
  const names = attributes.map((each) => each.attributes.get('Name') ?? '');
  if (names.includes('')) refuse('an attribute has no name');
  if (new Set(names).size !== names.length) refuse('an attribute is there twice');
  const entries = attributes.flatMap((each, at) => {
    const values = childrenNamed(each, ASSERTION, 'AttributeValue');
    const isText = values.length > 0 && values.every(({ children }) => children.length === 0);
    const texts = values.map(({ text }) => text);
    return isText ? [[names[at]!, texts.length === 1 ? texts[0]! : texts] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** The only child of that name. */
function only(parent: XmlElement, namespace: string, name: string): XmlElement {
  const found = childrenNamed(parent, namespace, name);
  return found.length === 1
    ? found[0]!
    : refuse(`it has ${found.length === 0 ? 'no' : 'more than one'} ${name}`);
}

/** Text alone; around it there may be space, as where a document is indented. */
const textIn = ({ text, children }: XmlElement): string =>
  children.length === 0 ? text.trim() : refuse('it has elements where text should be');

function momentIn(element: XmlElement, name: string): Date {
  const text = element.attributes.get(name) ?? '';
  const moment = new Date(text);
  return MOMENT.test(text) && !Number.isNaN(moment.getTime()) ? moment : refuse(`its ${name} is no moment`);
}
