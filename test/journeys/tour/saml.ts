/**
 * A person of a company signs in through its SAML identity provider.
 *
 * The provider is a page that answers the request in the browser with a signed response; it never speaks to Cognate itself, as it would not over the network.
 */
import type { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { systemClock } from '../../../src/base/clock.ts';
import { answer, metadataOf, readRequest } from '../../support/saml/saml-idp.ts';
import { signInAt, type SignIn } from './relying-party.ts';

const AT_WORK = 'https://idp.example.com/sso';
export const SAML_PROVIDER = 'Work';

/** Makes the provider known to the pool. */
export async function trustSaml(userPools: CognitoIdentityProvider, UserPoolId: string): Promise<void> {
  await userPools.createIdentityProvider({
    UserPoolId,
    ProviderName: SAML_PROVIDER,
    ProviderType: 'SAML',
    ProviderDetails: { MetadataFile: metadataOf({ signIn: AT_WORK }) },
    AttributeMapping: { email: 'email' },
  });
}

export const signInThroughSaml = (url: string, pool: string, clientId: string): Promise<SignIn> =>
  signInAt(
    { url, pool, clientId },
    { identity_provider: SAML_PROVIDER },
    async (browser, page) => {
      const asked = readRequest(page.url);
      const posted = answer(asked, systemClock);
      const members = Object.keys(posted).map((name) => `<input type="hidden" name="${name}" value="">`);
      const html = `<form method="post" action="${asked.recipient}">${members.join('')}</form>`;
      return browser.submit({ ...page, html }, posted);
    },
    (address) => address.startsWith(AT_WORK),
  );
