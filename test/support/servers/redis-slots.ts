/**
 * Which slot of a Redis Cluster a key lies in, and whether what a client sends would be carried out by one: the commands watched with MONITOR.
 *
 * A cluster refuses a command whose keys lie in several slots. It promises nothing for keys that a script uses without declaring them,
 * though one that happens to have the slot lets it pass: here they are a fault.
 * Source: Redis cluster specification, "Key distribution model" and "Hash tags"; Redis documentation, EVAL.
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const SLOTS = 16384;
/** Where a command's keys are: the first, or all of its words. One that is not here is reported, to be judged by whoever adds it. */
const KEYS: Readonly<Record<string, 'none' | 'first' | 'all'>> = {
  auth: 'none',
  client: 'none',
  cluster: 'none',
  echo: 'none',
  hello: 'none',
  info: 'none',
  ping: 'none',
  publish: 'none',
  quit: 'none',
  select: 'none',
  subscribe: 'none',
  wait: 'none',
  del: 'all',
  mget: 'all',
  get: 'first',
  getdel: 'first',
  persist: 'first',
  pexpire: 'first',
  pttl: 'first',
  set: 'first',
  zadd: 'first',
  zrangebylex: 'first',
  zrangebyscore: 'first',
  zrem: 'first',
  zrevrangebylex: 'first',
  zscore: 'first',
};

export interface Watch {
  /** How many commands were watched so far, by name; those of scripts as `lua <name>`. */
  readonly seen: ReadonlyMap<string, number>;
  /** What a cluster would refuse, or need not do, among all that was sent until now. */
  faults(): Promise<readonly string[]>;
  end(): void;
}

/** CRC-16/XMODEM. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc;
}

/** The slot of `key`: of what stands between its first `{` and the next `}`, when there is something. */
export function slotOf(key: string): number {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open + 1);
  return crc16(Buffer.from(close > open + 1 ? key.slice(open + 1, close) : key)) % SLOTS;
}

/** Why a cluster would not carry out these commands, each a command of a client or, from `lua`, of the script that was sent last. */
export function createJudge() {
  const seen = new Map<string, number>();
  const faults: string[] = [];
  let declared = new Set<string>();
  return {
    seen,
    faults,
    judge([name = '', ...words]: readonly string[], source: string): void {
      const command = name.toLowerCase();
      const isOfScript = source === 'lua';
      const label = isOfScript ? `lua ${command}` : command;
      seen.set(label, (seen.get(label) ?? 0) + 1);
      const keys = keysOf(command, words);
      if (keys === undefined) {
        faults.push(`${label}: nobody has said where its keys are`);
        return;
      }
      if (isOfScript) {
        for (const key of keys) if (!declared.has(key)) faults.push(`${label}: ${key} was not declared`);
        return;
      }
      declared = new Set(keys);
      if (new Set(keys.map(slotOf)).size > 1) faults.push(`${label}: several slots: ${keys.join(' ')}`);
    },
  };
}

function keysOf(command: string, words: readonly string[]): readonly string[] | undefined {
  if (command === 'eval' || command === 'evalsha') return words.slice(2, 2 + Number(words[1]));
  const where = KEYS[command];
  if (where === undefined) return undefined;
  return { none: [], first: words.slice(0, 1), all: words }[where];
}

/** Watches all that anybody sends to the server on `port`. */
export async function watchSlots(port: number): Promise<Watch> {
  const judging = createJudge();
  const asking = connect({ port, host: '127.0.0.1' });
  const watching = connect({ port, host: '127.0.0.1' });
  const heard = new Map<string, () => void>();
  const isWatching = new Promise<void>((resolve, reject) => {
    watching.once('error', reject);
    createInterface(watching).on('line', (line) => {
      const said = /^\+[\d.]+ \[\d+ (\S+)\] (.*)$/.exec(line);
      if (!said) return resolve();
      const words = wordsOf(said[2] ?? '');
      const hear = words[0] === 'ECHO' && heard.get(words[1] ?? '');
      if (hear) hear();
      else judging.judge(words, said[1] ?? '');
    });
  });
  watching.write('MONITOR\r\n');
  await isWatching;
  let marks = 0;
  return {
    seen: judging.seen,
    async faults() {
      marks += 1;
      const mark = `${asking.localPort}-${marks}`;
      const caughtUp = new Promise<void>((resolve) => heard.set(mark, resolve));
      asking.write(`ECHO ${mark}\r\n`);
      await caughtUp;
      return judging.faults;
    },
    end() {
      asking.destroy();
      watching.destroy();
    },
  };
}

const LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\u0007', b: '\b' };

/** The words of a line of MONITOR: each in quotes, bytes that do not print as `\x0a` or `\n`. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) => {
    const bytes = word.replaceAll(/\\(?:x([0-9a-f]{2})|(.))/g, (_, hex: string | undefined, letter: string) =>
      hex === undefined ? (LETTERS[letter] ?? letter) : String.fromCharCode(parseInt(hex, 16)),
    );
    return Buffer.from(bytes, 'latin1').toString();
  });
