/**
 * A server for which Google, Facebook and Amazon are stood in for at loopback.
 */
import { startOpenIdProvider } from '../hostile-op.ts';
import { startAmazon, startFacebook } from './oauth-upstreams.ts';
import { startServer } from '../servers/server.ts';

/** Close it in `after`. */
export async function startSocialServer() {
  const [facebook, amazon, google] = await Promise.all([
    startFacebook(),
    startAmazon(),
    startOpenIdProvider(),
  ]);
  const server = await startServer({
    standIns: {
      google: google.issuer,
      facebook: { www: facebook.url, graph: facebook.url },
      amazon: { www: amazon.url, api: amazon.url },
    },
  });
  return {
    server,
    facebook,
    amazon,
    google,
    async close(): Promise<void> {
      google.close();
      await Promise.all([server.close(), facebook.close(), amazon.close()]);
    },
  };
}
export type SocialServer = Awaited<ReturnType<typeof startSocialServer>>;
