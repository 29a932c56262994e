/**
 * What the attributes mean that CreateUserPool asks for: the pool's schema.
 *
 * Source: Cognito API reference, SchemaAttributeType; developer guide, "Working with user attributes".
 */
import type { z } from 'zod';
import { STANDARD_ATTRIBUTES, type AttributeSchema } from '../../../domain/pools/attributes.ts';
import { refuse } from '../members.ts';
import type { schemaAttribute } from './pool-members.ts';

const MAX_CUSTOM = 50;

/**
 * The standard attributes as changed, and the custom ones under their prefixes.
 * @throws Failure `refused-parameter`
 */
export function schemaFrom(wanted: readonly z.infer<typeof schemaAttribute>[]): readonly AttributeSchema[] {
  const standard = new Map(STANDARD_ATTRIBUTES.map((each) => [each.name, each]));
  const custom = new Map<string, AttributeSchema>();
  for (const attribute of wanted) {
    const { Name: name } = attribute;
    if (name === undefined) refuse('Schema attribute name is required.');
    const known = standard.get(name);
    if (known) {
      standard.set(name, changed(known, attribute));
      continue;
    }
    if (!/^[\p{L}\p{M}\p{N}_.-]+$/u.test(name)) refuse(`Invalid attribute name ${name}.`);
    const { AttributeDataType: type } = attribute;
    if (type === undefined) refuse(`AttributeDataType is required for the custom attribute ${name}.`);
    if (attribute.Required) refuse('Required custom attributes are not supported currently.');
    const full = `${attribute.DeveloperOnlyAttribute ? 'dev:' : ''}custom:${name}`;
    if (custom.has(full)) refuse(`Attribute ${name} stands twice in the schema.`);
    custom.set(full, {
      name: full,
      type,
      isMutable: attribute.Mutable ?? true,
      isRequired: false,
      isDeveloperOnly: attribute.DeveloperOnlyAttribute ?? false,
      ...bounds(attribute),
    });
  }
  if (custom.size > MAX_CUSTOM) refuse(`A user pool has at most ${MAX_CUSTOM} custom attributes.`);
  return [...standard.values(), ...custom.values()];
}

function changed(known: AttributeSchema, attribute: z.infer<typeof schemaAttribute>): AttributeSchema {
  const {
    Name: name,
    AttributeDataType: type,
    Mutable: isMutable,
    Required: isRequired,
    DeveloperOnlyAttribute: isDeveloperOnly,
  } = attribute;
  if (name === 'sub' && (isMutable || isRequired === false)) refuse('The attribute sub cannot be changed.');
  if (type !== undefined && type !== known.type)
    refuse(
      `You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute ${name}`,
    );
  if (isDeveloperOnly)
    refuse(
      `You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute ${name}`,
    );
  return {
    ...known,
    isMutable: isMutable ?? known.isMutable,
    isRequired: isRequired ?? known.isRequired,
    ...bounds(attribute),
  };
}

function bounds({
  StringAttributeConstraints: lengths,
  NumberAttributeConstraints: values,
}: z.infer<typeof schemaAttribute>): { min?: number; max?: number } {
  const read = (text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    return /^-?\d{1,15}$/.test(text) ? Number(text) : refuse('Attribute constraints must be integers.');
  };
  const [min, max] = [
    read(lengths?.MinLength ?? values?.MinValue),
    read(lengths?.MaxLength ?? values?.MaxValue),
  ];
  if (min !== undefined && max !== undefined && min > max)
    refuse('The least value of an attribute is greater than the most.');
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}
