/**
 * What services call input that breaks a constraint, and a role that is none.
 */
import assert from 'node:assert/strict';
import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { STS } from '@aws-sdk/client-sts';
import { startServer, type TestServer } from '../support/servers/server.ts';

describe('constraint faults', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  it('of cognito-identity are named ValidationException', async () => {
    const identity = new CognitoIdentity(server.client);

    await assert.rejects(identity.getId({ IdentityPoolId: 'no pool id' }), { name: 'ValidationException' });
    await assert.rejects(
      identity.createIdentityPool({ IdentityPoolName: '', AllowUnauthenticatedIdentities: false }),
      { name: 'ValidationException' },
    );
  });

  for (const RoleArn of [
    'arn:aws:iam::123456789012:user/ada',
    'arn:aws:iam::123456789012:role/',
    'arn:aws:iam::123456789012:role/path/',
    'arn:aws:iam::12345:role/short-account',
    'arn:aws:sts::123456789012:assumed-role/a/b',
    'arn:aws:s3:::a-bucket-of-somebody',
    'no ARN at all, but long enough',
  ])
    it(`name ${RoleArn} before anything else is judged`, async () => {
      const sts = new STS(server.client);
      const RoleSessionName = 'session';

      await assert.rejects(sts.assumeRole({ RoleArn, RoleSessionName }), { name: 'ValidationError' });
      await assert.rejects(
        sts.assumeRoleWithWebIdentity({ RoleArn, RoleSessionName, WebIdentityToken: 'not a token' }),
        { name: 'ValidationError' },
      );
      await assert.rejects(
        sts.assumeRoleWithSAML({
          RoleArn,
          PrincipalArn: 'arn:aws:iam::123456789012:saml-provider/none',
          SAMLAssertion: 'bm90IGFuIGFzc2VydGlvbg==',
        }),
        { name: 'ValidationError' },
      );
    });

  it('name an operation of cognito-sync at a path that is nobody’s, where the call is signed for it', async () => {
    const answer = await fetch(`${server.url}/no-such-path`, {
      method: 'POST',
      headers: {
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIATESTROOT00000000/20260101/us-east-1/cognito-sync/aws4_request, SignedHeaders=host, Signature=' +
          '0'.repeat(64),
      },
    });

    assert.equal(answer.status, 400);
    assert.match(answer.headers.get('x-amzn-errortype') ?? '', /^UnknownOperationException/);
  });

  for (const size of [-1, 4097])
    it(`name a session token of ${size} characters`, async () => {
      await assert.rejects(
        new STS(server.client).assumeRole({
          RoleArn: 'arn:aws:iam::123456789012:role/any',
          RoleSessionName: 'session',
          MinimumSessionTokenSize: size,
        }),
        { name: 'ValidationError' },
      );
    });

  for (const [method, path] of [
    ['GET', '/identitypools/us-east-1:1/nothing'],
    ['PUT', '/identitypools/us-east-1:1/identities/x/datasets/y'],
    ['DELETE', '/identitypools'],
  ] as const)
    it(`name an unknown operation of cognito-sync: ${method} ${path}`, async () => {
      const answer = await fetch(`${server.url}${path}`, { method });

      assert.equal(answer.status, 400);
      assert.match(answer.headers.get('x-amzn-errortype') ?? '', /^UnknownOperationException/);
    });
});
