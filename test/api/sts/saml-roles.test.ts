/**
 * Assertions of SAML providers, traded for a role's credentials.
 *
 * Sources: STS API reference, AssumeRoleWithSAML; IAM user guide, "Configure SAML assertions for the authentication response".
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { STS } from '@aws-sdk/client-sts';
import { ENTITY_ID, replaced } from '../../support/saml/saml-idp.ts';
import {
  ACCOUNT_ARN,
  createSamlRoles,
  STS_ATTRIBUTES,
  type SamlRoles,
  type Speech,
} from '../../support/saml/saml-roles.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
const sts = (name: string): string => STS_ATTRIBUTES + name;

describe('roles for whom a SAML provider brings', () => {
  let server: TestServer;
  let world: SamlRoles;
  let provider: string;

  before(async () => {
    server = await startServer();
    world = await createSamlRoles(server);
    provider = await world.makeProvider();
  });
  after(() => server.close());

  const lastingOf = ({ Credentials }: Awaited<ReturnType<SamlRoles['trade']>>): number =>
    Math.ceil((Credentials!.Expiration!.getTime() - server.clock.now().getTime()) / 1000);

  it('AssumeRoleWithSAML: gives credentials that GetCallerIdentity knows as the role', async () => {
    const role = await world.makeRole(provider);

    const session = await world.sts.assumeRoleWithSAML({
      RoleArn: role,
      PrincipalArn: provider,
      SAMLAssertion: world.assertion(role, provider),
    });

    const caller = await new STS(world.clientOf(session)).getCallerIdentity({});
    assert.equal(caller.Arn, `arn:aws:sts::123456789012:assumed-role/${role.split('/')[1]}/ada`);
    assert.equal(caller.Arn, session.AssumedRoleUser!.Arn);
    assert.equal(caller.UserId, session.AssumedRoleUser!.AssumedRoleId);
    assert.deepEqual(
      [session.Subject, session.SubjectType, session.Issuer, session.Audience, session.SourceIdentity],
      ['ada', 'persistent', ENTITY_ID, world.address, undefined],
    );
    const name = provider.split('/')[1];
    assert.equal(
      session.NameQualifier,
      createHash('sha1').update(`${ENTITY_ID}123456789012/${name}`).digest('base64'),
    );
    assert.equal(session.SessionTokenSize, session.Credentials!.SessionToken!.length);
    assert.ok(session.SessionTokenUtilization! > 0 && session.SessionTokenUtilization! <= 100);
    assert.equal(session.PackedPolicySize, undefined);
    assert.equal(lastingOf(session), 3600);
  });

  it('may do what the role allows, under the keys that the session goes on with', async () => {
    const role = await world.makeRole(provider, {
      statements: [
        {
          Effect: 'Allow',
          Action: 'cognito-idp:ListUserPools',
          Resource: '*',
          Condition: {
            StringEquals: {
              'saml:sub': 'ada',
              'saml:sub_type': 'persistent',
              'aws:FederatedProvider': provider,
            },
          },
        },
      ],
    });

    const client = new CognitoIdentityProvider(world.clientOf(await world.trade(role, provider)));

    assert.ok((await client.listUserPools({ MaxResults: 1 })).UserPools);
    await assert.rejects(client.createUserPool({ PoolName: 'no' }), { name: 'AccessDeniedException' });
  });

  it('are narrowed by a policy of the session', async () => {
    const role = await world.makeRole(provider, { statements: [everything] });
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'cognito-idp:CreateUserPool', Resource: '*' }],
    });

    const session = await world.trade(role, provider, { Policy });

    const client = new CognitoIdentityProvider(world.clientOf(session));
    await assert.rejects(client.listUserPools({ MaxResults: 1 }), { name: 'AccessDeniedException' });
    assert.equal(session.PackedPolicySize, session.SessionTokenUtilization);
    await assert.rejects(world.trade(role, provider, { Policy: '{}' }), {
      name: 'MalformedPolicyDocumentException',
    });
  });

  it('are given in either order of the pair, among others, with space around the comma', async () => {
    const role = await world.makeRole(provider);
    for (const pair of [`${provider},${role}`, ` ${role} , ${provider} `]) {
      const pairs = [`${ACCOUNT_ARN}:role/other,${provider}`, pair];

      const SAMLAssertion = world.assertion(role, provider, { pairs });

      assert.ok((await world.trade(role, provider, { SAMLAssertion })).Credentials, pair);
    }
  });

  describe('as trust policies see them', () => {
    const more = {
      'urn:oid:1.3.6.1.4.1.5923.1.1.1.1': ['staff', 'member'],
      'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress': 'ada@example.com',
      '0.9.2342.19200300100.1.3': 'other@example.com',
    };
    const conditions: Readonly<Record<string, () => readonly [holds: object, fails: object]>> = {
      'saml:aud': () => [
        { StringEquals: { 'SAML:aud': world.address } },
        { StringEquals: { 'SAML:aud': 'x' } },
      ],
      'saml:iss': () => [{ StringEquals: { 'saml:iss': ENTITY_ID } }, { StringEquals: { 'saml:iss': 'x' } }],
      'saml:sub': () => [{ StringEquals: { 'saml:sub': 'ada' } }, { StringEquals: { 'saml:sub': 'eve' } }],
      'saml:sub_type': () => [
        { StringEquals: { 'saml:sub_type': 'persistent' } },
        { StringEquals: { 'saml:sub_type': 'transient' } },
      ],
      'saml:doc': () => [
        { StringEquals: { 'saml:doc': `123456789012/${provider.split('/')[1]}` } },
        { StringEquals: { 'saml:doc': provider.split('/')[1] } },
      ],
      'a list of values': () => [
        { 'ForAnyValue:StringEquals': { 'saml:edupersonaffiliation': ['staff'] } },
        { 'ForAllValues:StringEquals': { 'saml:edupersonaffiliation': ['staff'] } },
      ],
      'the first of two names of one key': () => [
        { StringEquals: { 'saml:mail': 'ada@example.com' } },
        { StringEquals: { 'saml:mail': 'other@example.com' } },
      ],
      'the name of the session': () => [
        { StringEquals: { 'sts:RoleSessionName': '${saml:sub}' } },
        { StringEquals: { 'sts:RoleSessionName': 'eve' } },
      ],
      'the address of the request': () => [
        { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } },
        { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
      ],
    };
    for (const [title, make] of Object.entries(conditions))
      it(`have ${title}`, async () => {
        const [holds, fails] = make();
        const [open, closed] = [
          await world.makeRole(provider, { condition: holds }),
          await world.makeRole(provider, { condition: fails }),
        ];
        const assertionFor = (role: string) => world.assertion(role, provider, { more });

        assert.ok((await world.trade(open, provider, { SAMLAssertion: assertionFor(open) })).Credentials);
        await assert.rejects(world.trade(closed, provider, { SAMLAssertion: assertionFor(closed) }), {
          name: 'AccessDenied',
          message: 'Not authorized to perform sts:AssumeRoleWithSAML',
        });
      });
  });

  describe('last', () => {
    const lasting = async (
      asked: number | undefined,
      more: Speech['more'],
      says?: (xml: string) => string,
    ) => {
      const role = await world.makeRole(provider, { seconds: 43_200 });
      const SAMLAssertion = world.assertion(role, provider, { more, says });
      return lastingOf(await world.trade(role, provider, { SAMLAssertion, DurationSeconds: asked }));
    };
    const endsIn = (seconds: number) => (xml: string) =>
      replaced(
        / SessionNotOnOrAfter="[^"]*"/,
        ` SessionNotOnOrAfter="${new Date(server.clock.now().getTime() + seconds * 1000).toISOString()}"`,
      )(xml);

    it('as long as is asked for', async () => {
      assert.equal(await lasting(900, {}), 900);
    });

    it('no longer than the provider says by SessionDuration', async () => {
      assert.equal(await lasting(undefined, { [sts('SessionDuration')]: '1800' }), 1800);
      assert.equal(await lasting(900, { [sts('SessionDuration')]: '1800' }), 900);
    });

    it("no longer than the person's session at the provider", async () => {
      assert.equal(await lasting(undefined, {}, endsIn(300)), 300);
    });

    it('as long as asked for where the session at the provider has no end', async () => {
      assert.equal(await lasting(43_200, {}, replaced(/ SessionNotOnOrAfter="[^"]*"/, '')), 43_200);
    });

    it('not longer than the role allows', async () => {
      const role = await world.makeRole(provider);

      await assert.rejects(world.trade(role, provider, { DurationSeconds: 3601 }), {
        name: 'ValidationError',
      });
    });
  });

  describe('carry', () => {
    const carrying = {
      [sts('PrincipalTag:Project')]: 'Marketing',
      [sts('PrincipalTag:CostCenter')]: '12345',
      [sts('SourceIdentity')]: 'ada@example.com',
    };
    const actions = ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'];
    const statements = [
      {
        Effect: 'Allow',
        Action: 'cognito-idp:ListUserPools',
        Resource: '*',
        Condition: {
          StringEquals: {
            'aws:PrincipalTag/Project': 'Marketing',
            'aws:PrincipalTag/CostCenter': '12345',
            'aws:SourceIdentity': 'ada@example.com',
          },
        },
      },
    ];

    it('tags and the identity that they go back to', async () => {
      const role = await world.makeRole(provider, { actions, statements });
      const SAMLAssertion = world.assertion(role, provider, { more: carrying });

      const session = await world.trade(role, provider, { SAMLAssertion });

      assert.equal(session.SourceIdentity, 'ada@example.com');
      const client = new CognitoIdentityProvider(world.clientOf(session));
      assert.ok((await client.listUserPools({ MaxResults: 1 })).UserPools);
    });

    for (const missing of ['sts:TagSession', 'sts:SetSourceIdentity'])
      it(`nothing where the trust policy does not allow ${missing}`, async () => {
        const role = await world.makeRole(provider, { actions: actions.filter((each) => each !== missing) });
        const SAMLAssertion = world.assertion(role, provider, { more: carrying });

        await assert.rejects(world.trade(role, provider, { SAMLAssertion }), {
          name: 'AccessDenied',
          message: `Not authorized to perform ${missing}`,
        });
      });
  });

  describe('are refused', () => {
    const wrongs: Readonly<Record<string, readonly [more: Speech['more'], message: RegExp]>> = {
      'a person without a name for the session': [
        { [sts('RoleSessionName')]: undefined },
        /^RoleSessionName is required in AuthnResponse$/,
      ],
      'a name with space': [
        { [sts('RoleSessionName')]: 'Ada L' },
        /^RoleSessionName in AuthnResponse must match/,
      ],
      'a name that is too short': [{ [sts('RoleSessionName')]: 'a' }, /must match/],
      'a name that is too long': [{ [sts('RoleSessionName')]: 'a'.repeat(65) }, /must match/],
      'two names': [{ [sts('RoleSessionName')]: ['ada', 'eve'] }, /must have one value/],
      'a duration that is too short': [{ [sts('SessionDuration')]: '899' }, /from 900 to 43200/],
      'a duration that is no number': [{ [sts('SessionDuration')]: '1e3' }, /from 900 to 43200/],
      'a source identity with a colon': [
        { [sts('SourceIdentity')]: 'aws:ada' },
        /^Source Identity must match/,
      ],
      'tags of one key': [
        { [sts('PrincipalTag:a')]: 'x', [sts('PrincipalTag:A')]: 'y' },
        /^Duplicate tag keys found/,
      ],
      'tags without a key': [{ [sts('PrincipalTag:')]: 'x' }, /tag is not allowed/],
      "tags of AWS's own": [{ [sts('PrincipalTag:aws:x')]: 'x' }, /tag is not allowed/],
      'tags of several values': [{ [sts('PrincipalTag:x')]: ['a', 'b'] }, /must have one value/],
      'tags beyond fifty': [
        Object.fromEntries(Array.from({ length: 51 }, (_, at) => [sts(`PrincipalTag:t${at}`), 'x'])),
        /up to 50 tags/,
      ],
      'transitive tags': [{ [sts('TransitiveTagKeys')]: 'x' }, /^TransitiveTagKeys is not supported/],
    };
    for (const [title, [more, message]] of Object.entries(wrongs))
      it(title, async () => {
        const role = await world.makeRole(provider, { actions: ['sts:*'] });
        const SAMLAssertion = world.assertion(role, provider, { more });

        await assert.rejects(world.trade(role, provider, { SAMLAssertion }), {
          name: 'InvalidIdentityTokenException',
          message,
        });
      });

    it('what would not be carried out', async () => {
      const role = await world.makeRole(provider);

      for (const more of [
        { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }] },
        { MinimumSessionTokenSize: 2048 },
      ])
        await assert.rejects(world.trade(role, provider, more), {
          name: 'ValidationError',
          message: /is not supported/,
        });
    });

    it('tags that do not fit into a session', async () => {
      const role = await world.makeRole(provider, { actions: ['sts:*'] });
      const random = () =>
        Array.from({ length: 4 }, () => crypto.randomUUID().repeat(2))
          .join('')
          .slice(0, 256);
      const more = Object.fromEntries(
        Array.from({ length: 50 }, (_, at) => [sts(`PrincipalTag:t${at}`), random()]),
      );

      await assert.rejects(
        world.trade(role, provider, { SAMLAssertion: world.assertion(role, provider, { more }) }),
        { name: 'PackedPolicyTooLargeException' },
      );
    });

    it('who the provider says it did not sign in', async () => {
      const role = await world.makeRole(provider);
      const says = replaced('status:Success', 'status:Responder');

      await assert.rejects(
        world.trade(role, provider, { SAMLAssertion: world.assertion(role, provider, { says }) }),
        { name: 'IDPRejectedClaimException' },
      );
    });
  });
});
