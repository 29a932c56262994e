/**
 * Message limits: how many messages an hour go to one recipient, come of one address, leave one pool, and go to one country as texts.
 *
 * Messages cost money and annoy who did not ask for them, so nothing is handed over that was not counted here: a letter must be
 * `Counted` to leave, and only `count` makes it so. Where an app client hides who exists, what is counted must not show in any answer:
 * such letters have counts of their own, and one too many is dropped in silence, but for the log. Second factors have counts of their own
 * as well: what strangers have sent to somebody, or to all of a pool, must not keep from coming in who has shown a password.
 * Sources: ITU-T E.164 for calling codes; Cognito API reference, LimitExceededException, TooManyRequestsException.
 */
import { Failure } from '../../base/failure.ts';
import type { Expiring } from '../ports/expiring.ts';
import { callerNetwork, type CallerContext } from '../ports/caller-context.ts';
import type { Channel, LetterOccasion } from './templates.ts';
import type { Pool } from '../pools/pools.ts';

const WINDOW_SECONDS = 3600;

/** Most messages in an hour; config/default.yaml has the defaults. */
export interface MessageLimitSettings {
  readonly perRecipient: number;
  readonly emailsPerAddress: number;
  readonly textsPerAddress: number;
  readonly emailsPerPool: number;
  readonly textsPerPool: number;
  /** Of one pool, by what numbers begin with after the plus sign; the longest counts. `other` is of each calling code that is not named. */
  readonly textsTo: Readonly<Record<string, number>>;
}
/** What is to be sent, as far as it is counted. */
export interface Countable {
  readonly pool: Pick<Pool, 'id'>;
  readonly occasion: LetterOccasion;
  readonly channel: Channel;
  readonly to: string;
  readonly caller: CallerContext;
  /**
   * `hidden`: whether it was sent, or would have been too much, must not show in any answer. `owner`: only who has proven to be the
   * user can have it sent, and it goes where the user proved to read it.
   */
  readonly visibility: 'open' | 'hidden' | 'owner';
}
declare const counted: unique symbol;
/** What was counted, and may be handed over. */
export type Counted<Letter> = Letter & { readonly [counted]: true };

/** Which limit a message would break. */
type MessageLimit = 'recipient' | 'address' | 'pool' | 'country';
/** Both have the fact `limit`. They differ in the name that AWS documents for the operation. */
export type MessageLimitFailure = 'too-many-messages' | 'too-many-letters';

interface MessageLimitParts {
  readonly expiring: Expiring;
  readonly settings: MessageLimitSettings;
  /** Hears of each message that is not sent, for the log. */
  readonly onRefused: (refused: {
    readonly pool: string;
    readonly channel: Channel;
    readonly occasion: LetterOccasion;
    readonly limit: MessageLimit;
  }) => void;
}
export type MessageLimits = ReturnType<typeof createMessageLimits>;

/** Operations that send these document TooManyRequestsException and not LimitExceededException. */
const WITHOUT_LIMIT_EXCEEDED: readonly LetterOccasion[] = [
  'invitation',
  'changed-attribute',
  'authentication',
];

export function createMessageLimits({ expiring, settings, onRefused }: MessageLimitParts) {
  /** The counts of a message, those that an attacker can choose least first: what is refused uses up nothing of what comes after. */
  function countsOf(letter: Countable): readonly [MessageLimit, string, number][] {
    const { pool, channel, to, caller } = letter;
    const isText = channel === 'sms';
    const network = callerNetwork(pool.id, caller);
    const destination = isText ? destinationOf(to, settings.textsTo) : undefined;
    return [
      ...(network === undefined
        ? []
        : [['address', network, isText ? settings.textsPerAddress : settings.emailsPerAddress] as const]),
      ['recipient', `${pool.id}/${recipientOf(to)}`, settings.perRecipient],
      ...(destination === undefined
        ? []
        : [['country', `${pool.id}/${destination.prefix}`, destination.most] as const]),
      ['pool', pool.id, isText ? settings.textsPerPool : settings.emailsPerPool],
    ] as [MessageLimit, string, number][];
  }

  async function refusedBy(letter: Countable, visibility: string): Promise<MessageLimit | undefined> {
    for (const [limit, key, most] of countsOf(letter)) {
      const kind = `messages:${visibility}:${letter.channel}:${limit}`;
      const sent = most === 0 ? 1 : await expiring.count(kind, key, WINDOW_SECONDS);
      if (sent > most) return limit;
    }
    return undefined;
  }

  return {
    /** The work of `count` for a letter that goes to nobody; what it counts is looked at by nobody. */
    async rehearse(letter: Countable): Promise<void> {
      await refusedBy(letter, 'rehearsed');
    },

    /**
     * Counts a message, so that it may be handed over.
     * @throws Failure of MessageLimitFailure when it would be one too many
     */
    async count<Letter extends Countable>(letter: Letter): Promise<Counted<Letter>> {
      const { pool, channel, occasion, visibility } = letter;
      const limit = await refusedBy(letter, visibility);
      if (limit !== undefined) {
        onRefused({ pool: pool.id, channel, occasion, limit });
        const isPlain = WITHOUT_LIMIT_EXCEEDED.includes(occasion);
        throw new Failure<MessageLimitFailure>(isPlain ? 'too-many-letters' : 'too-many-messages', { limit });
      }
      // The only place that may say so: everything above was counted.
      return letter as Counted<Letter>;
    },
  };
}

/** What counts as one mailbox: case and a `+tag` make no other one. */
function recipientOf(to: string): string {
  const at = to.lastIndexOf('@');
  if (at < 0) return to;
  const [local = ''] = to.slice(0, at).split('+');
  return `${local || to.slice(0, at)}@${to.slice(at + 1)}`.toLowerCase();
}

/** What a text is counted under, and how many there may be: the longest prefix that is named, else the calling code. */
function destinationOf(
  to: string,
  textsTo: MessageLimitSettings['textsTo'],
): { readonly prefix: string; readonly most: number } {
  const number = to.replace(/^\+/, '');
  const [named] = Object.keys(textsTo)
    .filter((prefix) => number.startsWith(prefix))
    .toSorted((one, other) => other.length - one.length);
  // A missing member is no permission.
  if (named === undefined) return { prefix: callingCodeOf(number), most: textsTo['other'] ?? 0 };
  return { prefix: named, most: textsTo[named] ?? 0 };
}

/** Calling codes of one and of two digits; all others have three (E.164, list of assigned country codes). */
const SHORT_CODES = new Set(
  '1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98'.split(
    ' ',
  ),
);
const callingCodeOf = (number: string): string =>
  [1, 2].map((length) => number.slice(0, length)).find((code) => SHORT_CODES.has(code)) ?? number.slice(0, 3);
