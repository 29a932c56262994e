/**
 * Every identity provider under the contract: a new one joins with an upstream that behaves as documented.
 */
import { createFetch } from '../../src/base/fetch.ts';
import type { IdentityProvider } from '../../src/domain/ports/identity-provider.ts';
import { createIdentityProviders, type StandIns } from '../../src/identity-providers/index.ts';
import { CLIENT, startOpenIdProvider } from '../support/hostile-op.ts';
import {
  APP,
  PERSON,
  startAmazon,
  startFacebook,
  type OAuthUpstream,
} from '../support/upstreams/oauth-upstreams.ts';
import { answer, metadataOf, readRequest, replaced, type Asked } from '../support/saml/saml-idp.ts';
import { stillClock } from '../support/servers/server.ts';
import { identityProviderContract, type Upstream } from './identity-provider.contract.ts';

const CALLBACK = 'https://id.example.com/pool/idpresponse';
const NOWHERE = 'http://127.0.0.1:1';
const FORM = { SAMLResponse: 'PHg+', RelayState: 'the-state' };
const SCOPES = { authorize_scopes: 'profile email' };

const OURS = { client_id: CLIENT.id, client_secret: CLIENT.secret };

const clock = stillClock();
const fetch = createFetch({ addressesOf: 'tenant', allow: ['127.0.0.0/8'] });
const providerOf = (
  type: string,
  details: Readonly<Record<string, string>>,
  more: { standIns?: StandIns; entityId?: string } = {},
): IdentityProvider =>
  createIdentityProviders({ fetch, clock, standIns: more.standIns }).of(type, {
    details,
    entityId: more.entityId,
  });

async function openIdUpstream(type: 'OIDC' | 'Google'): Promise<Upstream> {
  const op = await startOpenIdProvider();
  const at = (issuer: string, application: Readonly<Record<string, string>> = OURS) =>
    providerOf(
      type,
      {
        ...application,
        ...(type === 'OIDC' && { oidc_issuer: issuer, attributes_request_method: 'GET' }),
        authorize_scopes: 'openid email',
      },
      { standIns: { google: issuer } },
    );
  const past = Math.floor(clock.now().getTime() / 1000) - 3600;
  return {
    provider: at(op.issuer),
    absent: at(NOWHERE),
    bare: at(op.issuer, {}),
    callback: CALLBACK,
    subject: 'subject-1',
    email: 'ada@example.com',
    async visit(address, said = 'agrees') {
      op.misbehave(said === 'denies' ? { back: { error: 'access_denied' } } : {});
      return op.visit(address);
    },
    foreign: FORM,
    async tokenOf(whose, flaw) {
      op.misbehave({
        claims: { ...(whose === 'another' && { aud: 'another' }), ...(flaw === 'over' && { exp: past }) },
        ...(flaw === 'forged' && { signedWith: 'other' }),
      });
      return op.idToken();
    },
    accept: { audiences: [CLIENT.id] },
    close: async () => op.close(),
  };
}

async function oauthUpstream(
  type: 'Facebook' | 'LoginWithAmazon',
  start: () => Promise<OAuthUpstream>,
): Promise<Upstream> {
  const there = await start();
  there.register(CALLBACK);
  const ours = { client_id: APP.id, client_secret: APP.secret, ...SCOPES };
  const at = (url: string, details: Readonly<Record<string, string>> = ours) => {
    const standIns = { facebook: { www: url, graph: url }, amazon: { www: url, api: url } };
    return providerOf(type, details, { standIns });
  };
  return {
    provider: at(there.url),
    absent: at(NOWHERE),
    bare: at(there.url, {}),
    callback: CALLBACK,
    subject: PERSON.id,
    email: PERSON.email,
    visit(address, said = 'agrees') {
      there.deny(said === 'denies');
      return there.visit(address);
    },
    foreign: FORM,
    async tokenOf(whose, flaw) {
      if (flaw === 'forged') return `${there.tokenOf()}x`;
      return there.tokenOf({
        ...(whose === 'another' && { app: '666' }),
        ...(flaw === 'over' && { secondsLeft: 0 }),
      });
    },
    accept: { audiences: [APP.id] },
    close: () => there.close(),
  };
}

async function samlUpstream(): Promise<Upstream> {
  const ours: Asked = { request: '', recipient: CALLBACK, audience: 'urn:us', state: '' };
  const unasked = replaced(/ InResponseTo="[^"]*"/g, '');
  const past = replaced(
    /(Conditions NotBefore="[^"]*" NotOnOrAfter)="[^"]*"/,
    'Conditions NotOnOrAfter="2020-01-01T00:00:00Z"',
  );
  return {
    provider: providerOf('SAML', { MetadataFile: metadataOf() }, { entityId: 'urn:us' }),
    absent: providerOf('SAML', { MetadataURL: `${NOWHERE}/metadata` }, { entityId: 'urn:us' }),
    callback: CALLBACK,
    subject: 'ada',
    email: 'ada@example.com',
    visit: async (address, said = 'agrees') =>
      answer(readRequest(address), clock, {
        ...(said === 'denies' && { says: replaced('status:Success', 'status:AuthnFailed') }),
      }),
    foreign: new URL(`${CALLBACK}?code=a&state=the-state`),
    tokenOf: async (whose, flaw) =>
      answer({ ...ours, ...(whose === 'another' && { audience: 'urn:another' }) }, clock, {
        says: (xml) => (flaw === 'over' ? past(unasked(xml)) : unasked(xml)),
        ...(flaw === 'forged' && { key: 'next' }),
      })['SAMLResponse']!,
    accept: { audiences: ['urn:us'], recipients: [CALLBACK] },
    close: async () => {},
  };
}

identityProviderContract('OIDC', () => openIdUpstream('OIDC'));
identityProviderContract('Google', () => openIdUpstream('Google'));
identityProviderContract('Facebook', () => oauthUpstream('Facebook', startFacebook));
identityProviderContract('LoginWithAmazon', () => oauthUpstream('LoginWithAmazon', startAmazon));
identityProviderContract('SAML', samlUpstream);
