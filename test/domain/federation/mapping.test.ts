/**
 * What a provider's claims become as attributes of a user.
 *
 * Source: Cognito developer guide, "Mapping IdP attributes to profiles and tokens" (multi-valued attributes).
 */
import assert from 'node:assert/strict';
import type { Provider } from '../../../src/domain/pools/providers.ts';
import { mapClaims } from '../../../src/domain/federation/mapping.ts';

describe('a mapped attribute', () => {
  const PROVIDER: Provider = {
    poolId: 'us-east-1_a',
    name: 'Corp',
    type: 'SAML',
    details: {},
    attributeMapping: { 'custom:groups': 'groups', email_verified: 'verified' },
    identifiers: [],
    createdAt: '2026-01-01T00:00:00.000Z',
    modifiedAt: '2026-01-01T00:00:00.000Z',
  };
  const groups = (value: unknown) => mapClaims(PROVIDER, { groups: value })['custom:groups'];

  for (const [title, value, expected] of [
    ['of one value is its text', 'a b', 'a b'],
    ['of several values is a list of form-encoded texts', ['a b', 'c,d'], '[a+b,c%2Cd]'],
    ['keeps what needs no encoding', ['a.b-c*d_e', 'F1'], '[a.b-c*d_e,F1]'],
    ['encodes what would end a value, or the list', ['x],[admin', 'ä'], '[x%5D%2C%5Badmin,%C3%A4]'],
    ['of a list of one is a list', ['a'], '[a]'],
    ['of an empty list is an empty one', [], '[]'],
    ['of numbers and truths has their texts', [1, true], '[1,true]'],
    ['of an object is its JSON', { a: 1 }, '{"a":1}'],
  ] as const)
    it(title, () => assert.equal(groups(value), expected));

  it('is not verified by a list', () => {
    assert.equal(mapClaims(PROVIDER, { verified: ['true'] })['email_verified'], 'false');
  });
});
