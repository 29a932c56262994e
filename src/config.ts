/**
 * Configuration: config/default.yaml, then an own file (COGNATE_CONFIG), then the environment, become one checked value.
 *
 * Unknown keys are faults, and all faults are told at once. Every secret may also come from a file named by `…_FILE`. What is secret
 * sits apart under `secrets`, so that printing the rest is harmless. config/default.yaml says what each setting means.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ipaddr from 'ipaddr.js';
import { parse } from 'yaml';
import { z } from 'zod';
import { isLoopback } from './base/ip.ts';
import { LISTS, SECRETS, SETTINGS } from './config-environment.ts';
import { expirySettings, limitSettings } from './limit-settings.ts';
import { gatewayRoute } from './gateway/routes.ts';
import { messagesFaults, messagesSettings, smtpSettings } from './messages/settings.ts';
import { SHORTEST_ROOT_KEY } from './token-keys/root-credentials.ts';
import { configuredFunction, webhookSecret, type TriggerFunction } from './triggers/functions.ts';

/** All faults of a configuration, one a line. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault';
}
type Environment = Readonly<Record<string, string | undefined>>;

const SHORTEST_SECRET = 32;
const MAX_FUNCTIONS = 1000;
const DEFAULTS_FILE = join(import.meta.dirname, '..', 'config', 'default.yaml');

/** Read elsewhere: which file to read here, and where the tests find their vectors. */
const NOT_SETTINGS = new Set(['COGNATE_CONFIG', 'COGNATE_CORPORA']);

const cidr = z
  .string()
  .refine((text) => ipaddr.isValidCIDR(text) || ipaddr.isValid(text), 'must be an address or a CIDR');
const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as us-east-1');
const addressOf = (protocol: RegExp, form: string) =>
  z
    .string()
    .refine((text) => protocol.test(URL.parse(text)?.protocol ?? ''), `must be ${form}`)
    .optional();
const schema = z.strictObject({
  server: z.strictObject({
    port: z.coerce.number().int().min(0).max(65_535),
    host: z.string().min(1).optional(),
    publicUrl: z
      .url({ protocol: /^https?$/ })
      .refine(isBareAddress, 'must be a scheme, a host and at most a port')
      .refine(isSafeScheme, 'must be https, because it is not a loopback address')
      .optional(),
    tlsCertFile: z.string().min(1).optional(),
    tlsKeyFile: z.string().min(1).optional(),
    trustedProxies: z.array(cidr).max(100),
    maxConnections: z.coerce.number().int().min(1).max(1_000_000),
    maxConnectionsPerAddress: z.coerce.number().int().min(1).max(1_000_000),
    noticeSeconds: z.coerce.number().min(0).max(300),
    drainSeconds: z.number().min(0).max(300),
  }),
  issuer: z.enum(['own', 'aws']),
  region,
  regions: z.array(region).min(1).max(50).optional(),
  accountId: z.string().regex(/^\d{12}$/, 'must be twelve digits'),
  storage: z.strictObject({
    dataDir: z.string().min(1),
    databaseUrl: addressOf(/^postgres(ql)?:$/, 'postgres://user:password@host:port/database'),
    redisUrl: addressOf(/^rediss?:$/, 'redis://host:port or rediss://user:password@host:port/database'),
    redisPrefix: z.string().regex(/^[A-Za-z0-9:._-]{0,64}$/, 'must be up to 64 letters, digits and :._-'),
    volatile: z.enum(['refused', 'allowed']),
  }),
  revocation: z.enum(['strict', 'available']),
  keys: z.strictObject({
    keyringFile: z.string().min(1),
    rootCredentialsFile: z.string().min(1),
    rotateAfterDays: z.coerce.number().int().min(0).max(3650),
    rootAccessKeyId: z
      .string()
      .regex(/^\w{1,128}$/, 'must be up to 128 of A-Z, a-z, 0-9 and _')
      .refine((id) => !id.startsWith('ASIA'), 'must not begin with ASIA, as keys of sessions do')
      .optional(),
    rootSecretAccessKey: z.string().min(1).max(128).optional(),
  }),
  outgoing: z.strictObject({ allow: z.array(cidr).max(100), allowTenants: z.array(cidr).max(100) }),
  federation: z.strictObject({ clockSkewSeconds: z.coerce.number().int().min(0).max(300) }),
  messages: messagesSettings,
  expiry: expirySettings,
  limits: limitSettings,
  gateway: z.strictObject({
    routes: z.array(gatewayRoute).max(1000),
    sharedSecret: z.string().min(SHORTEST_SECRET).max(256).optional(),
  }),
  triggers: z.strictObject({
    folder: z.string().min(1),
    webhookSecret: webhookSecret.optional(),
    functions: z
      .record(z.string().min(1).max(2048), configuredFunction)
      .refine((functions) => Object.keys(functions).length <= MAX_FUNCTIONS, `at most ${MAX_FUNCTIONS}`),
  }),
  log: z.strictObject({ level: z.enum(['silent', 'error', 'warn', 'info', 'debug']) }),
});
type Settings = z.infer<typeof schema>;

