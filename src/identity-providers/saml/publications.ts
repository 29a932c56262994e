/**
 * Where the metadata of a provider is had from: its settings, or an address of the provider's.
 *
 * An address is read once for all who wait, and again when what is known is six hours old or lacks a key; at most once a minute. A reading that fails leaves what was known, until that is over by its own word. It may bring keys and addresses, and never another name for the provider.
 * Source: Cognito developer guide, "SAML: choosing a metadata document".
 */
import { createBoundedMap } from '../../base/bounded-map.ts';
import type { Clock } from '../../base/clock.ts';
import { isFailure } from '../../base/failure.ts';
import type { OutgoingFetch } from '../../base/fetch.ts';
import type { ProviderSettings } from '../../domain/ports/identity-provider.ts';
import { refuse, textOfDocument } from './gate.ts';
import { assertValid, type Metadata } from './metadata.ts';
import type { SamlThread } from './thread.ts';
import { unreachable } from '../upstream.ts';

const MAX_BYTES = 1024 * 1024;
const FRESH_MS = 6 * 3_600_000;
const PAUSE_MS = 60_000;
const MOST_KEPT = 500;

interface Known {
  readonly metadata: Metadata;
  readonly readAt: number;
  readonly triedAt: number;
}

interface PublicationParts {
  readonly fetch: OutgoingFetch<'tenant'>;
  readonly clock: Clock;
  readonly thread: SamlThread;
}

/** For whom a provider's documents are read: a user pool, or the provider alone where it speaks to the account itself. */
export const relyingPartyOf = ({ entityId, issuer }: ProviderSettings): string => entityId ?? issuer ?? '';

export function createPublications({ fetch, clock, thread }: PublicationParts) {
  const readMetadata = (text: string, of: string): Promise<Metadata> =>
    thread.read('metadata', { text, now: clock.now() }, of);
  const kept = createBoundedMap<string, Known>(MOST_KEPT);
  const underWay = new Map<string, Promise<Metadata>>();

  function keep(place: string, known: Known): Metadata {
    kept.set(place, known);
    return known.metadata;
  }

  /** @throws Failure `provider-refused` */
  function stillValid({ metadata }: Known): Metadata {
    assertValid(metadata.validUntil, clock.now());
    return metadata;
  }

  async function download(url: string, of: string): Promise<Metadata> {
    try {
      const response = await fetch(url, { headers: { accept: 'application/samlmetadata+xml, text/xml' } });
      if (response.status !== 200) throw unreachable(undefined, `it answers with status ${response.status}`);
      const bytes = new Uint8Array(await response.arrayBuffer());
      return await readMetadata(textOfDocument(bytes, MAX_BYTES), of);
    } catch (error) {
      if (isFailure(error, 'provider-refused', 'provider-unreachable', 'too-busy')) throw error;
      throw unreachable(error);
    }
  }

  async function read(settings: ProviderSettings): Promise<Metadata> {
    const { details, issuer } = settings;
    const of = relyingPartyOf(settings);
    const { MetadataFile: text, MetadataURL: url = '' } = details;
    const metadata = text === undefined ? await download(url, of) : await readMetadata(text, of);
    // Another name would make other people of those who are known by this one.
    if (issuer !== undefined && metadata.entityId !== issuer) refuse('its metadata has another entityID');
    return metadata;
  }

  return {
    /**
     * The provider's metadata.
     * @param isKeyUnknown something was signed by a key that the known metadata does not have
     * @throws Failure `provider-refused`, `provider-unreachable`
     */
    async of(
      settings: ProviderSettings,
      { isKeyUnknown = false }: { isKeyUnknown?: boolean } = {},
    ): Promise<Metadata> {
      const { MetadataFile: text, MetadataURL: url } = settings.details;
      const place = JSON.stringify([settings.issuer, text, url]);
      const known = kept.get(place);
      const now = clock.now().getTime();
      const isOver = known?.metadata.validUntil !== undefined && known.metadata.validUntil.getTime() <= now;
      const isOld = known && (isKeyUnknown || isOver || now - known.readAt >= FRESH_MS);
      const isDue = !known || (text === undefined && isOld);
      if (known && (!isDue || now - known.triedAt < PAUSE_MS)) return stillValid(known);
      const reading = underWay.get(place) ?? read(settings);
      underWay.set(place, reading);
      try {
        return keep(place, { metadata: await reading, readAt: now, triedAt: now });
      } catch (error) {
        if (!known) throw error;
        keep(place, { ...known, triedAt: now });
        return stillValid(known);
      } finally {
        underWay.delete(place);
      }
    },
  };
}
