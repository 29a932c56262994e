/**
 * The bus of a single process: news reach every listener of their topic, after the publisher's own step is over.
 *
 * A listener that throws ends the process, as any bug does; it does not silence the others.
 */
import type { Bus } from '../domain/ports/bus.ts';

type Hear = Parameters<Bus['subscribe']>[1];

export function inProcessBus(): Bus {
  const topics = new Map<string, Set<{ hear: Hear }>>();

  return {
    async publish(topic, news) {
      const told = Object.freeze({ ...news });
      for (const listener of topics.get(topic) ?? []) queueMicrotask(() => listener.hear(told));
    },
    subscribe(topic, hear) {
      const listener = { hear };
      const listeners = topics.get(topic) ?? new Set();
      topics.set(topic, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && topics.get(topic) === listeners) topics.delete(topic);
      };
    },
  };
}
