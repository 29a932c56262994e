/**
 * The tour as a test: the journey that the program exists for, by real clients against the program as a process.
 */
import assert from 'node:assert/strict';
import { onBoth, type Installation } from '../support/servers/installation.ts';
import { tour, type Souvenirs } from './tour.ts';

describe('the whole journey', () =>
  onBoth((start) => {
    let cognate: Installation;
    let came: Souvenirs;

    before(async () => {
      cognate = await start();
      const codeFor = (address: string) => cognate.sent.findLast(({ to }) => to === address)!.code;
      came = await tour({ url: cognate.url, codeFor, tell: () => undefined });
    });
    after(() => cognate.close());

    it('knows who signed in by SRP', () => assert.equal(came.srpUser, 'ada'));

    it('names a brokered person by provider and subject', () =>
      assert.match(came.brokeredUser, /^GoogleAtHome_[\w-]+$/));

    it('gives the person an identity in the region of its pool', () =>
      assert.match(came.identityId, /^us-east-1:[0-9a-f-]{36}$/));

    it('lets the identity speak as its role', () =>
      assert.match(came.callerArn, /^arn:aws:sts::123456789012:assumed-role\/signed-in\//));

    it('allows what the policy of the role allows', () => assert.equal(came.allowed, 'people'));

    it('denies the rest, and says why', () =>
      assert.match(
        came.denied,
        /not authorized to perform: cognito-idp:ListUsers on resource: .* because no identity-based policy allows/,
      ));

    it('names a person of a company by provider and subject', () => assert.equal(came.samlUser, 'Work_ada'));

    it('lets a guest who signs in keep the identity', () =>
      assert.equal(came.devices.personId, came.devices.guestId));

    it('gives another device of the same person the same identity, and what was written', () =>
      assert.deepEqual([came.devices.laptopId, came.devices.level], [came.devices.guestId, '7']));
  }));
