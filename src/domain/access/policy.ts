/**
 * Policies: read strictly when they are written, kept ready to be judged.
 *
 * Whatever is not understood is refused, never skipped: an element, an operator, a version, a name that stands twice. A policy that was written can always be judged.
 * Source: IAM user guide, "Grammar of the IAM JSON policy language", "IAM and AWS STS quotas".
 */
import { Failure } from '../../base/failure.ts';
import { NotStrictJson, parseStrictJson } from '../../base/strict-json.ts';
import { isKnownKey } from './conditions/condition-keys.ts';
import { readCondition, type Condition } from './conditions/index.ts';
import { compile, compileArn, variablesIn, type ArnPattern, type Pattern } from './conditions/matching.ts';
import { readPrincipals, type Principals } from './trust/policy-principals.ts';

/** `identity`: of a user, a role or a session; `trust`: who may take a role. */
export type PolicyKind = 'identity' | 'trust';
/** `malformed-policy` (fact: reason). */
export type PolicyFailure = 'malformed-policy';

export interface Statement {
  readonly sid?: string;
  /** From 1, for explanations. */
  readonly number: number;
  readonly effect: 'Allow' | 'Deny';
  readonly actions: { readonly isNegated: boolean; readonly patterns: readonly Pattern[] };
  /** Absent in trust policies. */
  readonly resources?: { readonly isNegated: boolean; readonly patterns: readonly ArnPattern[] };
  /** Present in trust policies. */
  readonly principals?: { readonly isNegated: boolean; readonly who: Principals };
  readonly conditions: readonly Condition[];
}
export interface Policy {
  readonly statements: readonly Statement[];
}

const MAX_CHARACTERS = 131_072;
const MAX_STATEMENTS = 1000;
const VERSIONS = ['2012-10-17', '2008-10-17'];
const POLICY_ELEMENTS = ['Version', 'Id', 'Statement'];
const STATEMENT_ELEMENTS = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];
const ACTION = /^(?:\*|[A-Za-z0-9-]{1,64}:[A-Za-z0-9*?]{1,128})$/;

type Json = Readonly<Record<string, unknown>>;

/** @throws Failure `malformed-policy` */
export function malformed(reason: string): Failure<PolicyFailure> {
  return new Failure<PolicyFailure>('malformed-policy', { reason });
}

/**
 * @param text a policy document, JSON
 * @throws Failure `malformed-policy`
 */
export function parsePolicy(text: string, kind: PolicyKind): Policy {
  if (text.length > MAX_CHARACTERS) throw malformed('The policy is too long.');
  const document = asObject(parse(text), 'The policy must be a JSON object.');
  onlyElements(document, POLICY_ELEMENTS);
  const { Version: version, Id: id, Statement: statement } = document;
  if (version !== undefined && !VERSIONS.some((each) => each === version))
    throw malformed('The policy has a Version that does not exist.');
  if (id !== undefined && typeof id !== 'string') throw malformed('Id must be text.');
  const statements = Array.isArray(statement) ? statement : [statement];
  if (statement === undefined || statements.length === 0 || statements.length > MAX_STATEMENTS) {
    throw malformed('The policy must have statements.');
  }
  const hasVariables = version === '2012-10-17';
  const read = statements.map((each: unknown, index) =>
    readStatement(each, { kind, hasVariables, number: index + 1 }),
  );
  const sids = read.flatMap(({ sid }) => (sid ? [sid] : []));
  if (new Set(sids).size < sids.length)
    throw malformed('Statement IDs (SID) in a single policy must be unique.');
  return { statements: read };
}

function parse(text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch (error) {
    if (error instanceof NotStrictJson) throw malformed(`Syntax errors in policy: ${error.message}.`);
    throw error;
  }
}

interface Reading {
  readonly kind: PolicyKind;
  readonly hasVariables: boolean;
  readonly number: number;
}

function readStatement(value: unknown, { kind, hasVariables, number }: Reading): Statement {
  const statement = asObject(value, 'A statement must be a JSON object.');
  onlyElements(statement, STATEMENT_ELEMENTS);
  const { Sid: sid, Effect: effect } = statement;
  if (sid !== undefined && (typeof sid !== 'string' || !/^[A-Za-z0-9]*$/.test(sid))) {
    throw malformed('Statement IDs (SID) must be alpha-numeric.');
  }
  if (effect !== 'Allow' && effect !== 'Deny') throw malformed('Effect must be Allow or Deny.');
  return {
    ...(typeof sid === 'string' && sid !== '' && { sid }),
    number,
    effect,
    actions: readActions(statement),
    ...(kind === 'identity'
      ? { resources: readResources(statement, hasVariables) }
      : { principals: readWho(statement, effect) }),
    conditions: readConditions(statement.Condition, hasVariables),
  };
}

