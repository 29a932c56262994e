/**
 * Codes and what becomes of them, for tests of the token endpoint: a browser that is signed in already, so that a code costs one request.
 */
import assert from 'node:assert/strict';
import { CALLBACK, createBrowser, type TestClient, type World } from './world.ts';

export interface TokenSet {
  readonly access_token: string;
  readonly id_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
  readonly token_type: string;
  readonly scope?: string;
}
type Parameters = Record<string, string | undefined>;

export type Redeeming = Awaited<ReturnType<typeof createRedeeming>>;

/** Signs `ada` in once; each code is for `client` unless another is named. */
export async function createRedeeming(world: World, client: TestClient) {
  const browser = createBrowser();
  await world.signIn(world.authorize(client), 'ada', browser);

  const redeem = (
    code: string,
    more: Parameters = {},
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    world.token(
      { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, client_id: client.id, ...more },
      headers,
    );

  return {
    redeem,

    newCode: async (more: Parameters = {}, of = client): Promise<string> => {
      const { location } = await browser.open(world.authorize(of, more));
      const code = location?.searchParams.get('code');
      assert.ok(code, location?.href);
      return code;
    },

    redeemed: async (code: string, more: Parameters = {}): Promise<TokenSet> => {
      const response = await redeem(code, more);
      assert.equal(response.status, 200);
      return (await response.json()) as TokenSet;
    },

    refresh: (refreshToken: string, more: Parameters = {}): Promise<Response> =>
      world.token({
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        client_id: client.id,
        ...more,
      }),
  };
}

export async function assertRefused(
  response: Response,
  error = 'invalid_grant',
  status = 400,
): Promise<void> {
  const body = (await response.json()) as Record<string, unknown>;
  assert.equal(body['error'], error);
  assert.equal(response.status, status);
  assert.equal(body['access_token'], undefined);
}
