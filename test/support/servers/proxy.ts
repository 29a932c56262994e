/**
 * A way to a server that breaks where a test says: at a message, before it arrives or before its answer does; or that goes quiet.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Proxy = Awaited<ReturnType<typeof startProxy>>;

/** Where the way breaks: the server never gets the message, or its answer never comes back. */
export type Break = 'before' | 'after';

/** @param target the port that it leads to, on this machine */
export async function startProxy(target: number) {
  const sockets = new Set<Socket>();
  let left = 0;
  let where: Break = 'before';
  let isQuiet = false;

  const join = (near: Socket): void => {
    const far = connect({ port: target, host: '127.0.0.1' });
    let isLast = false;
    const end = () => {
      near.destroy();
      far.destroy();
    };
    for (const each of [near, far]) {
      sockets.add(each);
      // Whoever speaks over the proxy is told by the other end.
      each.on('error', end);
      each.on('close', () => {
        sockets.delete(each);
        end();
      });
    }
    // Who goes while it is quiet gets no goodbye.
    near.on('end', () => {
      if (!isQuiet) far.end();
    });
    near.on('data', (message) => {
      if (isQuiet) return;
      const isHere = left > 0 && (left -= 1) === 0;
      if (isHere && where === 'before') return end();
      isLast ||= isHere;
      far.write(message);
    });
    far.on('data', (answer) => {
      if (isLast) return end();
      if (!isQuiet) near.write(answer);
    });
  };
  const server = createServer({ allowHalfOpen: true }, join);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    // It listens on a port.
    port: (server.address() as AddressInfo).port,
    /** Breaks the connection of the `message`th message from now on, 1 for the next. */
    breakAt(message: number, place: Break): void {
      [left, where] = [message, place];
    },
    /** True when the break asked for has not come. */
    isWhole: () => left > 0,
    /** Takes everything and passes nothing on, in both directions, until `speak`. */
    hush(): void {
      isQuiet = true;
    },
    /** Passes on what comes from now on; connections that were quiet are broken, since they lack something. */
    speak(): void {
      isQuiet = false;
      for (const each of sockets) each.destroy();
    },
    async stop(): Promise<void> {
      for (const each of sockets) each.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
