/**
 * What a SAML response must say before we believe it: ours to check, for the library that verifies the signature does not.
 *
 * Read only from the assertion's verified bytes; of the response around it, which may be unsigned, no
 * more is asked than that it does not contradict. Each member must be there once and be right: missing,
 * doubled or foreign is a refusal, and so is a kind of condition that is not known here. Of several
 * SubjectConfirmations one must hold as a whole. Attributes that hold elements instead of text are left out.
 * Source: SAML 2.0 Core, 2 and 3.2; Profiles, 4.1.4.3 (what a service provider must check).
 */
import { plusSeconds } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { childrenNamed, everyElement, refuse, refuseBecause, type XmlElement } from './gate.ts';

export const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion';
export const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';
const NO_PASSIVE = 'urn:oasis:names:tc:SAML:2.0:status:NoPassive';
const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const ENTITY_FORMAT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:entity';
const ENCRYPTED_FORMAT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:encrypted';
const CONDITIONS = new Set(['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction']);
const MAX_ID = 256;
const MAX_NAME_ID = 1024;
const MAX_SHOWN = 200;
const MOST_SHOWN = 5;
const MOST_CONFIRMATIONS = 10;
/** XML's white space; what else looks like space belongs to a name. */
const PADDING = /^[ \t\r\n]+|[ \t\r\n]+$/g;
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
  /** A signed response must name its issuer; SAML leaves it to others. */
  readonly isResponseSigned: boolean;
  readonly now: Date;
  /** How far the provider's clock may be from ours, in seconds. */
  readonly skewSeconds: number;
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
  judgeIssuer(assertion, 'assertion', expected);
  const { confirmedUntil, ...subject } = judgeSubject(assertion, expected);
  const conditionsUntil = judgeConditions(assertion, expected);
  const sessionEndsAt = judgeAuthnStatement(assertion, expected);
  const latest = Math.min(confirmedUntil.getTime(), conditionsUntil?.getTime() ?? Infinity);
  return {
    ...subject,
    issuedAt: momentIn(assertion, 'IssueInstant'),
    sessionEndsAt,
    attributes: attributesOf(assertion),
    assertionId,
    until: plusSeconds(new Date(latest), expected.skewSeconds),
  };
}

/**
 * Asked before any signature: a provider that signs nobody in seldom signs that either, and saying no needs no proof.
 * @throws Failure `provider-refused`
 */
export function assertSuccess(response: XmlElement): void {
  const status = only(response, PROTOCOL, 'Status');
  const code = only(status, PROTOCOL, 'StatusCode');
  const value = code.attributes.get('Value');
  if (value === SUCCESS) return;
  const [inner] = childrenNamed(code, PROTOCOL, 'StatusCode');
  const more = [value, inner?.attributes.get('Value')].filter((each) => each !== undefined);
  // It signs in without asking the user, or not at all; that is for the application to decide on.
  const because = more.includes(NO_PASSIVE) ? 'not-passive' : 'unsuccessful';
  refuseBecause(because, `its status is ${more.map(shown).join(' ')}, not success`);
}

