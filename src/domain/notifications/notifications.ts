/**
 * Letters: the messages that a pool sends to its people, in the pool's own words or in Cognito's.
 *
 * Every code and every temporary password leaves through `send`: written by notifications/templates.ts or the pool's function, filled in by notifications/render.ts, delivered by the installation or by the pool's own sender. Of what a
 * person put into his attributes nothing enters a letter, but the address that he is invited to sign in with.
 * Source: Cognito developer guide, "Configuring verification and invitation messages", "One-click link verification".
 */
import type { Message } from '../ports/messages.ts';
import type { CallerContext } from '../ports/caller-context.ts';
import { createLetterFunctions } from './message-triggers.ts';
import { asHtml, asLine, asPlain, asWritten, type Filling } from './render.ts';
import { isByLink, templateOf, type Channel, type LetterOccasion, type Wanted } from './templates.ts';
import type { Countable, MessageLimits } from './message-limits.ts';
import type { PoolTriggers } from '../triggers/pool-triggers.ts';
import type { ContactAttribute, Pool } from '../pools/pools.ts';
import type { Post } from './delivery.ts';
import type { User } from '../users/users.ts';

export type { Channel, LetterOccasion } from './templates.ts';

export interface Letter {
  readonly pool: Pool;
  readonly user: Pick<User, 'username' | 'sub' | 'attributes' | 'status'>;
  readonly occasion: LetterOccasion;
  readonly channel: Channel;
  /** E-mail address or phone number. */
  readonly to: string;
  /** Code or temporary password; absent where somebody is invited who has none. */
  readonly code?: string;
  /** Who asked for it, for what is counted by address. */
  readonly caller: CallerContext;
  readonly visibility: Countable['visibility'];
  /** The client that asked for it; an administrator when absent. */
  readonly clientId?: string;
  /** What the caller gave for the pool's triggers (ClientMetadata). */
  readonly metadata?: Readonly<Record<string, string>>;
}
interface LettersParts {
  readonly limits: MessageLimits;
  readonly post: Post;
  readonly poolTriggers: Pick<PoolTriggers, 'ask'>;
  /** Where browsers find us, without a slash at the end. */
  readonly publicUrl: string;
}

export type Letters = ReturnType<typeof createLetters>;

export function createLetters({ limits, post, poolTriggers, publicUrl }: LettersParts) {
  const functions = createLetterFunctions({ poolTriggers });

  /** Where whoever opens it confirms the account. Cognito's form; here the pool's own address serves in place of a domain. */
  function linkOf({ pool, user, code = '', clientId = '' }: Letter): string {
    const query = new URLSearchParams({
      client_id: clientId,
      user_name: user.username,
      confirmation_code: code,
    });
    return `${publicUrl}/${pool.id}/confirmUser?${query.toString()}`;
  }

  /** The message of a letter, in words of the pool's or of `written`. */
  async function messageOf(letter: Letter, written: typeof functions.written): Promise<Message> {
    const { pool, user, occasion, channel, to, code = '' } = letter;
    const canLink = letter.clientId !== undefined;
    const wanted: Wanted = { occasion, channel, canLink, hasCode: letter.code !== undefined };
    const byLink = isByLink(pool.messages, wanted);
    const { body, subject } = await written(letter, templateOf(pool.messages, wanted), {
      isByLink: byLink,
      hasCodeToTell: wanted.hasCode,
    });
    const filling: Filling = {
      code,
      username: occasion === 'invitation' ? loginOf(letter) : undefined,
      link: byLink ? linkOf(letter) : undefined,
    };
    const isEmail = channel === 'email';
    return {
      channel,
      to,
      kind: occasion,
      poolId: pool.id,
      username: user.username,
      code,
      text: isEmail ? asPlain(body, filling) : asWritten(body, filling),
      ...(isEmail && {
        html: asHtml(body, filling),
        subject: asLine(subject),
        from: pool.messages.from,
        replyTo: pool.messages.replyTo,
      }),
    };
  }

  return {
    /**
     * Counts one message, and hands it over for delivery.
     * @throws Failure `delivery-failed`; of MessageLimitFailure, of TriggerFailure
     */
    async send(wanted: Letter): Promise<void> {
      const letter = await limits.count(wanted);
      if (await functions.sent(letter, letter.code ?? '')) return;
      await post.hand(letter, await messageOf(letter, (...asked) => functions.written(...asked)));
    },

    /** Writes a letter that goes to nobody, in the pool's own words: for the time that it takes. No function hears of it. */
    async rehearse(letter: Letter): Promise<void> {
      await limits.rehearse(letter);
      await messageOf(letter, async (_told, usual) => usual);
    },
  };
}

/** What the person signs in with: his name, or the address that serves as one, rather the one that the letter goes to. */
function loginOf({ pool: { usernameAttributes }, user, channel }: Letter): string {
  const reached: ContactAttribute = channel === 'email' ? 'email' : 'phone_number';
  const names = usernameAttributes.toSorted(
    (one, other) => Number(other === reached) - Number(one === reached),
  );
  return names.map((name) => user.attributes[name]).find(Boolean) ?? user.username;
}
