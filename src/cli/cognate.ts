#!/usr/bin/env node
/**
 * The command `cognate` of the installed package: starts the program on a Node that can run it.
 *
 * The version is checked before anything else is loaded: an older Node fails at the first import
 * of `node:sqlite`, in words that say nothing about versions. So this file imports nothing.
 */

/** The oldest major version of Node that has what the program uses; package.json says the same. */
const OLDEST_NODE = 24;

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  process.stderr.write(
    `Cognate needs Node ${OLDEST_NODE} or newer; this is Node ${process.versions.node} (${process.execPath}).\n`,
  );
  process.exitCode = 1;
} else {
  await import('../main.ts');
}
