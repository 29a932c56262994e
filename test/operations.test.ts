/**
 * The operations that AWS has: the page about them is true, and one that is not there says so.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { CognitoSync } from '@aws-sdk/client-cognito-sync';
import { IAM } from '@aws-sdk/client-iam';
import { pages } from './operations-page.ts';
import { AWS_OPERATIONS } from '../src/api/aws-operations.ts';
import { operations as iamOperations } from '../src/api/iam/index.ts';
import { REGION, ROOT, startServer, type TestServer } from './support/servers/server.ts';

describe('the operations of AWS', () => {
  for (const [file, text] of Object.entries(pages))
    it(`are told by ${file} as they are (\`npm run docs\` writes it)`, () => {
      assert.equal(readFileSync(join(import.meta.dirname, '..', file), 'utf8'), text);
    });

  describe('that are not there yet', () => {
    let server: TestServer;
    const client = () => ({ endpoint: server.url, region: REGION, credentials: ROOT, maxAttempts: 1 });
    before(async () => {
      server = await startServer();
    });
    after(() => server.close());

    it('say so in JSON', async () => {
      await assert.rejects(
        new CognitoIdentityProvider(client()).startUserImportJob({ UserPoolId: 'us-east-1_a', JobId: 'i' }),
        {
          name: 'UnknownOperationException',
          message: 'Cognate does not have the operation StartUserImportJob of cognito-idp yet.',
        },
      );
    });

    it('say so at an address', async () => {
      await assert.rejects(new CognitoSync(client()).getCognitoEvents({ IdentityPoolId: 'us-east-1:1' }), {
        name: 'UnknownOperationException',
        message: 'Cognate does not have the operation GetCognitoEvents of cognito-sync yet.',
      });
    });

    it('say so in XML', async () => {
      await assert.rejects(new IAM(client()).listVirtualMFADevices({}), {
        name: 'InvalidAction',
        message: 'Cognate does not have the operation ListVirtualMFADevices of iam yet.',
      });
    });

    it('are told apart from what AWS has not either', async () => {
      const answer = await fetch(server.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'AWSCognitoIdentityProviderService.MakeCoffee',
        },
        body: '{}',
      });

      assert.match(await answer.text(), /The operation is not known/);
      assert.ok(!AWS_OPERATIONS['cognito-idp']?.has('MakeCoffee'));
      assert.ok(AWS_OPERATIONS['iam']?.has(Object.keys(iamOperations)[0] ?? ''));
    });
  });
});
