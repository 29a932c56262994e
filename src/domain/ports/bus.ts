/**
 * Bus: news between nodes (caches to drop, cut-offs to heed). In process in embedded mode.
 *
 * A hint, never the record: whoever listens must be able to catch up from the store.
 */

export interface Bus {
  publish(topic: string, news: Readonly<Record<string, string | number>>): Promise<void>;
  /** @returns a function that ends the subscription */
  subscribe(topic: string, hear: (news: Readonly<Record<string, string | number>>) => void): () => void;
}
