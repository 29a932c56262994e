/**
 * Our tokens in the hands of aws-jwt-verify, unmodified: by our own issuer over TLS, and by AWS's form of it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { join } from 'node:path';
import { CognitoJwtVerifier, JwtVerifier } from 'aws-jwt-verify';
import { SimpleFetcher } from 'aws-jwt-verify/https';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { claimsOf, PASSWORD } from '../support/pool.ts';
import { onBoth, type Installation, type InstallationOptions } from '../support/servers/installation.ts';

const FOLDER = join(import.meta.dirname, '..', 'support', 'tls');
const ca = readFileSync(join(FOLDER, 'cert.pem'));
const TLS: InstallationOptions = {
  host: 'localhost',
  tls: { certFile: join(FOLDER, 'cert.pem'), keyFile: join(FOLDER, 'key.pem') },
};

/** A pool with one user on a server that speaks TLS, and the tokens of a sign-in. */
async function signedIn(server: Installation) {
  const requestHandler = new NodeHttpHandler({ httpsAgent: new Agent({ ca }) });
  const idp = new CognitoIdentityProvider({ ...server.client, requestHandler });
  const { UserPool } = await idp.createUserPool({ PoolName: 'people' });
  const UserPoolId = UserPool!.Id!;
  const { UserPoolClient } = await idp.createUserPoolClient({
    UserPoolId,
    ClientName: 'app',
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
  });
  const ClientId = UserPoolClient!.ClientId!;
  await idp.adminCreateUser({ UserPoolId, Username: 'ada', MessageAction: 'SUPPRESS' });
  await idp.adminSetUserPassword({ UserPoolId, Username: 'ada', Password: PASSWORD, Permanent: true });
  const { AuthenticationResult } = await idp.initiateAuth({
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD },
  });
  return {
    UserPoolId,
    ClientId,
    access: AuthenticationResult!.AccessToken!,
    id: AuthenticationResult!.IdToken!,
  };
}

function fetchJson(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    get(url, { ca }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(JSON.parse(text)));
    }).on('error', reject);
  });
}

describe('tokens in the hands of aws-jwt-verify', () =>
  onBoth((start) => {
    let server: Installation;
    afterEach(() => server.close());

    it('verify by our own issuer, its keys fetched over TLS', async () => {
      server = await start(TLS);
      const { UserPoolId, ClientId, id, access } = await signedIn(server);
      const jwksCache = new SimpleJwksCache({
        fetcher: new SimpleFetcher({ defaultRequestOptions: { ca, responseTimeout: 5000 } }),
      });
      const verifier = JwtVerifier.create(
        { issuer: `${server.url}/${UserPoolId}`, audience: ClientId },
        { jwksCache },
      );

      assert.equal((await verifier.verify(id)).sub, claimsOf(id).sub);
      await assert.rejects(verifier.verify(access));
      await assert.rejects(verifier.verify(`${id.slice(0, -4)}AAAA`), /signature/i);
    });

    it("verify as Cognito's own where the issuer is written as AWS's", async () => {
      server = await start({ ...TLS, environment: { COGNATE_ISSUER: 'aws' } });
      const { UserPoolId: userPoolId, ClientId: clientId, id, access } = await signedIn(server);
      const jwks = (await fetchJson(`${server.url}/${userPoolId}/.well-known/jwks.json`)) as Parameters<
        ReturnType<typeof CognitoJwtVerifier.create>['cacheJwks']
      >[0];
      const verifierFor = (tokenUse: 'id' | 'access') => {
        const verifier = CognitoJwtVerifier.create({ userPoolId, clientId, tokenUse });
        verifier.cacheJwks(jwks);
        return verifier;
      };

      assert.equal((await verifierFor('id').verify(id))['cognito:username'], 'ada');
      assert.equal((await verifierFor('access').verify(access)).username, 'ada');
      await assert.rejects(verifierFor('access').verify(id));
      assert.equal((jwks as { keys: object[] }).keys.length, 2);
    });
  }));
