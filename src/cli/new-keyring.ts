/**
 * `npm run new-keyring <file>`: makes a keyring for processes that share their stores, and never touches one that is there.
 *
 * One process makes its own at its first start; several must be given the same.
 */
import { systemClock } from '../base/clock.ts';
import { isFailure } from '../base/failure.ts';
import { openKeyring } from '../token-keys/keyring.ts';

const [, , file] = process.argv;
if (file === undefined) {
  process.stderr.write('Name the file: npm run new-keyring keys/keyring.json\n');
  process.exit(2);
}
try {
  const { keys, isNew } = await openKeyring(file, { mayCreate: true, clock: systemClock });
  const did = isNew ? 'was made' : 'was there already and stays as it is';
  process.stdout.write(`${file} ${did}. Keys: ${keys.map(({ id }) => id).join(', ')}\n`);
} catch (error) {
  if (!isFailure(error)) throw error;
  process.stderr.write(`${file}: ${String(error.facts['reason'] ?? error.kind)}\n`);
  process.exit(1);
}
