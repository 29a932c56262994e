/**
 * The composition root: the only file that knows every floor, but for the domain's own parts (nouns.ts).
 *
 * Takes what the world outside lends the program (stores, keyring, clock, configuration) and gives the program: a request listener, and
 * what must be done before the first and after the last request.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import Koa, { type Middleware } from 'koa';
import { cognate } from './api/cognate/index.ts';
import { cognitoIdentity } from './api/cognito-identity/index.ts';
import { cognitoIdp } from './api/cognito-idp/index.ts';
import { createDispatch } from './api/dispatch.ts';
import { awsDoor } from './api/http.ts';
import { iam } from './api/iam/index.ts';
import { sts } from './api/sts/index.ts';
import { isLoopback } from './base/ip.ts';
import type { Principal } from './domain/access/principal.ts';
import { cognitoSync } from './api/cognito-sync/index.ts';
import { identityIssuer } from './api/identity-issuer.ts';
import { SELF_SERVICE_SCOPE } from './domain/tokens/tokens.ts';
import { forwardAuth } from './gateway/forward-auth.ts';
import { poolDoor } from './hosted-ui/routes.ts';
import { boundedQuery } from './ops/bounds.ts';
import { health } from './ops/health.ts';
import { startHeartbeat } from './ops/heartbeat.ts';
import { welcome } from './ops/welcome.ts';
import { createTrustedProxies, type TrustedProxies } from './ops/trusted-proxies.ts';
import { isWeakKey } from './token-keys/root-credentials.ts';
import { createNouns, type Nouns, type Outside } from './nouns.ts';

interface Program {
  /** Answers one HTTP request. */
  readonly answer: RequestListener;
  /** Loads what every decision needs; the program is ready when this has resolved. */
  load(): Promise<void>;
  /** Does what else is done from time to time: removes what is not needed any more. */
  tend(): Promise<void>;
  /** Not ready any more: no new requests, please. */
  withdraw(): void;
  /** Resolves once what was left to do after answers is done. */
  settled(): Promise<void>;
  /** Ends what runs by itself. The stores are their owner's to close. */
  close(): Promise<void>;
}

const HOME = join(import.meta.dirname, '..');
const { version: VERSION } = JSON.parse(readFileSync(join(HOME, 'package.json'), 'utf8')) as {
  readonly version: string;
};
const JOBS_MS = 5000;
const TEND_MS = 60_000;
const CONFIRM_MS = 500;
const UNCONFIRMED_MS = 1000;

/** Puts the program together. */
export function build(outside: Outside): Program {
  const { config, log, storage } = outside;
  const nouns = createNouns(outside);
  const proxies = createTrustedProxies(config.server.trustedProxies);
  const app = new Koa({ proxy: true });
  let isReady = false;
  let heartbeats: readonly (() => Promise<void>)[] = [];

  app.on('error', (error: unknown) => log.error({ event: 'request-failed', err: error }));
  app.use(boundedQuery(log));
  app.use(health(async () => isReady && (await storage.isHealthy())));
  for (const door of createDoors(outside, nouns, proxies)) app.use(door);
  const answer = app.callback();

  return {
    answer(request, response) {
      proxies.cleanse(request);
      // Whoever kept the connection open would meet its end with the next request.
      if (!isReady) response.shouldKeepAlive = false;
      void answer(request, response);
    },
    async load() {
      await nouns.cutOffs.load();
      heartbeats = startHeartbeats(outside, nouns);
      isReady = true;
    },
    withdraw() {
      isReady = false;
    },
    tend: () => nouns.unconfirmed.expire(),
    settled: () => nouns.afterwards.settled(),
    async close() {
      await Promise.all(heartbeats.map((end) => end()));
      await nouns.afterwards.settled();
      await nouns.jobs.stop();
      nouns.cutOffs.close();
      nouns.signingKeys.close();
    },
  };
}

/** What the program does by itself. */
function startHeartbeats(
  { config, log }: Outside,
  { cutOffs, jobs, unconfirmed }: Nouns,
): readonly (() => Promise<void>)[] {
  const doJobs = startHeartbeat({
    everyMs: JOBS_MS,
    beat: () => jobs.run(),
    onFailure: (err) => log.error({ event: 'jobs-failed', err }),
  });
  const tend = startHeartbeat({
    everyMs: TEND_MS,
    beat: () => unconfirmed.expire(),
    onFailure: (err) => log.error({ event: 'tending-failed', err }),
  });
  // Where one process does everything too: what it was told had failed may have been written all the same.
  const follow = startHeartbeat({
    everyMs: CONFIRM_MS,
    beat: () => cutOffs.confirm(),
    lateMs: UNCONFIRMED_MS,
    onLate() {
      log.error({ event: 'revocations-unconfirmed', revocation: config.revocation });
      if (config.revocation === 'strict') cutOffs.doubt();
    },
    onFailure: (err) => log.error({ event: 'revocations-not-followed', err }),
  });
  return [doJobs, tend, follow];
}

/** The doors, in the order in which they are asked. */
function createDoors(
  { config, clock, log, root }: Outside,
  nouns: Nouns,
  proxies: TrustedProxies,
): readonly Middleware[] {
  const dispatch = createDispatch<Principal>({
    services: [cognitoIdp, cognitoIdentity, cognitoSync, sts, iam, cognate].map((service) => ({
      service,
      nouns,
    })),
    keys: nouns.principals,
    bearers: { bearerOf: (token) => nouns.tokens.bearerOf(token, { scope: SELF_SERVICE_SCOPE }) },
    sessions: nouns.signIn,
    decide: (principal, question) => nouns.authority.decide(principal, question),
    passable: (roleArn) => nouns.roles.toPass(roleArn),
    couldAllow: (principal, action) => nouns.authority.couldAllow(principal, action),
    clock,
    log,
    region: config.region,
    account: config.accountId,
    regions: config.regions,
    isGuessable: isWeakKey(root) ? ({ kind }) => kind === 'root' : undefined,
  });
  const gateway = forwardAuth({
    ...config.gateway,
    sharedSecret: config.secrets.gateway,
    keys: nouns.principals,
    bearers: nouns.tokens,
    decide: (principal, question) => nouns.authority.decide(principal, question),
    isTrusted: (address) => isLoopback(address) || proxies.isTrusted(address),
    clock,
    log,
    account: config.accountId,
    region: config.region,
  });
  const hosted = poolDoor({ ...nouns, log, publicUrl: config.publicUrl });
  const identity = identityIssuer({ ...nouns, origin: config.publicUrl });
  const greeting = welcome({
    ...config,
    version: VERSION,
    rootCredentialsFile: config.secrets.root ? undefined : config.keys.rootCredentialsFile,
    guides: readGuides(),
  });
  return [gateway, identity, hosted, awsDoor(dispatch), greeting];
}

/** The pages of docs/, by file name. */
function readGuides(): ReadonlyMap<string, string> {
  const folder = join(HOME, 'docs');
  const names = readdirSync(folder).filter((name) => name.endsWith('.md'));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
