/**
 * The environment's names of settings, and where each stands in the configuration; tables alone, read by config.ts.
 *
 * config/default.yaml says what each setting means.
 */

/** Environment name → path of the setting. Names in SECRETS may also end in `_FILE`. */
export const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  PORT: ['server', 'port'],
  COGNATE_HOST: ['server', 'host'],
  COGNATE_PUBLIC_URL: ['server', 'publicUrl'],
  COGNATE_TLS_CERT_FILE: ['server', 'tlsCertFile'],
  COGNATE_TLS_KEY_FILE: ['server', 'tlsKeyFile'],
  COGNATE_TRUSTED_PROXIES: ['server', 'trustedProxies'],
  COGNATE_MAX_CONNECTIONS: ['server', 'maxConnections'],
  COGNATE_MAX_CONNECTIONS_PER_ADDRESS: ['server', 'maxConnectionsPerAddress'],
  COGNATE_NOTICE_SECONDS: ['server', 'noticeSeconds'],
  COGNATE_ISSUER: ['issuer'],
  COGNATE_REGION: ['region'],
  COGNATE_ACCOUNT_ID: ['accountId'],
  COGNATE_DATA_DIR: ['storage', 'dataDir'],
  COGNATE_REDIS_PREFIX: ['storage', 'redisPrefix'],
  COGNATE_VOLATILE: ['storage', 'volatile'],
  COGNATE_REVOCATION: ['revocation'],
  COGNATE_KEYRING_FILE: ['keys', 'keyringFile'],
  COGNATE_ROOT_CREDENTIALS_FILE: ['keys', 'rootCredentialsFile'],
  COGNATE_ROTATE_KEYS_AFTER_DAYS: ['keys', 'rotateAfterDays'],
  COGNATE_OUTGOING_ALLOW: ['outgoing', 'allow'],
  COGNATE_OUTGOING_ALLOW_TENANTS: ['outgoing', 'allowTenants'],
  COGNATE_FEDERATION_CLOCK_SKEW_SECONDS: ['federation', 'clockSkewSeconds'],
  COGNATE_EXPIRY_UNCONFIRMED_DAYS: ['expiry', 'unconfirmedDays'],
  COGNATE_EXPIRY_GUEST_DAYS: ['expiry', 'guestDays'],
  COGNATE_OUTBOX_FILE: ['messages', 'outboxFile'],
  COGNATE_TRIGGERS_FOLDER: ['triggers', 'folder'],
  COGNATE_SMTP_HOST: ['messages', 'smtp', 'host'],
  COGNATE_SMTP_PORT: ['messages', 'smtp', 'port'],
  COGNATE_SMTP_TLS: ['messages', 'smtp', 'tls'],
  COGNATE_SMTP_CA_FILE: ['messages', 'smtp', 'caFile'],
  COGNATE_SMTP_USER: ['messages', 'smtp', 'user'],
  COGNATE_SMTP_FROM: ['messages', 'smtp', 'from'],
  COGNATE_SMTP_DOMAINS: ['messages', 'smtp', 'domains'],
  COGNATE_SMS_WEBHOOK_URL: ['messages', 'sms', 'url'],
  COGNATE_LOG_LEVEL: ['log', 'level'],
};
/** What printing the configuration must not show. */
export const SECRETS: Readonly<Record<string, readonly string[]>> = {
  DATABASE_URL: ['storage', 'databaseUrl'],
  REDIS_URL: ['storage', 'redisUrl'],
  COGNATE_ROOT_ACCESS_KEY_ID: ['keys', 'rootAccessKeyId'],
  COGNATE_ROOT_SECRET_ACCESS_KEY: ['keys', 'rootSecretAccessKey'],
  COGNATE_GATEWAY_SECRET: ['gateway', 'sharedSecret'],
  COGNATE_WEBHOOK_SECRET: ['triggers', 'webhookSecret'],
  COGNATE_SMTP_PASSWORD: ['messages', 'smtp', 'password'],
  COGNATE_SMS_WEBHOOK_SECRET: ['messages', 'sms', 'secret'],
};
/** Settings of several values, parted by white space or commas. */
export const LISTS = new Set([
  'COGNATE_TRUSTED_PROXIES',
  'COGNATE_OUTGOING_ALLOW',
  'COGNATE_OUTGOING_ALLOW_TENANTS',
  'COGNATE_SMTP_DOMAINS',
]);
