/**
 * Functions at the far end of a bridge, as tests need them: a webhook's receiver, an invoke endpoint, files of handlers.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFetch } from '../../src/base/fetch.ts';
import type { TriggerFunction } from '../../src/triggers/functions.ts';
import { openTriggers } from '../../src/triggers/index.ts';
import type { Behaviour } from '../contracts/triggers.contract.ts';
import { functionArn, stillClock } from './servers/server.ts';

export const ARN = functionArn('pre-sign-up');
/** What webhooks are signed with: 32 bytes of 7. */
export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
export const clock = stillClock();

/** Opens the bridge to one function, which is configured as given. */
export function opener(configured: TriggerFunction, { folder = '/nowhere', allow = ['127.0.0.0/8'] } = {}) {
  const reports: { function: string; reason: string }[] = [];
  const open = (limitMs: number) =>
    openTriggers({
      functions: { 'pre-sign-up': configured },
      secrets: { 'pre-sign-up': SECRET },
      folder,
      fetch: createFetch({ addressesOf: 'operator', allow }),
      clock,
      limitMs,
      onFailure: (report) => reports.push(report),
    });
  return { reports, open };
}

interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
type Answer = (behaviour: Behaviour, event: object, response: ServerResponse, tries: number) => void;

/** A server on loopback that does as each event asks it to. */
export async function startReceiver(answer: Answer) {
  const seen: Seen[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString('utf8');
      seen.push({ path: request.url ?? '', headers: request.headers, body });
      const event = JSON.parse(body);
      const { behaviour } = event.request as { behaviour: Behaviour };
      if (behaviour.does !== 'hangs') answer(behaviour, event, response, seen.length);
    })();
  });
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    seen,
    connections: () => connections,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What both receivers have in common; undefined when it is a refusal. */
function usualAnswer(behaviour: Behaviour, event: object, tries: number): { status: number; text: string } {
  if (behaviour.does === 'says') return { status: 200, text: behaviour.text };
  if (behaviour.does === 'recovers' && tries <= behaviour.after) return { status: 503, text: 'out of order' };
  return { status: 200, text: JSON.stringify({ ...event, response: { seen: event } }) };
}

export const webhookReceiver = () =>
  startReceiver((behaviour, event, response, tries) => {
    const { status, text } =
      behaviour.does === 'refuses'
        ? { status: 422, text: JSON.stringify({ errorMessage: behaviour.words }) }
        : usualAnswer(behaviour, event, tries);
    response.writeHead(status).end(text);
  });

export const invokeEndpoint = () =>
  startReceiver((behaviour, event, response, tries) => {
    if (behaviour.does === 'refuses') {
      response.setHeader('X-Amz-Function-Error', 'Unhandled');
      response.end(JSON.stringify({ errorMessage: behaviour.words, errorType: 'Error', trace: [] }));
      return;
    }
    const { status, text } = usualAnswer(behaviour, event, tries);
    response.writeHead(status).end(text);
  });

/** A folder of handler files, and the tries that they saw. */
export function folderOf(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'cognate-triggers-'));
  const tries: string[] = [];
  Object.assign(globalThis, { [folder]: tries });
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, name), `const tries = globalThis[${JSON.stringify(folder)}];\n${text}`);
  return { folder, tries, remove: () => rmSync(folder, { recursive: true }) };
}
