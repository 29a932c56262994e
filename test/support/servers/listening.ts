/**
 * Waiting for a program that a test started to answer at its port.
 */
import type { ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { basename } from 'node:path';

const TRIES = 200;
const PAUSE_MS = 25;

/** Resolves once the port of this machine answers; rejects when the program ended, or is too slow. */
export async function listening(port: number, child: ChildProcess): Promise<void> {
  const name = basename(child.spawnfile);
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  throw new Error(`${name} does not listen`);
}
