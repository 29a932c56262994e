/** Settings of identity pools that are not carried out, and are therefore refused. */
import assert from 'node:assert/strict';
import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { ACCOUNT, startServer, type TestServer } from '../../support/servers/server.ts';

describe('settings of identity pools', () => {
  let server: TestServer;
  let identity: CognitoIdentity;

  before(async () => {
    server = await startServer();
    identity = new CognitoIdentity(server.client);
  });
  after(() => server.close());

  const POOL = { IdentityPoolName: 'app', AllowUnauthenticatedIdentities: false };
  for (const more of [
    { SupportedLoginProviders: { 'api.twitter.com': '1' } },
    { OpenIdConnectProviderARNs: [`arn:aws:iam::${ACCOUNT}:oidc-provider/op.example`] },
    { SamlProviderARNs: [`arn:aws:iam::${ACCOUNT}:saml-provider/idp`] },
    { DeveloperProviderName: 'login.example' },
  ])
    it(`refuses ${Object.keys(more)[0]}, which it would not carry out`, async () => {
      await assert.rejects(identity.createIdentityPool({ ...POOL, ...more }), {
        name: 'InvalidParameterException',
        message: /is not supported/,
      });
    });
});
