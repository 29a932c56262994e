/**
 * Regions: what belongs to one region is not there for a call of another.
 *
 * Signed operations on pools are swept in attacks/other-spellings.test.ts; here is what is found by another way, or
 * called without a signature. Source: AWS General Reference, "Service endpoints": resources are regional.
 */
import assert from 'node:assert/strict';
import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import {
  createIdentityWorld,
  IDENTITY_POOLS,
  trustOf,
  type IdentityWorld,
} from '../support/identity-pool.ts';
import { ROOT, startServer, type TestServer } from '../support/servers/server.ts';
import { signed } from '../support/signing.ts';

const ELSEWHERE = 'eu-west-1';

describe('another region', () => {
  let server: TestServer;
  let world: IdentityWorld;
  before(async () => {
    server = await startServer();
    world = await createIdentityWorld(server);
  });
  after(() => server.close());

  it('does not describe the domain of a pool', async () => {
    const { UserPoolId, idp } = world.people;
    await idp.createUserPoolDomain({ Domain: 'an-app', UserPoolId });
    const there = new CognitoIdentityProvider({ ...server.client, region: ELSEWHERE });

    const here = await idp.describeUserPoolDomain({ Domain: 'an-app' });

    assert.equal(here.DomainDescription?.UserPoolId, UserPoolId);
    assert.deepEqual((await there.describeUserPoolDomain({ Domain: 'an-app' })).DomainDescription, {});
  });

  it('has no identities for a call that is signed, though it need not be', async () => {
    const IdentityPoolId = await world.makePool({ AllowUnauthenticatedIdentities: true });

    assert.deepEqual(
      [await getId(IdentityPoolId, 'us-east-1'), await getId(IdentityPoolId, ELSEWHERE)],
      [undefined, 'ResourceNotFoundException'],
    );
  });

  it('is told to a trust policy as the region of the identity, which an unsigned call does not name', async () => {
    const there = new CognitoIdentity({ ...server.client, region: ELSEWHERE });
    const { IdentityPoolId } = await there.createIdentityPool({
      IdentityPoolName: 'app',
      AllowUnauthenticatedIdentities: true,
    });
    const { IdentityId } = await there.getId({ IdentityPoolId });
    const trust = (region: string) =>
      trustOf({
        StringEquals: { [`${IDENTITY_POOLS}:aud`]: IdentityPoolId, 'aws:RequestedRegion': region },
      });

    const [own, another] = [await world.makeRole(trust(ELSEWHERE)), await world.makeRole(trust('us-east-1'))];

    await there.setIdentityPoolRoles({ IdentityPoolId, Roles: { unauthenticated: own } });
    assert.ok((await there.getCredentialsForIdentity({ IdentityId })).Credentials);
    await there.setIdentityPoolRoles({ IdentityPoolId, Roles: { unauthenticated: another } });
    await assert.rejects(there.getCredentialsForIdentity({ IdentityId }));
  });

  /** The error of a GetId that is signed for that region; undefined when it is answered. */
  async function getId(IdentityPoolId: string, region: string): Promise<unknown> {
    const headers = {
      host: `127.0.0.1:${server.port}`,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityService.GetId',
    };
    const body = JSON.stringify({ IdentityPoolId });
    const at = server.clock.now();
    const request = await signed(
      { method: 'POST', headers, body },
      { credentials: ROOT, at, service: 'cognito-identity', region },
    );
    const answer = await fetch(server.url, {
      method: 'POST',
      headers: Object.fromEntries(request.headers.filter(([name]) => name !== 'host')),
      body,
    });
    const { __type: type } = (await answer.json()) as { __type?: string };
    return type;
  }
});
