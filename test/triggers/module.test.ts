/**
 * Modules: handler files as people have them for Lambda.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isFailure } from '../../src/base/failure.ts';
import type { TriggerFunction } from '../../src/triggers/functions.ts';
import { eventOf } from '../contracts/triggers.contract.ts';
import { ARN, folderOf, opener } from '../support/triggers.ts';

describe('modules', () => {
  const asked = async (configured: TriggerFunction, folder: string) =>
    (await opener(configured, { folder }).open(4000)).invoke(
      { trigger: 'PreSignUp', arn: ARN },
      eventOf({ does: 'answers' }),
    );

  const RUN: readonly (readonly [string, string, string])[] = [
    ['a .js file in CommonJS', 'one.js', 'exports.handler = async (event) => event;'],
    ['a .js file in ESM', 'one.js', 'export const handler = async (event) => event;'],
    ['a file in TypeScript', 'one.ts', 'export const handler = async (event: object) => event;'],
    [
      'module.exports put anew',
      'one.cjs',
      'module.exports = Object.assign({}, { handler: async (event) => event });',
    ],
    ['a callback', 'one.cjs', 'exports.handler = (event, context, callback) => callback(null, event);'],
    ['context.done', 'one.cjs', 'exports.handler = (event, context) => { context.done(null, event); };'],
    ['context.succeed', 'one.cjs', 'exports.handler = (event, context) => { context.succeed(event); };'],
    [
      'what a Lambda function knows of itself',
      'one.mjs',
      `export const handler = async (event, context) => {
        if (context.functionName !== 'pre-sign-up' || !context.invokedFunctionArn.endsWith(':pre-sign-up')) throw new Error('name');
        if (!(context.getRemainingTimeInMillis() > 0)) throw new Error('time');
        return event;
      };`,
    ],
  ];
  for (const [what, file, text] of RUN)
    it(`run as they are: ${what}`, async () => {
      const { folder, remove } = folderOf({ [file]: text });

      assert.deepEqual(await asked({ module: `file:${file}` }, folder), { autoConfirmUser: false });

      remove();
    });

  for (const [what, text] of [
    ['a callback', "exports.handler = (event, context, callback) => callback('Not you.');"],
    ['context.fail', "exports.handler = (event, context) => context.fail(new Error('Not you.'));"],
    ['a throw', "exports.handler = () => { throw new Error('Not you.'); };"],
  ] as const)
    it(`say no by ${what}`, async () => {
      const { folder, remove } = folderOf({ 'one.cjs': text });

      await assert.rejects(
        asked({ module: 'file:one.cjs' }, folder),
        (error) => isFailure(error, 'trigger-refused') && error.facts['reason'] === 'Not you.',
      );

      remove();
    });

  it('answer nothing when they answer what is no JSON', async () => {
    const { folder, remove } = folderOf({
      'one.mjs': 'export const handler = async (event) => ({ ...event, response: { at: 1n } });',
    });

    await assert.rejects(asked({ module: 'file:one.mjs' }, folder), (error) =>
      isFailure(error, 'trigger-answer-malformed'),
    );

    remove();
  });

  it('are found by a whole path, and by another name of the export', async () => {
    const { folder, remove } = folderOf({ 'one.mjs': 'export const first = async (event) => event;' });

    for (const module of [`file:${folder}/one.mjs`, `file://${folder}/one.mjs`])
      assert.ok(await asked({ module, handler: 'first' }, '/nowhere'));

    remove();
  });

  it('that are not there, lie elsewhere or export nothing are told when the program starts', async () => {
    const { folder, remove } = folderOf({
      'one.mjs': 'export const first = async (event) => event;',
      'broken.mjs': 'throw new Error("broken");',
    });
    mkdirSync(join(folder, 'inner'));

    for (const module of ['file:two.mjs', 'file:one.mjs', 'file:broken.mjs'])
      await assert.rejects(asked({ module }, folder), (error) => isFailure(error, 'trigger-module-unusable'));
    await assert.rejects(
      asked({ module: 'file:../one.mjs', handler: 'first' }, join(folder, 'inner')),
      (error) => isFailure(error, 'trigger-module-unusable'),
    );

    remove();
  });
});
