/**
 * A sign-in at the SAML provider of the tests, without browser and pages: the request made, the answer judged.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../../src/base/failure.ts';
import { createFetch } from '../../../src/base/fetch.ts';
import { createIdentityProviders } from '../../../src/identity-providers/index.ts';
import { createSamlThread } from '../../../src/identity-providers/saml/thread.ts';
import { answer, metadataOf, readRequest, type Asked, type Misdeeds } from './saml-idp.ts';
import { stillClock } from '../servers/server.ts';

export const CALLBACK = 'https://id.example.com/pool/saml2/idpresponse';
export const ENTITY = 'urn:amazon:cognito:sp:eu-west-1_a1b2c3d4e';
export const clock = stillClock();

/** One for all tests of a file: a thread takes a while to start. */
export const samlThread = createSamlThread();

export const provider = (metadata = metadataOf()) =>
  createIdentityProviders({
    fetch: createFetch({ addressesOf: 'tenant', allow: [] }),
    clock,
    samlThread,
  }).of('SAML', {
    details: { MetadataFile: metadata },
    entityId: ENTITY,
  });

/** @param doctored gives, when there is one, the response in place of what the provider answers */
export async function journey(misdeeds: Misdeeds, doctored?: (asked: Asked) => string) {
  const upstream = provider();
  const { url, departure } = await upstream.begin(CALLBACK, 'the-state');
  const asked = readRequest(url);
  const form = doctored
    ? { SAMLResponse: Buffer.from(doctored(asked)).toString('base64'), RelayState: asked.state }
    : answer(asked, clock, misdeeds);
  return upstream.finish(form, 'the-state', departure);
}

export const assertRefused = (outcome: Promise<unknown>) =>
  assert.rejects(outcome, (error) => isFailure(error, 'provider-refused'));