function readActions(statement: Json): Statement['actions'] {
  const { isNegated, values } = oneOf(statement, 'Action', 'NotAction');
  if (!values.every((each) => ACTION.test(each))) {
    throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
  }
  // Actions are compared without case, and hold no variables.
  return { isNegated, patterns: values.map((each) => compile(each.toLowerCase(), { hasVariables: false })) };
}

function readResources(statement: Json, hasVariables: boolean): NonNullable<Statement['resources']> {
  if ('Principal' in statement || 'NotPrincipal' in statement)
    throw malformed('Policy document should not specify a principal.');
  const { isNegated, values } = oneOf(statement, 'Resource', 'NotResource');
  const patterns = values.map((each) => compileArn(each, { hasVariables }));
  const known = patterns.filter((each) => each !== undefined);
  for (const each of known) if (!each.isAny) each.parts.forEach(assertVariables);
  if (known.length < patterns.length) throw malformed('Resource must be in ARN format or "*".');
  return { isNegated, patterns: known };
}

function readWho(statement: Json, effect: 'Allow' | 'Deny'): NonNullable<Statement['principals']> {
  if ('Resource' in statement || 'NotResource' in statement)
    throw malformed('Has prohibited field Resource.');
  const isNegated = 'NotPrincipal' in statement;
  if (isNegated === 'Principal' in statement)
    throw malformed('A statement must have one of Principal and NotPrincipal.');
  // Everybody but one: an Allow of that form trusts the whole world.
  if (isNegated && effect === 'Allow') throw malformed('NotPrincipal goes with Deny only.');
  const who = readPrincipals(isNegated ? statement.NotPrincipal : statement.Principal);
  if (!who) throw malformed('Invalid principal in policy.');
  return { isNegated, who };
}

function readConditions(value: unknown, hasVariables: boolean): readonly Condition[] {
  if (value === undefined) return [];
  const conditions: Condition[] = [];
  for (const [operator, keys] of Object.entries(asObject(value, 'Condition must be a JSON object.'))) {
    for (const [key, values] of Object.entries(
      asObject(keys, 'A condition operator must hold a JSON object.'),
    )) {
      // Nobody would ever supply it: a Deny that asks for it would protect nothing.
      if (!isKnownKey(key)) throw malformed(`Invalid condition key: ${key.slice(0, 128)}.`);
      const condition = readCondition(operator, key, conditionValues(values), hasVariables);
      if (!condition) throw malformed(`Invalid condition: ${operator.slice(0, 64)}.`);
      for (const { pattern } of condition.expected) assertVariables(pattern);
      conditions.push(condition);
    }
  }
  return conditions;
}

/** A variable that nobody would supply matches nothing: the statement would never apply. @throws Failure `malformed-policy` */
function assertVariables(pattern: Pattern): void {
  const unknown = variablesIn(pattern).find((key) => !isKnownKey(key));
  if (unknown !== undefined) throw malformed(`Invalid policy variable: ${unknown.slice(0, 128)}.`);
}

/** Texts, numbers and truth values, one or several, as text. */
function conditionValues(value: unknown): readonly string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  const isPlain = values.every(
    (each) => typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean',
  );
  if (!isPlain) throw malformed('The value of a condition must be text, a number or a truth value.');
  return values.map(String);
}

/** The texts of whichever of two elements there is. @throws Failure when there are both, none, or no texts */
function oneOf(
  statement: Json,
  name: string,
  negated: string,
): { readonly isNegated: boolean; readonly values: readonly string[] } {
  const isNegated = negated in statement;
  if (isNegated === name in statement)
    throw malformed(`A statement must have one of ${name} and ${negated}.`);
  const value = statement[isNegated ? negated : name];
  const values: unknown[] = Array.isArray(value) ? value : [value];
  const texts = values.filter((each) => typeof each === 'string');
  if (texts.length < values.length || texts.length === 0)
    throw malformed(`${name} must be text or a list of texts.`);
  return { isNegated, values: texts };
}

function onlyElements(value: Json, names: readonly string[]): void {
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) throw malformed(`Unknown element: ${unknown.slice(0, 64)}.`);
}

function asObject(value: unknown, reason: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(reason);
  return value as Json;
}
