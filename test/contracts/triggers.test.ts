/**
 * Every bridge to functions under the contract.
 */
import { ARN, folderOf, invokeEndpoint, opener, webhookReceiver } from '../support/triggers.ts';
import { triggersContract, type FarEnd } from './triggers.contract.ts';

async function webhookEnd(): Promise<FarEnd> {
  const receiver = await webhookReceiver();
  const { open, reports } = opener({ webhook: `${receiver.url}/hooks?of=cognate` });
  return {
    get tries() {
      return receiver.seen.map(({ headers }) => String(headers['webhook-id']));
    },
    arn: ARN,
    reports,
    open,
    close: () => receiver.close(),
  };
}

async function invokeEnd(): Promise<FarEnd> {
  const receiver = await invokeEndpoint();
  const { open, reports } = opener({ lambda: receiver.url });
  return {
    get tries() {
      return receiver.seen.map(({ headers }) => String(headers['x-amzn-requestid']));
    },
    arn: ARN,
    reports,
    open,
    close: () => receiver.close(),
  };
}

/** The body of a handler that does as each event asks it to; `tries` is the file's own list. */
const BEHAVES = `
  const { behaviour } = event.request;
  tries.push(context.awsRequestId);
  if (behaviour.does === 'hangs') return new Promise(() => {});
  if (behaviour.does === 'recovers' && tries.length <= behaviour.after) return new Promise(() => {});
  if (behaviour.does === 'refuses') throw new Error(behaviour.words);
  if (behaviour.does === 'says') return JSON.parse(behaviour.text);
  const seen = structuredClone(event);
  event.request = { changed: true };
  event.response.seen = seen;
  return event;`;

const moduleEnd = (file: string, text: string) => async (): Promise<FarEnd> => {
  const { folder, tries, remove } = folderOf({ [file]: text });
  const { open, reports } = opener({ module: `file:${file}` }, { folder });
  return {
    tries,
    arn: ARN,
    reports,
    open,
    async close() {
      remove();
    },
  };
};

triggersContract('a webhook', webhookEnd);
triggersContract('an invoke endpoint', invokeEnd);
triggersContract(
  'a module',
  moduleEnd('one.mjs', `export const handler = async (event, context) => {${BEHAVES}};`),
);
triggersContract(
  'a CommonJS module',
  moduleEnd('one.cjs', `exports.handler = async function (event, context) {${BEHAVES}};`),
);
triggersContract(
  'a module that calls back',
  moduleEnd(
    'one.mjs',
    `const does = async (event, context) => {${BEHAVES}};
    export function handler(event, context, callback) {
      does(event, context).then((answer) => callback(null, answer), (error) => callback(error));
    }`,
  ),
);
