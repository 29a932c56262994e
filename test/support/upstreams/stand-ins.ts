/**
 * Loaded into a process before its program: providers whose addresses are fixed are found at others, which stand in an environment variable.
 *
 * Only the text of those addresses is another, in the files that have them; how a provider is spoken to, and what it is believed, stays as it is.
 */
import { registerHooks } from 'node:module';

const FILES = /\/src\/identity-providers\/(?:google|facebook|amazon)\.ts$/;
const standIns = Object.entries<string>(JSON.parse(process.env['STAND_INS'] ?? '{}'));

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!FILES.test(url) || loaded.source === undefined || loaded.source === null) return loaded;
    const text = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    return {
      ...loaded,
      source: standIns.reduce((changed, [address, other]) => changed.replaceAll(address, other), text),
    };
  },
});
