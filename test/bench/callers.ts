/**
 * Callers for benches: many unsigned API calls over kept connections, with as little work of their own as may be, and the client's half of SRP.
 */
import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { sha256 } from '../../src/base/secret.ts';
import { poolNameOf } from '../../src/domain/users/passwords.ts';
import { G, hashHex, K, N, padHex, power } from '../../src/password-hash/srp.ts';

const TARGET = 'AWSCognitoIdentityProviderService';

/** Calls an operation. @returns its output, whatever it is; rejects when the status is not 200 */
// The caller knows the operation's output.
// oxlint-disable-next-line typescript/no-explicit-any
export type Caller = (operation: string, input: object) => Promise<any>;

export function createCaller(url: string): Caller & { close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const call: Caller = (operation, input) =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify(input);
      const headers = {
        'content-type': 'application/x-amz-json-1.1',
        'content-length': Buffer.byteLength(body),
        'x-amz-target': `${TARGET}.${operation}`,
      };
      const sent = request(url, { method: 'POST', agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(`${operation} answered ${response.statusCode}: ${text}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return Object.assign(call, { close: () => agent.destroy() });
}

/**
 * A sign-in by SRP, both calls of it. The same A each time, and what follows from a password is worked out once: what the client does costs the server nothing, but the time on a machine that they share.
 */
export function createSrpClient({
  call,
  poolId,
  clientId,
  now = () => new Date(),
}: {
  call: Caller;
  poolId: string;
  clientId: string;
  /** The server's time, where it is not the machine's. */
  now?: () => Date;
}) {
  const a = BigInt(`0x${randomBytes(16).toString('hex')}`);
  const A = power(G, a);
  const poolName = poolNameOf(poolId);
  const secrets = new Map<string, { readonly x: bigint; readonly masked: bigint }>();

  /** The private key of a password, and what masks B: k g^x. */
  function secretOf(identity: string, salt: string) {
    const known = secrets.get(identity + salt);
    if (known) return known;
    const x = hashHex(padHex(BigInt(`0x${salt}`)) + sha256(identity).toString('hex'));
    const secret = { x, masked: (K * power(G, x)) % N };
    secrets.set(identity + salt, secret);
    return secret;
  }

  return async (username: string, password: string) => {
    const begun = await call('InitiateAuth', {
      ClientId: clientId,
      AuthFlow: 'USER_SRP_AUTH',
      AuthParameters: { USERNAME: username, SRP_A: A.toString(16) },
    });
    const { SALT, SRP_B, SECRET_BLOCK } = begun.ChallengeParameters;
    const B = BigInt(`0x${SRP_B}`);
    const u = hashHex(padHex(A) + padHex(B));
    const { x, masked } = secretOf(`${poolName}${username}:${password}`, SALT);
    const base = (((B - masked) % N) + N) % N;
    const shared = power(base, a + u * x);
    const bytes = (number: bigint) => Buffer.from(padHex(number), 'hex');
    const key = Buffer.from(hkdfSync('sha256', bytes(shared), bytes(u), 'Caldera Derived Key', 16));
    const timestamp = timestampOf(now());
    const signature = createHmac('sha256', key)
      .update(poolName + username)
      .update(Buffer.from(SECRET_BLOCK, 'base64'))
      .update(timestamp)
      .digest('base64');
    return call('RespondToAuthChallenge', {
      ClientId: clientId,
      ChallengeName: 'PASSWORD_VERIFIER',
      Session: begun.Session,
      ChallengeResponses: {
        USERNAME: username,
        PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
        PASSWORD_CLAIM_SIGNATURE: signature,
        TIMESTAMP: timestamp,
      },
    });
  };
}

/** `Mon Nov 3 02:51:00 UTC 2026`. */
function timestampOf(date: Date): string {
  const [day = '', number, month, year, time] = date.toUTCString().replace(',', '').split(' ');
  return `${day} ${month} ${Number(number)} ${time} UTC ${year}`;
}
