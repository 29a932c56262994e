/**
 * Forms: how a page's answer is read and how it is known for one of ours.
 *
 * A form is believed when it comes from our own origin and carries the token of the login it belongs to; the login itself is known by a signed
 * cookie of the same browser (oidc/interaction.ts). A missing or opaque Origin is a refusal: every browser sends one with a form.
 * Source: OWASP CSRF prevention (signed double submit, origin check); Fetch, "append a request Origin header".
 */
import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { z } from 'zod';
import { Failure } from '../base/failure.ts';
import { equal, hmacSha256 } from '../base/secret.ts';
import type { Sealer } from '../domain/ports/sealer.ts';

const MAX_BYTES = 16 * 1024;
const MAX_MS = 10_000;
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** `form-refused`: it is not one of ours. `form-unreadable`: too big, too slow, of another type, or not what the page asks for. */
export type FormFailure = 'form-refused' | 'form-unreadable';

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
      if (context.get('Origin') !== origin)
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
 * @throws Failure `form-unreadable`
 */
export async function readForm(context: Context, maxBytes = MAX_BYTES): Promise<Record<string, string>> {
  // `null` is a request without a body, which says nothing.
  if (context.is(FORM_TYPE) === false) throw new Failure<FormFailure>('form-unreadable', { reason: 'type' });
  return membersOf(new URLSearchParams(await bodyOf(context.req, maxBytes)));
}

/** Members by name; one that comes twice is as good as none, for nobody can say which was meant. */
function membersOf(form: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...form].filter(([name]) => form.getAll(name).length === 1));
}

async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Failure<FormFailure>('form-unreadable', { reason: 'slow' })), MAX_MS);
  });
  try {
    return await Promise.race([readAll(request, maxBytes), tooSlow]);
  } finally {
    clearTimeout(timer);
  }
}

async function readAll(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  // The socket must stay usable for the refusal.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > maxBytes) throw new Failure<FormFailure>('form-unreadable', { reason: 'size' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
