/**
 * Refresh tokens that rotate: retries, races, and tokens shown again.
 *
 * Sources: RFC 9700, section 4.14; Cognito developer guide, "Refresh token rotation".
 */
import assert from 'node:assert/strict';
import { makePool, makeUser, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const AT_ONCE = 100;
const GRACE_SECONDS = 30;
const REFUSED = { name: 'NotAuthorizedException' };

describe('a refresh token that rotates', () => {
  let server: TestServer;
  let patient: MadePool;
  let strict: MadePool;

  const rotating = (RetryGracePeriodSeconds: number) =>
    makePool(
      server,
      {},
      {
        // What Cognito offers beside rotation: renewing goes by GetTokensFromRefreshToken or the token endpoint there.
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
        RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds },
        AllowedOAuthFlows: ['code'],
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthScopes: ['openid', 'aws.cognito.signin.user.admin'],
        CallbackURLs: ['https://app.example.com/back'],
        SupportedIdentityProviders: ['COGNITO'],
      },
    );
  before(async () => {
    server = await startServer();
    patient = await rotating(GRACE_SECONDS);
    strict = await rotating(0);
    await makeUser(patient, 'ada');
    await makeUser(strict, 'ada');
  });
  after(() => server.close());

  async function renew(
    { UserPoolId, ClientId }: MadePool,
    refreshToken: string,
  ): Promise<string | undefined> {
    const response = await fetch(`${server.url}/${UserPoolId}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: ClientId,
        refresh_token: refreshToken,
      }),
    });
    if (response.ok) return ((await response.json()) as { refresh_token: string }).refresh_token;
    assert.equal(((await response.json()) as { error: string }).error, 'invalid_grant');
    return undefined;
  }
  const renewed = async (pool: MadePool, refreshToken: string): Promise<string> => {
    const next = await renew(pool, refreshToken);
    assert.ok(next);
    return next;
  };
  const isBelieved = ({ idp }: MadePool, AccessToken: string) => idp.getUser({ AccessToken });

  it('gives all that ask at once the same next one, within the grace period', async () => {
    const { RefreshToken: first } = await signIn(patient, 'ada');

    const next = await Promise.all(Array.from({ length: AT_ONCE }, () => renew(patient, first!)));

    assert.equal(new Set(next).size, 1);
    assert.ok(next[0] && next[0] !== first);
    assert.ok(await renew(patient, next[0]));
  });

  it('answers a late retry with the newest, however often that was renewed meanwhile', async () => {
    const { RefreshToken: first } = await signIn(patient, 'ada');
    const second = await renewed(patient, first!);
    const third = await renewed(patient, second);
    server.clock.pass(GRACE_SECONDS - 1);

    assert.equal(await renew(patient, first!), third);
    assert.equal(await renew(patient, second), third);
  });

  it('ends the whole sign-in, access tokens too, when it is shown after its grace period', async () => {
    const { AccessToken, RefreshToken: first } = await signIn(patient, 'ada');
    const second = await renewed(patient, first!);
    await isBelieved(patient, AccessToken!);
    server.clock.pass(GRACE_SECONDS);

    assert.equal(await renew(patient, first!), undefined);

    assert.equal(await renew(patient, second), undefined);
    await assert.rejects(isBelieved(patient, AccessToken!), REFUSED);
  });

  it('is known again however long ago it was spent', async () => {
    const { RefreshToken: first } = await signIn(strict, 'ada');
    let newest = first!;
    for (let left = 30; left > 0; left -= 1) newest = await renewed(strict, newest);

    assert.equal(await renew(strict, first!), undefined);

    assert.equal(await renew(strict, newest), undefined);
  });

  it('has one winner where there is no grace period', async () => {
    const { RefreshToken: first } = await signIn(strict, 'ada');

    const next = await Promise.all(Array.from({ length: AT_ONCE }, () => renew(strict, first!)));

    assert.equal(next.filter((each) => each !== undefined).length, 1);
  });

  it('cannot be made from another: not with a later number, not of another sign-in', async () => {
    const { RefreshToken: one } = await signIn(patient, 'ada');
    const { RefreshToken: other } = await signIn(patient, 'ada');
    const [family, generation, proof] = one!.split('.');

    for (const forged of [
      `${family}.2.${proof}`,
      `${other!.split('.')[0]}.${generation}.${proof}`,
      `${family}.${generation}.${proof!.slice(0, -1)}`,
      `${family}.01.${proof}`,
      `${family}.${generation}`,
    ])
      assert.equal(await renew(patient, forged), undefined, forged);

    assert.ok(await renew(patient, one!));
    assert.ok(await renew(patient, other!));
  });
});
