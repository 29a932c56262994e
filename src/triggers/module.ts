/**
 * A module of this machine, called as Lambda's runtime calls a handler: `handler(event, context)` that promises its answer, or `handler(event, context, callback)`.
 *
 * It is trusted code: it runs in this process, and may do whatever the process may. Time is kept by a race, so that who never answers holds nobody up; who keeps
 * the processor busy holds up everybody.
 * Source: AWS Lambda developer guide, "Define Lambda function handler in Node.js", "Using the Lambda context object".
 */
import { isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Failure } from '../base/failure.ts';
import { malformed, refusedWith, Unanswered, type Bridge, type Call } from './call.ts';

/** What a module at a `file:` address exports. */
export type Load = (url: string) => Promise<Readonly<Record<string, unknown>>>;
type Callback = (error?: unknown, answer?: unknown) => void;
type Handler = (event: unknown, context: object, callback: Callback) => unknown;

const HANDLER = 'handler';
const byImport: Load = (url) => import(url) as Promise<Readonly<Record<string, unknown>>>;

/** @throws Failure `trigger-module-unusable` (facts: module, reason) */
export async function moduleBridge(
  { module, handler: name = HANDLER }: { readonly module: string; readonly handler?: string | undefined },
  { folder, load = byImport }: { readonly folder: string; readonly load?: Load },
): Promise<Bridge> {
  const unusable = (reason: string, cause?: unknown) =>
    new Failure('trigger-module-unusable', { module, reason }, { cause });
  const path = pathOf(module, folder);
  if (path === undefined) throw unusable('a path that leads out of the folder must be a whole one');
  const loaded = await load(pathToFileURL(path).href).catch((error: unknown) => {
    throw unusable(error instanceof Error ? error.message : String(error), error);
  });
  const handler = exportOf(loaded, name);
  if (!handler) throw unusable(`it exports no function ${name}`);
  return (call) => withinLimit(answerOf(handler, call), call.limitMs);
}

/** Undefined when a path that is no whole one leads out of the folder. */
function pathOf(module: string, folder: string): string | undefined {
  const written = module.slice('file:'.length);
  if (written.startsWith('//')) return fileURLToPath(module);
  if (isAbsolute(written)) return written;
  const path = join(resolve(folder), written);
  return relative(resolve(folder), path).startsWith('..') ? undefined : path;
}

/** CommonJS modules have their exports in `default`, and not all of them beside it. */
function exportOf(loaded: Readonly<Record<string, unknown>>, name: string): Handler | undefined {
  const whole = loaded['default'];
  const inner = typeof whole === 'object' && whole !== null ? (whole as Record<string, unknown>) : {};
  const found = loaded[name] ?? inner[name];
  return typeof found === 'function' ? (found as Handler) : undefined;
}

async function answerOf(handler: Handler, call: Call): Promise<string> {
  // A copy: what the handler does to its event stays its own affair.
  const event: unknown = JSON.parse(JSON.stringify(call.event));
  let answer: unknown;
  try {
    answer = await new Promise((resolveWith, reject) => {
      const callback: Callback = (error, value) =>
        error === undefined || error === null ? resolveWith(value) : reject(error);
      const returned = handler(event, contextOf(call, callback), callback);
      // Another value means nothing, to Lambda too: the answer comes by the callback.
      if (isThenable(returned)) returned.then(resolveWith, reject);
    });
  } catch (error) {
    throw refusedWith(error instanceof Error ? error.message : String(error));
  }
  return jsonOf(answer);
}

/** Values that are none in JSON become null, as on Lambda. @throws Failure `trigger-answer-malformed` */
function jsonOf(answer: unknown): string {
  try {
    return JSON.stringify(answer) ?? 'null';
  } catch (error) {
    throw malformed(error);
  }
}

function contextOf({ named, id, limitMs }: Call, callback: Callback): object {
  const deadline = performance.now() + limitMs;
  return {
    functionName: named.name,
    functionVersion: named.qualifier ?? '$LATEST',
    invokedFunctionArn: named.arn,
    memoryLimitInMB: '128',
    awsRequestId: id,
    logGroupName: `/aws/lambda/${named.name}`,
    logStreamName: id,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
    done: callback,
    fail: (error: unknown) => callback(error ?? 'failed'),
    succeed: (answer: unknown) => callback(null, answer),
  };
}

async function withinLimit<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unanswered('it did not answer in time')), limitMs);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
