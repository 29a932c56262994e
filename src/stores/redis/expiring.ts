/**
 * Notes and counters in Redis, each kind and id under a tag of its own: the moment of the end, NUL, and the note or the count.
 *
 * What must happen once is one command or one script. A note past its time is absent by our clock; Redis forgets it a while later.
 */
import type { Expiring } from '../../domain/ports/expiring.ts';
import { moments, noteText } from '../shared/expiry.ts';
import { MARGIN_MS, type RedisParts } from './records.ts';
import { CLAIM, COUNT } from './scripts.ts';

const NUL = '\0';

export function redisExpiring({ reader, writer, settled, keys, clock }: RedisParts): Expiring {
  const { inSeconds, isPast } = moments(clock);
  const now = () => clock.now().getTime();
  const remembered = (until: number): number => until - now() + MARGIN_MS;

  /** What follows the moment in `value`, when that is still to come. */
  function living(value: string | null): string | undefined {
    if (value === null) return undefined;
    const stop = value.indexOf(NUL);
    return isPast(Number(value.slice(0, stop))) ? undefined : value.slice(stop + 1);
  }
  // The note is what was put under this kind; who asks for it knows its form.
  const thaw = (json: string | undefined) => (json === undefined ? undefined : JSON.parse(json));

  async function taken(kind: string, id: string): Promise<string | undefined> {
    const value = await writer.run((client) => client.getdel(keys.note(kind, id)));
    await settled();
    return living(value);
  }

  return {
    async put(kind, id, note, seconds) {
      const until = inSeconds(seconds);
      const value = until + NUL + noteText(note);
      await writer.run((client) => client.set(keys.note(kind, id), value, 'PX', remembered(until)));
      await settled();
    },
    async claim(kind, id, note, seconds) {
      const until = inSeconds(seconds);
      const words = [now(), until + NUL + noteText(note), remembered(until)];
      const claimed = await writer.runScript(CLAIM, [keys.note(kind, id)], words);
      await settled();
      return claimed === 1;
    },
    async get(kind, id) {
      return thaw(living(await reader.run((client) => client.get(keys.note(kind, id)))));
    },
    take: async (kind, id) => thaw(await taken(kind, id)),
    spend: async (kind, id) => (await taken(kind, id)) !== undefined,
    async count(kind, id, seconds) {
      const until = inSeconds(seconds);
      const words = [now(), until, remembered(until)];
      const count = await writer.runScript(COUNT, [keys.counter(kind, id)], words);
      await settled();
      return Number(count);
    },
    async counted(kind, id) {
      return Number(living(await reader.run((client) => client.get(keys.counter(kind, id)))) ?? 0);
    },
    async forget(kind, id) {
      await writer.run((client) => client.del(keys.note(kind, id), keys.counter(kind, id)));
      await settled();
    },
  };
}
