/** Who may call: made-up operations behind the real door, called with good and bad signatures. */
import assert from 'node:assert/strict';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { STS } from '@aws-sdk/client-sts';
import { signed, type Credentials } from '../../support/signing.ts';
import {
  assertJson,
  assertXml,
  FORM_TYPE,
  JSON_TYPE,
  TARGET,
  useTiny,
} from '../../support/matrices/tiny-calls.ts';
import { ADMIN, EXPIRED, GUEST, NOON, startTiny } from '../../support/servers/tiny-service.ts';

const POOL = { UserPoolId: 'eu-west-1_a1b2c3d4e', Username: 'bob' };
const ROLE = { RoleArn: 'arn:aws:iam::123456789012:role/app', RoleSessionName: 'session' };

describe('who may call', () => {
  const door = useTiny();

  describe('refused signatures', () => {
    const identity = 'Action=GetCallerIdentity&Version=2011-06-15';
    const rows: readonly (readonly [
      title: string,
      credentials: Credentials | undefined,
      json: string,
      query: string,
    ])[] = [
      ['none', undefined, 'MissingAuthenticationTokenException', 'MissingAuthenticationToken'],
      [
        'a wrong secret',
        { ...ADMIN, secretAccessKey: 'x' },
        'InvalidSignatureException',
        'SignatureDoesNotMatch',
      ],
      [
        'an unknown key',
        { ...ADMIN, accessKeyId: 'AKIANOBODY' },
        'UnrecognizedClientException',
        'InvalidClientTokenId',
      ],
      [
        'another’s session token',
        { ...GUEST, sessionToken: 'x' },
        'UnrecognizedClientException',
        'InvalidClientTokenId',
      ],
      ['an expired session token', EXPIRED, 'ExpiredTokenException', 'ExpiredToken'],
    ];
    for (const [title, credentials, jsonName, queryName] of rows) {
      it(`say ${jsonName} or ${queryName} of ${title}`, async () => {
        const headers = { 'content-type': JSON_TYPE, 'x-amz-target': `${TARGET}.AdminGetUser` };
        const request = { headers, body: JSON.stringify(POOL) };

        assertJson(
          credentials
            ? await door.calls.sendSigned(request, credentials, 'cognito-idp')
            : await door.tiny.send(request),
          403,
          jsonName,
        );
        assertXml(
          credentials
            ? await door.calls.form(identity, credentials)
            : await door.tiny.send({
                headers: { 'content-type': FORM_TYPE },
                body: identity,
              }),
          403,
          queryName,
        );
        assert.deepEqual(door.tiny.seen, []);
      });
    }

    it('come before anything is said of the input', async () => {
      assertJson(await door.calls.json('AdminGetUser', '{'), 403, 'MissingAuthenticationTokenException');
      assertXml(
        await door.calls.bareForm('Action=AssumeRole&Version=2011-06-15'),
        403,
        'MissingAuthenticationToken',
      );
    });
    it('say how far the clock is off', async () => {
      const headers = { 'content-type': FORM_TYPE, host: `127.0.0.1:${door.tiny.port}` };
      const made = await signed(
        { headers, body: identity },
        { credentials: ADMIN, at: NOON, service: 'sts', region: 'eu-west-1' },
      );

      const answer = await door.tiny.send({ headers: Object.fromEntries(made.headers), body: made.body });

      assertXml(answer, 403, 'SignatureDoesNotMatch');
      assert.match(
        answer.text,
        /Signature expired: 20260102T120000Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)/,
      );
    });
    it('of another service, or another body, are told as a signature that does not match', async () => {
      assertXml(
        await door.calls.sendSigned({ headers: { 'content-type': FORM_TYPE }, body: identity }, ADMIN, 'iam'),
        403,
        'SignatureDoesNotMatch',
        'Credential should be scoped to correct service: &apos;sts&apos;.',
      );
      const made = await signed(
        {
          headers: { 'content-type': FORM_TYPE, host: `127.0.0.1:${door.tiny.port}` },
          body: identity,
        },
        { credentials: ADMIN, at: new Date(), service: 'sts', region: 'eu-west-1' },
      );
      assertXml(
        await door.tiny.send({ headers: Object.fromEntries(made.headers), body: `${identity}&A=1` }),
        400,
        'SignatureDoesNotMatch',
      );
    });
    it('from a region that is not served, but iam and sts are served in us-east-1 everywhere', async () => {
      const narrow = await startTiny({ regions: ['eu-west-1'] });
      try {
        await new CognitoIdentityProvider(narrow.client()).adminGetUser(POOL);
        await new STS({ ...narrow.client(), region: 'us-east-1' }).getCallerIdentity();
        await assert.rejects(
          new CognitoIdentityProvider({ ...narrow.client(), region: 'us-east-1' }).adminGetUser(POOL),
          {
            name: 'InvalidSignatureException',
          },
        );
      } finally {
        narrow.close();
      }
    });
  });

  describe('refused actions', () => {
    it('are told in the authority’s words, on the resource that the operation names', async () => {
      const message =
        'User: arn:aws:sts::123456789012:assumed-role/app/guest may not cognito-idp:AdminGetUser on arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a1b2c3d4e';

      await assert.rejects(new CognitoIdentityProvider(door.tiny.client(GUEST)).adminGetUser(POOL), {
        name: 'AccessDeniedException',
        message,
      });
      await assert.rejects(new STS(door.tiny.client(GUEST)).assumeRole(ROLE), { name: 'AccessDenied' });
      assert.deepEqual(door.tiny.seen, []);
    });
    it('are none where an operation needs no permission, but a signature it needs', async () => {
      await new STS(door.tiny.client(GUEST)).getCallerIdentity();

      assert.deepEqual(door.tiny.contexts, []);
      const facts = door.tiny.seen[0]?.input as Readonly<Record<string, unknown>>;
      assert.deepEqual(
        [facts['aws:SourceIp'], facts['aws:SecureTransport'], facts['aws:RequestedRegion']],
        ['127.0.0.1', false, 'eu-west-1'],
      );
      assertXml(
        await door.calls.bareForm('Action=GetCallerIdentity&Version=2011-06-15'),
        403,
        'MissingAuthenticationToken',
      );
    });
    it('come after what is said of the input', async () => {
      await assert.rejects(
        new CognitoIdentityProvider(door.tiny.client(GUEST)).adminGetUser({ ...POOL, Username: '' }),
        {
          name: 'InvalidParameterException',
        },
      );
    });
    it('are decided on the facts of the request', async () => {
      await assert.rejects(new STS(door.tiny.client(GUEST)).assumeRole(ROLE), { name: 'AccessDenied' });

      const {
        'aws:UserAgent': userAgent,
        'aws:CurrentTime': time,
        'aws:EpochTime': epoch,
        ...context
      } = door.tiny.contexts[0]!;
      assert.match(String(userAgent), /aws-sdk-js/);
      assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.equal(Math.floor(Date.parse(String(time)) / 1000), epoch);
      assert.deepEqual(context, {
        'aws:SourceIp': '127.0.0.1',
        'aws:PrincipalIsAWSService': false,
        'aws:ResourceAccount': '123456789012',
        'aws:SecureTransport': false,
        'aws:RequestedRegion': 'eu-west-1',
        'aws:ViaAWSService': false,
      });
    });
  });
});
