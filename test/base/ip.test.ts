/** Callers as limits count them. */
import assert from 'node:assert/strict';
import { networkOf } from '../../src/base/ip.ts';

describe('what counts as one caller', () => {
  for (const [title, one, other] of [
    ['an IPv4 address, also as a socket of both families writes it', '203.0.113.7', '::ffff:203.0.113.7'],
    ['an IPv4 address, also in the digits of IPv6', '203.0.113.7', '::ffff:cb00:7107'],
    ['all of the /64 of an IPv6 address', '2001:db8::1', '2001:db8:0:0:ffff::2'],
  ] as const)
    it(`is ${title}`, () => assert.equal(networkOf(one), networkOf(other)));

  for (const [title, one, other] of [
    ['two IPv4 addresses', '203.0.113.7', '203.0.113.8'],
    ['two networks of IPv6', '2001:db8::1', '2001:db8:0:1::1'],
  ] as const)
    it(`is not ${title}`, () => assert.notEqual(networkOf(one), networkOf(other)));
});
