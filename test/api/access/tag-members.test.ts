/** Tags in requests: every member that takes some is one that policies hear of. */
import assert from 'node:assert/strict';
import { z } from 'zod';
import { TAG_MEMBERS } from '../../../src/api/authorize.ts';
import { cognate } from '../../../src/api/cognate/index.ts';
import { cognitoIdentity } from '../../../src/api/cognito-identity/index.ts';
import { cognitoIdp } from '../../../src/api/cognito-idp/index.ts';
import { cognitoSync } from '../../../src/api/cognito-sync/index.ts';
import { iam } from '../../../src/api/iam/index.ts';
import { sts } from '../../../src/api/sts/index.ts';

/** Members that are named like tags and give none: keys of tags that stand beside them. */
const OTHERS = ['TransitiveTagKeys'];

const taking = [cognate, cognitoIdentity, cognitoIdp, cognitoSync, iam, sts].flatMap(
  ({ name: service, operations }) =>
    Object.entries(operations).flatMap(([name, { input }]) => {
      const members = input instanceof z.ZodObject ? Object.keys(input.shape) : [];
      return members.filter((member) => /Tag/.test(member)).map((member) => [`${service}:${name}`, member]);
    }),
);

describe('tags in requests', () => {
  it('are read by the name of their member, whichever operation takes them', () => {
    assert.ok(taking.length > 5);
    for (const [operation, member = ''] of taking)
      assert.ok([...TAG_MEMBERS, ...OTHERS].includes(member), `${operation} ${member}`);
  });
});
