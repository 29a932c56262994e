/**
 * Matching: the wildcards and variables of policies, without regular expressions.
 *
 * A pattern becomes units once, when the policy is written. Matching walks pattern and text with two pointers and steps back only to the last `*`, so that the work is
 * bounded by the product of their lengths whatever the pattern. What a variable stands for is literal: a `*` in a user's name is a star and nothing else.
 * Source: IAM user guide, "IAM JSON policy elements: Resource", "Policy elements: Variables and tags".
 */

/** Looks a condition key up; undefined when it is absent or has several values. */
export type Lookup = (key: string) => string | undefined;

/** A UTF-16 unit, or one of the two that follow: numbers alone, because the walk over them is what a decision costs. */
type Unit = number;
const ANY = -1;
const ONE = -2;
const END = -3;
interface Variable {
  readonly key: string;
  readonly fallback?: string;
}
export interface Pattern {
  readonly units: readonly (Unit | Variable)[];
  readonly hasVariables: boolean;
}

/** `${key}`, `${key, 'default'}`, and the three escapes. */
const VARIABLE = /^\$\{(?:([*?$])|([A-Za-z0-9._/-]{1,256}:[^,}'\s]{1,256})(?:,\s*'([^']*)')?)\}/;

/**
 * @param text e.g. `arn:aws:s3:::home/${aws:username}/*`
 * @param hasVariables false in policies of version 2008-10-17, where `${` is literal
 * @param isLiteral stars and question marks stand for themselves
 */
export function compile(
  text: string,
  { hasVariables, isLiteral = false }: { hasVariables: boolean; isLiteral?: boolean },
): Pattern {
  const units: (Unit | Variable)[] = [];
  for (let at = 0; at < text.length;) {
    const found = hasVariables && text.startsWith('${', at) ? VARIABLE.exec(text.slice(at, at + 600)) : null;
    if (found) {
      const [whole, escaped, key, fallback] = found;
      units.push(escaped === undefined ? { key: key ?? '', fallback } : escaped.charCodeAt(0));
      at += whole.length;
      continue;
    }
    const unit = isLiteral ? text.charCodeAt(at) : unitAt(text, at);
    // Two stars mean what one means.
    if (unit !== ANY || units.at(-1) !== ANY) units.push(unit);
    at += 1;
  }
  return patternOf(units);
}

function unitAt(text: string, at: number): Unit {
  if (text[at] === '*') return ANY;
  return text[at] === '?' ? ONE : text.charCodeAt(at);
}

const patternOf = (units: readonly (Unit | Variable)[]): Pattern => ({
  units,
  hasVariables: !units.every(isUnit),
});
const isUnit = (unit: Unit | Variable): unit is Unit => typeof unit === 'number';

/** The keys of a pattern's variables. */
export const variablesIn = ({ units }: Pattern): readonly string[] =>
  units.flatMap((unit) => (isUnit(unit) ? [] : [unit.key]));

/** True when `text` is one that the pattern means; false when a variable of it has no value. */
export function matches(pattern: Pattern, text: string, lookup: Lookup): boolean {
  const units = resolve(pattern, lookup);
  return units !== undefined && walk(units, text);
}

/** The pattern's one text, for operators that know no wildcards; undefined when a variable has no value. */
export function literal(pattern: Pattern, lookup: Lookup): string | undefined {
  return resolve(pattern, lookup)
    ?.map((unit) => (unit === ANY ? '*' : unit === ONE ? '?' : String.fromCharCode(unit)))
    .join('');
}

function resolve(pattern: Pattern, lookup: Lookup): readonly Unit[] | undefined {
  // `hasVariables` says that there are only units.
  if (!pattern.hasVariables) return pattern.units as readonly Unit[];
  const units: Unit[] = [];
  for (const unit of pattern.units) {
    if (isUnit(unit)) {
      units.push(unit);
      continue;
    }
    const value = lookup(unit.key) ?? unit.fallback;
    if (value === undefined) return undefined;
    // UTF-16 units one by one, as the pattern's own text and the text compared are.
    for (let at = 0; at < value.length; at += 1) units.push(value.charCodeAt(at));
  }
  return units;
}

function walk(units: readonly Unit[], text: string): boolean {
  const [unitCount, length] = [units.length, text.length];
  let unit = 0;
  let at = 0;
  let star = -1;
  let resume = 0;
  while (at < length) {
    // Never read beyond the end: the engine would fall back to its slow reads for good.
    const present = unit < unitCount ? units[unit] : END;
    if (present === ANY) {
      star = unit;
      resume = at;
      unit += 1;
    } else if (present === text.charCodeAt(at) || present === ONE) {
      unit += 1;
      at += 1;
    } else if (star >= 0) {
      unit = star + 1;
      resume += 1;
      at = resume;
    } else return false;
  }
  while (unit < unitCount && units[unit] === ANY) unit += 1;
  return unit === unitCount;
}

/** A pattern of an ARN: six parts matched apart, so that a `*` in the account never reaches into the name. */
export type ArnPattern =
  | { readonly isAny: true }
  | { readonly isAny: false; readonly parts: readonly Pattern[] };

const ARN_PARTS = 6;
const COLON = ':'.charCodeAt(0);

/** The parts of an ARN pattern; undefined when it has fewer than six and is not `*`. */
export function compileArn(text: string, options: { hasVariables: boolean }): ArnPattern | undefined {
  return text === '*' ? { isAny: true } : arnPattern(compile(text, options));
}

/** The same of a pattern that is compiled already. */
export function arnPattern(pattern: Pattern): ArnPattern | undefined {
  const { units } = pattern;
  if (units.length === 1 && units[0] === ANY) return { isAny: true };
  const parts: (Unit | Variable)[][] = [[]];
  for (const unit of units) {
    if (unit === COLON && parts.length < ARN_PARTS) parts.push([]);
    else parts.at(-1)?.push(unit);
  }
  const isArn =
    parts.length === ARN_PARTS &&
    parts[0]?.length === 3 &&
    parts[0].every((unit, index) => unit === 'arn'.charCodeAt(index));
  return isArn ? { isAny: false, parts: parts.map(patternOf) } : undefined;
}

export function matchesArn(pattern: ArnPattern, arn: string, lookup: Lookup): boolean {
  if (pattern.isAny) return true;
  const pieces = arn.split(':');
  const parts = [...pieces.slice(0, ARN_PARTS - 1), pieces.slice(ARN_PARTS - 1).join(':')];
  if (pieces.length < ARN_PARTS) return false;
  return pattern.parts.every((part, index) => matches(part, parts[index] ?? '', lookup));
}