/** The checked configuration. Printing it without `secrets` is harmless. */
export type Config = ReturnType<typeof assemble>;

/**
 * @param environment usually `process.env`
 * @throws ConfigFault naming every fault
 */
export function loadConfig(environment: Environment): Config {
  const faults: string[] = [];
  const own = environment.COGNATE_CONFIG;
  const merged = [
    readYaml(DEFAULTS_FILE, faults),
    own ? readYaml(own, faults) : {},
    fromEnvironment(environment, faults),
  ].reduce(overlay, {});
  const { data, error } = schema.safeParse(merged);
  for (const issue of error?.issues ?? []) {
    const unknown = issue.code === 'unrecognized_keys' ? `: ${issue.keys.join(', ')}` : '';
    faults.push(`${issue.path.join('.') || 'configuration'}: ${issue.message}${unknown}`);
  }
  if (data) faults.push(...contradictions(data));
  if (!data || faults.length > 0) throw new ConfigFault(faults.join('\n'));
  return assemble(data);
}

function assemble(settings: Settings) {
  const { server, keys, storage, messages, gateway, triggers, ...rest } = settings;
  const publicUrl = publicUrlOf(server);
  const host = hostOf(server);
  const isLocal = isForThisMachine(server);
  const { rootAccessKeyId, rootSecretAccessKey, ...keyFiles } = keys;
  return {
    ...rest,
    server: { ...server, host },
    /** Without a slash at the end. Its port is 0 where any free port is asked for and no URL is given. */
    publicUrl: publicUrl.href.replace(/\/$/, ''),
    /** Nobody but this machine can reach the program. */
    isLocal,
    storage: {
      dataDir: storage.dataDir,
      redisPrefix: storage.redisPrefix,
      volatile: storage.volatile === 'allowed' ? ('allowed' as const) : undefined,
    },
    /** Several processes may share the stores, which `secrets.stores` names. */
    isShared: storage.databaseUrl !== undefined,
    keys: keyFiles,
    /** A channel that nothing is said of, in a place without an outbox, is refused. */
    messages: {
      outboxFile:
        messages?.outboxFile ?? (isAtLoopback(server) ? join(storage.dataDir, 'outbox.jsonl') : undefined),
      smtp: smtpSettings(messages),
      sms: messages?.sms && { url: messages.sms.url },
    },
    gateway: { routes: gateway.routes },
    triggers: { folder: triggers.folder, functions: withoutSecrets(triggers.functions) },
    secrets: {
      root:
        rootAccessKeyId && rootSecretAccessKey
          ? { accessKeyId: rootAccessKeyId, secretAccessKey: rootSecretAccessKey }
          : undefined,
      gateway: gateway.sharedSecret,
      /** Of webhooks, by function. */
      webhooks: webhookSecrets(triggers),
      messages: { smtpPassword: messages?.smtp?.password, smsWebhook: messages?.sms?.secret },
      /** Addresses with passwords in them. Undefined: embedded. */
      stores:
        storage.databaseUrl !== undefined && storage.redisUrl !== undefined
          ? { databaseUrl: storage.databaseUrl, redisUrl: storage.redisUrl }
          : undefined,
    },
  };
}

type Functions = Settings['triggers']['functions'];

const withoutSecrets = (functions: Functions): Readonly<Record<string, TriggerFunction>> =>
  Object.fromEntries(
    Object.entries(functions).map(([name, configured]) => [
      name,
      'webhook' in configured ? { webhook: configured.webhook } : configured,
    ]),
  );

/** A webhook's own secret, or the one of all that have none of their own. */
const webhookSecrets = ({ functions, webhookSecret: shared }: Settings['triggers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(functions).flatMap(([name, configured]) => {
      const secret = 'webhook' in configured ? (configured.secret ?? shared) : undefined;
      return secret === undefined ? [] : [[name, secret]];
    }),
  );

function isBareAddress(text: string): boolean {
  const { search, hash, username, password, pathname } = new URL(text);
  return pathname === '/' && !search && !hash && !username && !password;
}

function isSafeScheme(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || isLoopback(hostname);
}

