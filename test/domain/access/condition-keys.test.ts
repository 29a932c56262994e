/**
 * Which condition keys may stand in a policy: those that AWS documents, so that no Deny asks for what nobody supplies.
 *
 * Source: IAM user guide, "AWS global condition context keys"; service authorization reference.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../../src/base/failure.ts';
import { GLOBAL_KEYS } from '../../../src/domain/access/conditions/condition-keys.ts';
import { parsePolicy } from '../../../src/domain/access/policy.ts';

const policyAsking = (key: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: '*', Resource: '*', Condition: { StringLike: { [key]: 'x' } } },
    ],
  });

describe('a policy', () => {
  const known = [
    ...Object.keys(GLOBAL_KEYS).map((key) => (key.endsWith('/') ? `${key}team` : key)),
    'AWS:UserName',
    'aws:PrincipalTag/aws:cloudformation:stack-name',
    'iam:PassedToService',
    'iam:ResourceTag/team',
    'sts:ExternalId',
    'cognito-identity-unauth:IdentityPoolArn',
    'cognito-identity.amazonaws.com:amr',
    'accounts.google.com:oaud',
    'graph.facebook.com:app_id',
    'www.amazon.com:user_id',
    'saml:edupersonaffiliation',
    'execute-api:Host',
    's3:prefix',
    'dynamodb:LeadingKeys',
    'cognito-idp.us-east-1.amazonaws.com/us-east-1_a1b2c3d4e:aud',
    'op.example/tenant:sub',
    'op.example:amr',
    '127.0.0.1:4711/tenant:aud',
    'localhost:4711:sub',
  ];
  for (const key of known)
    it(`may ask for ${key}`, () => assert.ok(parsePolicy(policyAsking(key), 'identity')));

  const unknown = [
    'aws:SourceIP4',
    'aws:PrincipalTags/team',
    'aws:PrincipalTag/',
    'aws:PrincipalTag',
    'aws:MultiFactorAuthPresents',
    'iam:PassedToServices',
    'iam:ResourceTag',
    'sts:ExternalID2',
    'cognito-idp:UserPoolId',
    'cognito-identity.amazonaws.com:audience',
    'cognito-identity.amazonaws.con.amazonaws.com:aud',
    'saml:audience',
    'graph.facebook.com:aud',
    'execute-api:Path',
    'op.example/tenant:audience',
    'awz:SourceIp',
    's4:prefix',
    'cognito-idp.us-east-1.amazonaws.com:aud',
  ];
  for (const key of unknown)
    it(`may not ask for ${key}`, () =>
      assert.throws(
        () => parsePolicy(policyAsking(key), 'identity'),
        (error) =>
          isFailure(error, 'malformed-policy') && error.facts['reason'] === `Invalid condition key: ${key}.`,
      ));

  it('may hold no variable that nobody supplies, in a resource or in a condition', () => {
    const denies = (more: object) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Action: '*', Resource: '*', ...more }],
      });
    const unknown = (error: unknown) =>
      isFailure(error, 'malformed-policy') &&
      error.facts['reason'] === 'Invalid policy variable: aws:usernam.';

    for (const more of [
      { Resource: 'arn:aws:iam::123456789012:user/${aws:usernam}' },
      { Resource: ["arn:aws:iam::123456789012:user/${aws:usernam, 'nobody'}"] },
      { Condition: { StringEquals: { 'aws:username': '${aws:usernam}' } } },
    ])
      assert.throws(() => parsePolicy(denies(more), 'identity'), unknown);
    assert.ok(
      parsePolicy(denies({ Resource: 'arn:aws:iam::123456789012:user/${aws:username}' }), 'identity'),
    );
  });
});
