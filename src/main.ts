/**
 * The process: reads the configuration, opens keyring and stores, starts the program, and stops it when told to.
 *
 * It listens before its stores are there, so that whoever watches it sees a process that lives and is not ready.
 * What goes wrong before the program is ready is told in plain words on standard error, with exit code 1. On SIGTERM and SIGINT it stops
 * being ready, lets requests under way finish, and closes the store.
 */
import { setTimeout as elapsed } from 'node:timers/promises';
import { assertKeyringOpens } from './stores/shared/keyring-check.ts';
import { build } from './build.ts';
import { systemClock } from './base/clock.ts';
import { createFetches } from './base/fetch.ts';
import { isFailure } from './base/failure.ts';
import { createLog, type Log } from './base/log.ts';
import { ConfigFault, loadConfig, type Config } from './config.ts';
import { collections } from './domain/collections.ts';
import { openMessages } from './messages/channels.ts';
import { listen, ListenFault } from './ops/listen.ts';
import { createWaitingDoor } from './ops/waiting.ts';
import { openEmbedded, openShared, type Storage } from './stores/storage.ts';
import { openTriggers } from './triggers/index.ts';
import { openPasswordHash } from './password-hash/index.ts';
import { openKeyring } from './token-keys/keyring.ts';
import { isWeakKey, openRootCredentials, type RootCredentials } from './token-keys/root-credentials.ts';

const WAIT_MS = 1000;

await start().catch((error: unknown) => {
  process.stderr.write(`Cognate cannot start.\n${reasonOf(error)}\n`);
  process.exit(1);
});

async function start(): Promise<void> {
  const configured = loadConfig(process.env);
  const log = createLog(configured.log.level);

  // A key made here would be another one on the next machine, and what they seal lies in one store.
  const sealer = await openKeyring(configured.keys.keyringFile, {
    mayCreate: !configured.isShared,
    clock: systemClock,
  });
  const { operator: fetch } = createFetches(configured.outgoing);
  const messages = openMessages({
    ...configured.messages,
    secrets: configured.secrets.messages,
    fetch,
    clock: systemClock,
    log,
  });
  const triggers = await openTriggers({
    ...configured.triggers,
    secrets: configured.secrets.webhooks,
    fetch,
    clock: systemClock,
    onFailure: (report) => log.warn({ event: 'trigger-failed', ...report }),
  });
  const door = createWaitingDoor();
  const listening = await listen(door.answer, configured.server, (address) =>
    log.warn({ event: 'connections-limited', address }),
  );
  const config = atPort(configured, listening.port);
  const storage = await openStorage(config, log);
  await assertKeyringOpens(storage.records, sealer);
  const root = config.secrets.root ?? openRootCredentials(config.keys.rootCredentialsFile);
  warnOfWeakRoot(root, log);

  const passwordHash = openPasswordHash();
  const program = build({
    config,
    log,
    sealer,
    passwordHash,
    root,
    storage,
    triggers,
    clock: systemClock,
    messages,
  });
  await program.load();
  door.open(program.answer);
  const stop = async (signal: string) => {
    log.info({ event: 'draining', signal });
    program.withdraw();
    await elapsed(config.server.noticeSeconds * 1000);
    await listening.drain(config.server.drainSeconds);
    await program.close();
    messages.close();
    await passwordHash.close();
    await storage.close();
    process.exit(0);
  };
  stopOnSignal(stop);
  // Last: whoever reads that the program is ready may tell it to stop at once, and finds it draining.
  log.info({ event: 'ready', port: listening.port, publicUrl: config.publicUrl });
  greet(config);
}

/** Waits for stores that are not there yet: whoever starts everything at once need not care about the order. */
async function openStorage({ storage, secrets }: Config, log: Log): Promise<Storage> {
  const parts = {
    clock: systemClock,
    collections,
    onError: (err: unknown) => log.error({ event: 'storage-failed', err }),
  };
  if (!secrets.stores) return openEmbedded(storage.dataDir, parts);
  const address = {
    ...secrets.stores,
    prefix: storage.redisPrefix,
    volatile: storage.volatile,
    onWarning: (warning: string) => log.warn({ event: 'storage-not-durable', warning }),
  };
  for (;;) {
    try {
      return await openShared(address, parts);
    } catch (error) {
      if (!isFailure(error, 'store-unavailable')) throw error;
      log.warn({ event: 'waiting-for-storage', ...error.facts });
      await elapsed(WAIT_MS);
    }
  }
}

/** The first signal drains; a second one ends the process at once. */
function stopOnSignal(stop: (signal: string) => Promise<void>): void {
  let isStopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1);
      isStopping = true;
      stop(signal).catch((error: unknown) => {
        process.stderr.write(`Cognate did not stop cleanly.\n${reasonOf(error)}\n`);
        process.exit(1);
      });
    });
  }
}

/** The configuration once the port is known; a public URL with port 0 means the one listened on. */
function atPort(config: Config, port: number): Config {
  const url = new URL(config.publicUrl);
  if (url.port !== '0') return config;
  url.port = String(port);
  return { ...config, publicUrl: url.href.replace(/\/$/, '') };
}

/** A short key is accepted at a loopback address only, and must not be carried elsewhere. */
function warnOfWeakRoot(root: RootCredentials, log: Log): void {
  if (!isWeakKey(root)) return;
  log.warn({
    event: 'weak-root-key',
    settings: 'COGNATE_ROOT_ACCESS_KEY_ID, COGNATE_ROOT_SECRET_ACCESS_KEY',
    advice: 'The root access key can be guessed. Choose another one before anybody else can reach this.',
  });
}

/** What the user at the terminal needs next. */
function greet(config: Config): void {
  const lines = [`Cognate is ready at ${config.publicUrl}`];
  if (!config.secrets.root) lines.push(`Root access key: ${config.keys.rootCredentialsFile}`);
  const { outboxFile, smtp, sms } = config.messages;
  if (outboxFile && !(smtp && sms)) lines.push(`Codes and invitations are written to ${outboxFile}`);
  process.stderr.write(`${lines.join('\n')}\n`);
}

function reasonOf(error: unknown): string {
  if (error instanceof ConfigFault || error instanceof ListenFault) return error.message;
  if (isFailure(error))
    return `${error.kind}: ${Object.entries(error.facts)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