/** What no single member can say. */
function contradictions({ server, keys, storage, triggers, messages }: Settings): string[] {
  const faults = messagesFaults(messages);
  if (Boolean(server.tlsCertFile) !== Boolean(server.tlsKeyFile)) {
    faults.push('server.tlsCertFile, server.tlsKeyFile: give both or neither');
  }
  if (Boolean(storage.databaseUrl) !== Boolean(storage.redisUrl)) {
    faults.push('storage.databaseUrl, storage.redisUrl: give both, or neither for the embedded store');
  }
  if (storage.databaseUrl && !keys.rootAccessKeyId) {
    faults.push('keys.rootAccessKeyId: must be given with shared stores, the same for every process');
  }
  if (Boolean(keys.rootAccessKeyId) !== Boolean(keys.rootSecretAccessKey)) {
    faults.push('keys.rootAccessKeyId, keys.rootSecretAccessKey: give both or neither');
  }
  const secrets = webhookSecrets(triggers);
  for (const [name, configured] of Object.entries(triggers.functions))
    if ('webhook' in configured && secrets[name] === undefined)
      faults.push(`triggers.functions.${name}: needs a secret, its own or triggers.webhookSecret`);
  if (!isForThisMachine(server)) faults.push(...weakRootKey(keys));
  return faults;
}

/** What a root key lacks that others than this machine can try. */
function weakRootKey({ rootAccessKeyId: id, rootSecretAccessKey: secret }: Settings['keys']): string[] {
  const because = 'because this is not a loopback address';
  const faults: string[] = [];
  const { accessKeyId: shortestId, secretAccessKey: shortestSecret } = SHORTEST_ROOT_KEY;
  if (id && id.length < shortestId)
    faults.push(`keys.rootAccessKeyId: must have ${shortestId} characters or more, ${because}`);
  if (secret && secret.length < shortestSecret)
    faults.push(`keys.rootSecretAccessKey: must have ${shortestSecret} characters or more, ${because}`);
  return faults;
}

/** What is listened on; this machine alone where clients are told an address of it. */
const hostOf = (server: Settings['server']): string =>
  server.host ?? (isLoopback(publicUrlOf(server).hostname) ? '127.0.0.1' : '::');

/** True when no other machine is meant to reach the program. Where proxies are trusted, they speak for others. */
const isForThisMachine = (server: Settings['server']): boolean =>
  isAtLoopback(server) && server.trustedProxies.length === 0;

const isAtLoopback = (server: Settings['server']): boolean =>
  isLoopback(hostOf(server)) && isLoopback(publicUrlOf(server).hostname);

/** The public URL; without a configured one, this machine at the port listened on. */
function publicUrlOf({ publicUrl, port, tlsCertFile }: Settings['server']): URL {
  return new URL(publicUrl ?? `${tlsCertFile ? 'https' : 'http'}://localhost:${port}`);
}

function readYaml(file: string, faults: string[]): object {
  try {
    const value: unknown = parse(readFileSync(file, 'utf8'), { maxAliasCount: 0 });
    if (value === null) return {};
    if (typeof value === 'object' && !Array.isArray(value)) return value;
    faults.push(`${file}: must be a mapping`);
  } catch (error) {
    faults.push(`${file}: ${error instanceof Error ? error.message : 'cannot be read'}`);
  }
  return {};
}

function fromEnvironment(environment: Environment, faults: string[]): object {
  let found: object = {};
  const put = (path: readonly string[], value: unknown) => {
    found = overlay(found, path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object);
  };
  for (const [name, path] of Object.entries({ ...SETTINGS, ...SECRETS })) {
    const value = environment[name];
    if (value) put(path, LISTS.has(name) ? value.split(/[\s,]+/).filter(Boolean) : value);
  }
  for (const [name, path] of Object.entries(SECRETS)) {
    const file = environment[`${name}_FILE`];
    if (!file) continue;
    if (environment[name]) faults.push(`${name}, ${name}_FILE: give one of them`);
    try {
      put(path, readFileSync(file, 'utf8').trim());
    } catch {
      faults.push(`${name}_FILE: ${file} cannot be read`);
    }
  }
  const known = new Set([
    ...Object.keys(SETTINGS),
    ...Object.keys(SECRETS).flatMap((name) => [name, `${name}_FILE`]),
  ]);
  for (const name of Object.keys(environment)) {
    if (name.startsWith('COGNATE_') && !known.has(name) && !NOT_SETTINGS.has(name))
      faults.push(`${name}: no such setting`);
  }
  return found;
}

/** `over` laid upon `under`: mappings member by member, all else replaced. */
function overlay(under: object, over: object): object {
  const result: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const below = result[name];
    result[name] = isMapping(value) && isMapping(below) ? overlay(below, value) : value;
  }
  return result;
}

const isMapping = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
