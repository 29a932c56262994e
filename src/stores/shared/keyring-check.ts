/**
 * Keyring check: whether the keyring at hand can open what the store holds, asked before anything is served.
 *
 * A sealed marker is kept for each key that has ever sealed here; whoever retires a key removes its marker. Without this, a program
 * started with the wrong keyring would fail sign-in by sign-in, and seal new records that the right keyring cannot open.
 */
import { Failure, isFailure } from '../../base/failure.ts';
import { insert, type Collection, type Records } from '../../domain/ports/records.ts';
import type { Sealer } from '../../domain/ports/sealer.ts';

interface Marker {
  readonly keyId: string;
  /** The key's id, sealed by it. */
  readonly sealedId: string;
}
export const keyringChecks: Collection<Marker> = { name: 'keyring-check', key: ({ keyId }) => [keyId] };

type KeyringCheckFailure = 'keyring-does-not-open';

const MOST_KEYS = 1000;
const PURPOSE = 'keyring-check';

/**
 * Resolves when `sealer` opens the markers of every key used before; leaves one for its newest key.
 *
 * @param records the store itself, undecorated
 * @throws Failure `keyring-does-not-open` (fact: key, the id of the key that is missing or wrong)
 */
export async function assertKeyringOpens(records: Records, sealer: Sealer): Promise<void> {
  const { keyId } = sealer.derive(PURPOSE, 32);
  const markers = await allMarkers(records);
  for (const marker of markers) assertOpens(sealer, marker);
  if (markers.some((marker) => marker.keyId === keyId)) return;
  try {
    await records.commit(insert(keyringChecks, { keyId, sealedId: sealer.seal(keyId, contextOf(keyId)) }));
  } catch (error) {
    if (!isFailure(error, 'already-kept')) throw error;
    // Another process was first to leave it: then it must be of the same keyring.
    for (const marker of await allMarkers(records)) assertOpens(sealer, marker);
  }
}

async function allMarkers(records: Records): Promise<readonly Marker[]> {
  return (await records.page(keyringChecks, { prefix: [], limit: MOST_KEYS })).records;
}

function assertOpens(sealer: Sealer, { keyId, sealedId }: Marker): void {
  try {
    sealer.open(sealedId, contextOf(keyId));
  } catch (error) {
    throw new Failure<KeyringCheckFailure>('keyring-does-not-open', { key: keyId }, { cause: error });
  }
}

const contextOf = (keyId: string): string => `${PURPOSE}/${keyId}`;
