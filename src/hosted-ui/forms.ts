/**
 * Forms: how a page's answer is read and how it is known for one of ours.
 *
 * A form is believed when it carries the token of the login it belongs to; the login itself is known by a signed cookie of the same browser
 * (oidc/interaction.ts). WebViews and older browsers send no Origin, so a missing one tells nothing. One that is another's, or opaque
 * (`null`), is a refusal.
 * Source: OWASP CSRF prevention (signed double submit, origin check); Fetch, "append a request Origin header".
 */
import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { z } from 'zod';
import { createBody } from '../base/body.ts';
import { Failure } from '../base/failure.ts';
import { hasTooManyParameters, MOST_IN_FORM } from '../base/parameters.ts';
import { equal, hmacSha256 } from '../base/secret.ts';
import type { Sealer } from '../domain/ports/sealer.ts';

const MAX_BYTES = 16 * 1024;
const MAX_MS = 10_000;
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** `form-refused`: it is not one of ours. `form-unreadable`: too big, too slow, of another type, or not what the page asks for. */
type FormFailure = 'form-refused' | 'form-unreadable';

export type Forms = ReturnType<typeof createForms>;

/** @param origin our own, e.g. `https://id.example.com` */
export function createForms({ sealer, origin }: { readonly sealer: Sealer; readonly origin: string }) {
  const { secret } = sealer.derive('hosted-ui forms', 32);
  const tokenOf = (poolId: string, loginId: string): string =>
    hmacSha256(secret, `${poolId}/${loginId}`).toString('base64url');

  return {
    /** The token that a form of this login carries. */
    tokenOf,

    /**
     * The form sent with this request, read by `schema`.
     * @throws Failure `form-refused`, `form-unreadable`
     */
    async read<T>(context: Context, schema: z.ZodType<T>, login: { poolId: string; id: string }): Promise<T> {
      if ((context.headers.origin ?? origin) !== origin)
        throw new Failure<FormFailure>('form-refused', { reason: 'origin' });
      const { csrf = '', ...members } = await readForm(context);
      if (!equal(csrf, tokenOf(login.poolId, login.id)))
        throw new Failure<FormFailure>('form-refused', { reason: 'token' });
      const { data, success } = schema.safeParse(members);
      if (!success) throw new Failure<FormFailure>('form-unreadable', { reason: 'members' });
      return data;
    },
  };
}

/**
 * What a form says, whoever sent it.
 * @param maxBytes at most 256 KiB: nobody is known yet
 * @throws Failure `form-unreadable`
 */
export async function readForm(context: Context, maxBytes = MAX_BYTES): Promise<Record<string, string>> {
  return membersOf(await readPairs(context, maxBytes));
}

/**
 * The same, with what comes twice.
 * @throws Failure `form-unreadable`
 */
export async function readPairs(context: Context, maxBytes = MAX_BYTES): Promise<URLSearchParams> {
  // `null` is a request without a body, which says nothing.
  if (context.is(FORM_TYPE) === false) throw unreadable('type');
  const bytes = await readFormBytes(context.req, maxBytes);
  return new URLSearchParams(bytes.toString('utf8'));
}

/**
 * The bytes of a form, which has no more parameters than anybody may parse. Every form that is not an AWS call comes through here, also
 * those that oidc-provider parses.
 * @throws Failure `form-unreadable`
 */
export async function readFormBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const body = createBody(request, MAX_MS);
  const state = await body.readTo(maxBytes);
  const bytes = body.bytes();
  body.release();
  if (state !== 'whole') throw unreadable(state === 'more' ? 'size' : 'slow');
  if (hasTooManyParameters(bytes.toString('latin1'), MOST_IN_FORM)) throw unreadable('parameters');
  return bytes;
}

const unreadable = (reason: string) => new Failure<FormFailure>('form-unreadable', { reason });

/** Members by name; one that comes twice is as good as none, for nobody can say which was meant. */
function membersOf(form: URLSearchParams): Record<string, string> {
  const members = new Map<string, string>();
  const twice = new Set<string>();
  for (const [name, value] of form) {
    if (members.has(name)) twice.add(name);
    members.set(name, value);
  }
  return Object.fromEntries([...members].filter(([name]) => !twice.has(name)));
}
