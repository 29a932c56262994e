/** Dispatch: real SDK clients and raw requests against made-up operations behind the real door. */
import assert from 'node:assert/strict';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { assertJson, assertXml, JSON_TYPE, TARGET, UUID, useTiny } from '../support/matrices/tiny-calls.ts';
import { ADMIN, GUEST, NOON, type Answer } from '../support/servers/tiny-service.ts';

const POOL = { UserPoolId: 'eu-west-1_a1b2c3d4e', Username: 'bob' };
const ROLE = { RoleArn: 'arn:aws:iam::123456789012:role/app', RoleSessionName: 'session' };

describe('the door', () => {
  const door = useTiny();

  describe('operations called by the real clients', () => {
    it('take a signed JSON call and give dates back', async () => {
      const client = new CognitoIdentityProvider(door.tiny.client());

      const { Username, UserCreateDate, $metadata } = await client.adminGetUser(POOL);

      assert.deepEqual([Username, UserCreateDate], ['bob', NOON]);
      assert.equal($metadata.requestId, door.tiny.seen[0]?.requestId);
      assert.match($metadata.requestId ?? '', UUID);
      assert.equal(door.tiny.seen[0]?.region, 'eu-west-1');
    });
    it('take a signed form and read lists, numbers and dates out of it', async () => {
      const client = new STS(door.tiny.client());

      const answer = await client.assumeRole({
        ...ROLE,
        DurationSeconds: 900,
        Tags: [
          { Key: 'a', Value: '' },
          { Key: 'é&=+%', Value: ' x ' },
        ],
      });

      assert.deepEqual(door.tiny.seen[0]?.input, {
        ...ROLE,
        DurationSeconds: 900,
        Tags: [
          { Key: 'a', Value: '' },
          { Key: 'é&=+%', Value: ' x ' },
        ],
      });
      assert.equal(answer.PackedPolicySize, 900);
      assert.deepEqual(answer.Credentials?.Expiration, NOON);
      assert.match(answer.$metadata.requestId ?? '', UUID);
    });
    it('take the empty list that a form writes as nothing', async () => {
      await new STS(door.tiny.client()).assumeRole({ ...ROLE, Tags: [] });

      assert.deepEqual(door.tiny.seen[0]?.input, { ...ROLE, Tags: [] });
    });
    it('take temporary credentials with their token', async () => {
      const { Arn } = await new STS(door.tiny.client(GUEST)).getCallerIdentity();

      assert.equal(Arn, 'arn:aws:sts::123456789012:assumed-role/app/guest');
    });
    it('answer without a Result where there is no output', async () => {
      await new IAM(door.tiny.client()).deleteRole({ RoleName: 'app' });

      const { text } = await door.calls.form(
        'Action=DeleteRole&Version=2010-05-08&RoleName=app',
        ADMIN,
        'iam',
      );
      assert.match(
        text,
        /^<DeleteRoleResponse xmlns="https:\/\/iam\.amazonaws\.com\/doc\/2010-05-08\/"><ResponseMetadata><RequestId>[0-9a-f-]{36}<\/RequestId><\/ResponseMetadata><\/DeleteRoleResponse>$/,
      );
    });
    it('take a query string in place of a form', async () => {
      const answer = await door.calls.sendSigned(
        { method: 'GET', query: { Action: 'GetCallerIdentity', Version: '2011-06-15' } },
        ADMIN,
        'sts',
      );

      assert.equal(answer.status, 200);
      assert.match(answer.text, /<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user\/ann<\/Arn>/);
    });
    it('hand over whose access token was shown', async () => {
      const client = new CognitoIdentityProvider(door.tiny.client());

      assert.equal((await client.getUser({ AccessToken: 'good' })).Username, 'bob');
      await assert.rejects(client.getUser({ AccessToken: 'bad' }), {
        name: 'NotAuthorizedException',
        message: 'Invalid Access Token',
      });
    });
    it('give clients the service’s own failures by name', async () => {
      const user = { ClientId: 'c', Username: 'missing', Password: 'secret' };

      await assert.rejects(new CognitoIdentityProvider(door.tiny.client()).signUp(user), {
        name: 'UserNotFoundException',
        message: 'User missing does not exist.',
      });
      await assert.rejects(new IAM(door.tiny.client()).deleteRole({ RoleName: 'gone' }), {
        name: 'NoSuchEntityException',
        message: 'The role with name gone cannot be found.',
      });
    });
    it('drop null and unknown members', async () => {
      const answer = await door.calls.json('SignUp', {
        ClientId: 'c',
        Username: 'u',
        Password: 'secret',
        UserAttributes: null,
        IsAdmin: true,
      });

      assert.deepEqual(JSON.parse(answer.text), { UserSub: 'u', UserConfirmed: false });
    });
  });

  describe('refused input', () => {
    it('is worded as AWS words it, in both protocols', async () => {
      const message =
        "2 validation errors detected: Value at 'userPoolId' failed to satisfy constraint: Member must not be null; " +
        "Value at 'username' failed to satisfy constraint: Member must have length greater than or equal to 1";
      const headers = { 'content-type': JSON_TYPE, 'x-amz-target': `${TARGET}.AdminGetUser` };

      assertJson(
        await door.calls.sendSigned({ headers, body: '{"Username":""}' }, ADMIN, 'cognito-idp'),
        400,
        'InvalidParameterException',
        message,
      );
      assertXml(
        await door.calls.form('Action=AssumeRole&Version=2011-06-15&RoleSessionName=xy'),
        400,
        'ValidationError',
        '1 validation error detected: Value at &apos;roleArn&apos; failed to satisfy constraint: Member must not be null',
      );
    });
    it('of the wrong type is a SerializationException, or MalformedInput', async () => {
      assertJson(
        await door.calls.json('SignUp', { ClientId: 5 }),
        400,
        'SerializationException',
        'NUMBER_VALUE can not be converted to a String',
      );
      const start = 'Action=AssumeRole&Version=2011-06-15&RoleArn=a&RoleSessionName=xy';
      assertXml(
        await door.calls.form(`${start}&DurationSeconds=soon`),
        400,
        'MalformedInput',
        'STRING_VALUE can not be converted to an Integer',
      );
      assertXml(await door.calls.form(`${start}&Tags=x`), 400, 'MalformedInput');
      assertXml(
        await door.calls.form('Action=AssumeRole&Version=2011-06-15&RoleArn.member.1=a&RoleSessionName=xy'),
        400,
        'MalformedInput',
      );
    });
    it('is refused before an access token is looked at', async () => {
      assertJson(await door.calls.json('GetUser', {}), 400, 'InvalidParameterException', /'accessToken'/);
      assertJson(
        await door.calls.json('GetUser', { AccessToken: 'not a token' }),
        400,
        'InvalidParameterException',
      );
    });
  });

  describe('requests that name no operation of ours', () => {
    const rows: readonly (readonly [
      title: string,
      answer: () => Promise<Answer>,
      check: (answer: Answer) => void,
    ])[] = [
      [
        'an unknown target',
        () => door.calls.json('NoSuchThing', {}),
        (answer) => assertJson(answer, 400, 'UnknownOperationException'),
      ],
      [
        'a member of every object',
        () => door.calls.json('constructor', {}),
        (answer) => assertJson(answer, 400, 'UnknownOperationException'),
      ],
      [
        'a target without operation',
        () => door.calls.json('', {}),
        (answer) => assertJson(answer, 400, 'UnknownOperationException'),
      ],
      [
        'a target of another service',
        () =>
          door.tiny.send({
            headers: { 'content-type': JSON_TYPE, 'x-amz-target': 'DynamoDB_20120810.GetItem' },
            body: '{}',
          }),
        (answer) => assertJson(answer, 400, 'UnknownOperationException'),
      ],
      [
        'a bare POST',
        () => door.tiny.send({}),
        (answer) => assertJson(answer, 400, 'UnknownOperationException'),
      ],
      [
        'an unknown action',
        () => door.calls.bareForm('Action=NoSuchThing&Version=2011-06-15'),
        (answer) => assertXml(answer, 400, 'InvalidAction'),
      ],
      [
        'an unknown version',
        () => door.calls.bareForm('Action=AssumeRole&Version=1999-01-01'),
        (answer) => assertXml(answer, 400, 'InvalidAction'),
      ],
      [
        'a form without action',
        () => door.calls.bareForm('Version=2011-06-15'),
        (answer) => assertXml(answer, 400, 'MissingAction'),
      ],
      [
        'a form sent as text, signed for sts',
        () =>
          door.calls.sendSigned(
            { headers: { 'content-type': 'text/plain' }, body: 'Action=AssumeRole&Version=2011-06-15' },
            ADMIN,
            'sts',
          ),
        (answer) => assertXml(answer, 400, 'MissingAction'),
      ],
      [
        'JSON sent as another type',
        () => door.calls.json('SignUp', {}, { 'content-type': 'application/json' }),
        (answer) => assertJson(answer, 400, 'SerializationException', /Content-Type/),
      ],
      [
        'JSON sent by another method',
        () =>
          door.tiny.send({
            method: 'PUT',
            headers: { 'content-type': JSON_TYPE, 'x-amz-target': `${TARGET}.SignUp` },
            body: '{}',
          }),
        (answer) => assertJson(answer, 400, 'UnknownOperationException'),
      ],
      [
        'an array for an input',
        () => door.calls.json('SignUp', '[]'),
        (answer) => assertJson(answer, 400, 'SerializationException'),
      ],
      [
        'one target twice',
        () =>
          door.tiny.send({
            headers: { 'content-type': JSON_TYPE, 'x-amz-target': [`${TARGET}.SignUp`, `${TARGET}.GetUser`] },
            body: '{}',
          }),
        (answer) => assertJson(answer, 400, 'SerializationException'),
      ],
    ];
    for (const [title, answer, check] of rows) {
      it(`get the protocol’s own error: ${title}`, async () => check(await answer()));
    }

    it('go on to the next door when they are no API calls', async () => {
      for (const [method, target] of [
        ['GET', '/'],
        ['GET', '/pool/oauth2/authorize?Action=x'],
        ['POST', '/pool/login'],
        ['OPTIONS', '/'],
      ]) {
        assert.equal((await door.tiny.send({ method: method!, target: target! })).text, 'another door');
      }
    });
  });

  describe('failures of ours', () => {
    const user = (Username: string) => ({ ClientId: 'c', Username, Password: 'secret-pw' });

    it('are answered 500 without detail, and logged with their cause', async () => {
      for (const name of ['bug', 'unworded']) {
        door.tiny.logged.length = 0;

        const answer = await door.calls.json('SignUp', user(name));

        assertJson(answer, 500, 'InternalErrorException');
        assert.ok(!answer.text.includes('inner-detail') && !answer.text.includes('at '), answer.text);
        const line = door.tiny.logged.find((each) => each.includes('request-failed')) ?? '';
        assert.match(line, new RegExp(String(answer.headers['x-amzn-requestid'])));
        assert.match(line, /"stack":/);
      }
    });
    it('of a lost race are told as a concurrent change', async () => {
      assertJson(await door.calls.json('SignUp', user('race')), 400, 'ConcurrentModificationException');
    });
    it('of a page token that is not ours are the caller’s', async () => {
      assertJson(
        await door.calls.json('SignUp', user('page')),
        400,
        'InvalidParameterException',
        /pagination token/,
      );
    });
  });

  describe('the access log', () => {
    it('has one line a request, with who, what and how it ended', async () => {
      await new CognitoIdentityProvider(door.tiny.client()).adminGetUser(POOL);
      await door.calls.json('SignUp', { ClientId: 'c', Username: 'missing', Password: 'hunter2hunter2' });

      const [first, second, ...rest] = door.tiny.logged.map(
        (line) => JSON.parse(line) as Record<string, unknown>,
      );
      assert.deepEqual(rest, []);
      assert.deepEqual(
        [first?.['event'], first?.['service'], first?.['operation'], first?.['status'], first?.['principal']],
        ['api-call', 'cognito-idp', 'AdminGetUser', 200, 'arn:aws:iam::123456789012:user/ann'],
      );
      assert.equal(typeof first?.['ms'], 'number');
      assert.deepEqual(
        [second?.['operation'], second?.['status'], second?.['fault']],
        ['SignUp', 400, 'UserNotFoundException'],
      );
    });
    it('never has a body, a token or a signature in it', async () => {
      await door.calls.json('SignUp', { ClientId: 'c', Username: 'bug', Password: 'hunter2hunter2' });
      await door.calls.json('GetUser', { AccessToken: 'hunter2.token' });
      await door.calls.sendSigned(
        { headers: { 'content-type': JSON_TYPE, 'x-amz-target': `${TARGET}.AdminGetUser` }, body: '{}' },
        GUEST,
        'cognito-idp',
      );

      const all = door.tiny.logged.join('\n');
      assert.ok(!/hunter2|guest-token|guest-secret|Signature=/.test(all), all);
    });
  });
});