function judgeResponse(response: XmlElement, expected: Expected): void {
  if (response.namespace !== PROTOCOL || response.name !== 'Response') refuse('it is not a response');
  judgeHead(response, 'response', expected);
  // An Issuer of any namespace is one: readers that take no notice of namespaces would believe it.
  const namesIssuer = response.children.some(({ name }) => name === 'Issuer');
  if (namesIssuer || expected.isResponseSigned) judgeIssuer(response, 'response', expected);
  const destination = response.attributes.get('Destination');
  if (!expected.recipients.includes(destination ?? ''))
    refuse(`its Destination is ${shown(destination)}, expected ${anyOf(expected.recipients)}`);
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
function judgeHead(element: XmlElement, what: string, { now, skewSeconds }: Expected): string {
  const id = element.attributes.get('ID') ?? '';
  if (id === '' || id.length > MAX_ID) refuse(`the ${what} has no ID`);
  if (element.attributes.get('Version') !== '2.0') refuse(`the ${what} is not of version 2.0`);
  const issued = momentIn(element, 'IssueInstant');
  if (issued > plusSeconds(now, skewSeconds))
    refuse(`the ${what} is of the future: issued ${issued.toISOString()}, now ${now.toISOString()}`);
  return id;
}

function judgeIssuer(element: XmlElement, what: string, { issuer }: Expected): void {
  if (element.children.filter(({ name }) => name === 'Issuer').length > 1)
    refuse(`the ${what} has more than one Issuer`);
  const named = only(element, ASSERTION, 'Issuer');
  if ((named.attributes.get('Format') ?? ENTITY_FORMAT) !== ENTITY_FORMAT || textIn(named) !== issuer)
    refuse(`the ${what} is of the issuer ${shown(textIn(named))}, expected ${shown(issuer)}`);
}

function judgeSubject(
  assertion: XmlElement,
  expected: Expected,
): Pick<Said, 'nameId' | 'format' | 'recipient'> & { confirmedUntil: Date } {
  const subject = only(assertion, ASSERTION, 'Subject');
  const named = only(subject, ASSERTION, 'NameID');
  if (named.children.length > 0) refuse('the NameID is not text');
  // Where a document is indented there is space around it. Comments, which could cut it, are refused before.
  const nameId = named.text.replaceAll(PADDING, '');
  if (nameId === '' || nameId !== nameId.trim() || nameId.length > MAX_NAME_ID)
    refuse('the NameID is empty, padded or too long');
  const format = named.attributes.get('Format');
  if (format === '' || format === ENTITY_FORMAT || format === ENCRYPTED_FORMAT)
    refuse('the NameID is of no person');
  const qualifier = named.attributes.get('SPNameQualifier');
  if (qualifier !== undefined && !expected.audiences.includes(qualifier))
    refuse(`the NameID is for ${shown(qualifier)}, expected ${anyOf(expected.audiences)}`);
  return { nameId, format, ...judgeConfirmations(subject, expected) };
}

/**
 * One of the bearer confirmations must hold in all it says; others may be for somebody else. The end is
 * the last of all of them: one that comes to hold later must not let the assertion in a second time.
 */
function judgeConfirmations(
  subject: XmlElement,
  expected: Expected,
): { recipient: string; confirmedUntil: Date } {
  const bearers = childrenNamed(subject, ASSERTION, 'SubjectConfirmation').filter(
    ({ attributes }) => attributes.get('Method') === BEARER,
  );
  if (bearers.length === 0) refuse('the subject is not confirmed by bearing');
  if (bearers.length > MOST_CONFIRMATIONS) refuse('the subject is confirmed too often');
  const outcomes = bearers.map((each) => confirmationOf(each, expected));
  const held = outcomes.find((each) => 'recipient' in each);
  if (!held) throw outcomes.find((each) => each instanceof Failure);
  const ends = outcomes.flatMap((each) => ('end' in each ? each.end.getTime() : []));
  const later = bearers.map((each) => endNamedIn(each)).filter((each) => !Number.isNaN(each));
  return { recipient: held.recipient, confirmedUntil: new Date(Math.max(...ends, ...later)) };
}

/** What the confirmation says, or why it does not hold. */
function confirmationOf(
  confirmation: XmlElement,
  expected: Expected,
): { recipient: string; end: Date } | Failure {
  try {
    return judgeConfirmation(only(confirmation, ASSERTION, 'SubjectConfirmationData'), expected);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

const endNamedIn = (confirmation: XmlElement): number =>
  Math.max(
    ...confirmation.children.map(({ attributes }) => Date.parse(attributes.get('NotOnOrAfter') ?? '')),
  );

function judgeConfirmation(data: XmlElement, expected: Expected): { recipient: string; end: Date } {
  const { recipients, request } = expected;
  const recipient = data.attributes.get('Recipient');
  if (recipient === undefined || !recipients.includes(recipient))
    refuse(`its Recipient is ${shown(recipient)}, expected ${anyOf(recipients)}`);
  if (request !== undefined && data.attributes.get('InResponseTo') !== request)
    refuse('its subject answers another request');
  const end = judgeTimes(data, 'confirmation', expected);
  return end === undefined ? refuse('its confirmation has no end') : { recipient, end };
}

/** @returns when they end, where they say so */
function judgeConditions(assertion: XmlElement, expected: Expected): Date | undefined {
  const { audiences } = expected;
  const conditions = only(assertion, ASSERTION, 'Conditions');
  if (conditions.children.some(({ namespace, name }) => namespace !== ASSERTION || !CONDITIONS.has(name)))
    refuse('it has a condition that is not known');
  for (const name of ['OneTimeUse', 'ProxyRestriction']) {
    if (childrenNamed(conditions, ASSERTION, name).length > 1) refuse(`it has ${name} twice`);
  }
  const restrictions = childrenNamed(conditions, ASSERTION, 'AudienceRestriction');
  if (restrictions.length === 0) refuse('it has no audience');
  for (const restriction of restrictions) {
    const named = childrenNamed(restriction, ASSERTION, 'Audience').map(textIn);
    if (!named.some((each) => audiences.includes(each)))
      refuse(`its audience is ${anyOf(named)}, expected ${anyOf(audiences)}`);
  }
  return judgeTimes(conditions, 'condition', expected);
}

/** @returns when it ends, where it says so */
function judgeTimes(element: XmlElement, what: string, { now, skewSeconds }: Expected): Date | undefined {
  const at = `now ${now.toISOString()}`;
  if (element.attributes.has('NotBefore')) {
    const begin = momentIn(element, 'NotBefore');
    if (begin > plusSeconds(now, skewSeconds))
      refuse(`its ${what} is not valid before ${begin.toISOString()}, ${at}`);
  }
  if (!element.attributes.has('NotOnOrAfter')) return undefined;
  const end = momentIn(element, 'NotOnOrAfter');
  if (end <= plusSeconds(now, -skewSeconds))
    refuseBecause('over', `its ${what} was over ${end.toISOString()}, ${at}`);
  return end;
}

/** @returns when the session at the provider ends, where it says so */
function judgeAuthnStatement(assertion: XmlElement, { now, skewSeconds }: Expected): Date | undefined {
  const statement = only(assertion, ASSERTION, 'AuthnStatement');
  if (momentIn(statement, 'AuthnInstant') > plusSeconds(now, skewSeconds))
    refuse('its sign-in is of the future');
  if (statement.attributes.get('SessionIndex') === '') refuse('its session has no name');
  if (!statement.attributes.has('SessionNotOnOrAfter')) return undefined;
  const end = momentIn(statement, 'SessionNotOnOrAfter');
  return end > plusSeconds(now, -skewSeconds) ? end : refuseBecause('over', 'its session is over');
}

/**
 * Texts by name. Attributes of one name in one statement are one attribute, as Keycloak writes roles;
 * in two statements, or of two formats, nobody can say which is meant.
 */
function attributesOf(assertion: XmlElement): Readonly<Record<string, string | readonly string[]>> {
  const places = new Map<string, string>();
  const valuesByName = new Map<string, XmlElement[]>();
  for (const [at, statement] of childrenNamed(assertion, ASSERTION, 'AttributeStatement').entries()) {
    for (const attribute of childrenNamed(statement, ASSERTION, 'Attribute')) {
      const name = attribute.attributes.get('Name') ?? '';
      if (name === '') refuse('an attribute has no name');
      const place = `${at} ${attribute.attributes.get('NameFormat') ?? ''}`;
      if ((places.get(name) ?? place) !== place)
        refuse(`the attribute ${shown(name)} is there twice, in two statements or formats`);
      places.set(name, place);
      const values = valuesByName.get(name) ?? [];
      values.push(...childrenNamed(attribute, ASSERTION, 'AttributeValue'));
      valuesByName.set(name, values);
    }
  }
  const entries = [...valuesByName].flatMap(([name, values]) => {
    const isText = values.length > 0 && values.every(({ children }) => children.length === 0);
    const texts = values.map(({ text }) => text);
    return isText ? [[name, texts.length === 1 ? texts[0]! : texts] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** What somebody else wrote, as it may stand in a reason: in quotes, and not long. */
const shown = (text: string | undefined): string =>
  text === undefined ? 'missing' : JSON.stringify(text.slice(0, MAX_SHOWN));
const anyOf = (texts: readonly string[]): string =>
  texts.length === 0 ? 'missing' : texts.slice(0, MOST_SHOWN).map(shown).join(' or ');

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
