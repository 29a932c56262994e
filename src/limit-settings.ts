/**
 * What the configuration says of how much there may be, and of how long what nobody uses is kept.
 *
 * Every member must be there: config/default.yaml has the defaults, and says what each means.
 */
import { z } from 'zod';

const MAX_DESTINATIONS = 10_000;
const MAX_DAYS = 36_500;

const mostAnHour = z.number().int().min(0).max(1_000_000_000);
const daysOrNever = z.union([z.literal('never'), z.coerce.number().int().min(1).max(MAX_DAYS)], {
  error: `must be never, or 1 to ${MAX_DAYS} days`,
});

/** Numbers are of an hour. */
export const limitSettings = z.strictObject({
  guestsPerAddress: mostAnHour,
  messages: z.strictObject({
    perRecipient: mostAnHour,
    emailsPerAddress: mostAnHour,
    textsPerAddress: mostAnHour,
    emailsPerPool: mostAnHour,
    textsPerPool: mostAnHour,
    textsTo: z
      .record(
        z.string().regex(/^(other|[1-9]\d{0,14})$/, 'must be other, or digits that numbers begin with'),
        mostAnHour,
      )
      .refine((limits) => Object.keys(limits).length <= MAX_DESTINATIONS, `at most ${MAX_DESTINATIONS}`),
  }),
});

/** Days; a word where there is no end. */
export const expirySettings = z.strictObject({ unconfirmedDays: daysOrNever, guestDays: daysOrNever });
