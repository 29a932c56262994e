/**
 * Functions: what an ARN in a pool's LambdaConfig stands for, as the configuration says it.
 *
 * Named by the whole ARN, by the ARN without version or alias, or by the function's name alone; the first that is there counts.
 */
import { z } from 'zod';
import { parseArn } from '../base/arn.ts';
import { webhookKey } from '../base/standard-webhook.ts';

const MAX_ADDRESS = 2048;

const address = z
  .url({ protocol: /^https?$/ })
  .max(MAX_ADDRESS)
  .refine((text) => !URL.parse(text)?.username && !URL.parse(text)?.password, 'must not carry credentials');
const exported = z.string().regex(/^[A-Za-z_$][\w$]{0,99}$/, 'must be the name of an export');

export const webhookSecret = z
  .string()
  .refine((text) => webhookKey(text) !== undefined, 'must be whsec_ and the base64 of 24 to 64 bytes');

/** One member of the configuration's `triggers.functions`. */
export const configuredFunction = z.union([
  z.strictObject({
    module: z.string().regex(/^file:.{1,1000}$/, 'must begin with file:'),
    handler: exported.optional(),
  }),
  z.strictObject({ webhook: address, secret: webhookSecret.optional() }),
  z.strictObject({
    lambda: address.refine(isBare, 'must be a scheme, a host and at most a port'),
    function: z
      .string()
      .regex(/^[\w:.-]{1,170}$/, 'must be the name or ARN of a function')
      .optional(),
  }),
]);

/** What stands for a function; of webhooks, without their secrets. */
export type TriggerFunction =
  | { readonly module: string; readonly handler?: string | undefined }
  | { readonly webhook: string }
  | { readonly lambda: string; readonly function?: string | undefined };

/** A function as an ARN names it. */
export interface Named {
  /** The whole ARN. */
  readonly arn: string;
  readonly name: string;
  /** Version or alias. */
  readonly qualifier?: string;
}

/** The parts of `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]`; of another ARN the last part is the name. */
export function namedBy(arn: string): Named {
  const parts = parseArn(arn)?.resource.split(':') ?? [];
  if (parts[0] === 'function' && parts[1]) return { arn, name: parts[1], qualifier: parts[2] };
  return { arn, name: arn.slice(arn.lastIndexOf(':') + 1) };
}

/** What the configuration has under one of the function's names. */
export function entryOf<Entry>(
  entries: Readonly<Record<string, Entry>>,
  { arn, name, qualifier }: Named,
): Entry | undefined {
  const unqualified = qualifier === undefined ? arn : arn.slice(0, -qualifier.length - 1);
  const known = [arn, unqualified, name].find((each) => Object.hasOwn(entries, each));
  return known === undefined ? undefined : entries[known];
}

function isBare(text: string): boolean {
  const { search, hash, pathname } = new URL(text);
  return pathname === '/' && !search && !hash;
}
