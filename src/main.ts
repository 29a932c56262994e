/**
 * The process: reads the configuration, opens keyring and store, starts the program, and stops it when told to.
 *
 * What goes wrong before the program is ready is told in plain words on standard error, with exit code 1. On SIGTERM and SIGINT it stops
 * being ready, lets requests under way finish, and closes the store.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { assertKeyringOpens } from './stores/keyring-check.ts';
import { build } from './build.ts';
import { systemClock } from './base/clock.ts';
import { isFailure } from './base/failure.ts';
import { createLog } from './base/log.ts';
import { ConfigFault, loadConfig, type Config } from './config.ts';
import { collections } from './domain/collections.ts';
import { fileOutbox, refusingMessages } from './messages/outbox.ts';
import { listen } from './ops/listen.ts';
import { inProcessBus } from './stores/in-process-bus.ts';
import { openSqlite } from './stores/sqlite.ts';
import { openKeyring } from './token-keys/keyring.ts';
import { openRootCredentials } from './token-keys/root-credentials.ts';

await start().catch((error: unknown) => {
  process.stderr.write(`Cognate cannot start.\n${reasonOf(error)}\n`);
  process.exit(1);
});

async function start(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLog(config.log.level);
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });

  const sealer = await openKeyring(config.keys.keyringFile, { mayCreate: true, clock: systemClock });
  const store = await openSqlite(join(config.dataDir, 'cognate.db'), { clock: systemClock, collections });
  await assertKeyringOpens(store.records, sealer);
  const root = config.secrets.root ?? openRootCredentials(config.keys.rootCredentialsFile);

  const program = build({
    config,
    log,
    sealer,
    root,
    records: store.records,
    expiring: store.expiring,
    clock: systemClock,
    bus: inProcessBus(),
    messages: config.outboxFile ? fileOutbox(config.outboxFile, systemClock) : refusingMessages(),
  });
  await program.load();
  const listening = await listen(program.answer, config.server);
  greet(config, listening.port);
  log.info({ event: 'ready', port: listening.port, publicUrl: config.publicUrl });

  const stop = async (signal: string) => {
    log.info({ event: 'draining', signal });
    program.withdraw();
    await listening.drain(config.server.drainSeconds);
    await program.close();
    await store.close();
    process.exit(0);
  };
  stopOnSignal(stop);
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

/** What a person at a terminal needs next. */
function greet(config: Config, port: number): void {
  const address = config.server.port === 0 ? `port ${port}` : config.publicUrl;
  const lines = [`Cognate is ready at ${address}`];
  if (!config.secrets.root) lines.push(`Root access key: ${config.keys.rootCredentialsFile}`);
  if (config.outboxFile) lines.push(`Codes and invitations are written to ${config.outboxFile}`);
  process.stderr.write(`${lines.join('\n')}\n`);
}

function reasonOf(error: unknown): string {
  if (error instanceof ConfigFault) return error.message;
  if (isFailure(error))
    return `${error.kind}: ${Object.entries(error.facts)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
