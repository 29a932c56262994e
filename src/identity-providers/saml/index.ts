/**
 * SAML 2.0 identity providers: a request by redirect, or by form where it must be, a signed response by form.
 *
 * A response passes size, base64, the gate, the signature (node-saml), and the semantics, in this order, and only the verified assertion is believed. All but the semantics is done on a thread of its own. What must be used once is named, and kept by the caller.
 * Source: SAML 2.0 Bindings, 3.4 and 3.5; Profiles, 4.1.
 */
import { SAML } from '@node-saml/node-saml';
import type { Clock } from '../../base/clock.ts';
import type { OutgoingFetch } from '../../base/fetch.ts';
import { newUuid } from '../../base/ids.ts';
import type {
  FormMembers,
  IdentityProvider,
  ProvenSubject,
  ProviderSettings,
  RequestHints,
  SettledProvider,
} from '../../domain/ports/identity-provider.ts';
import { refuse, type XmlElement } from './gate.ts';
import { createPublications, relyingPartyOf } from './publications.ts';
import { judge } from './semantics.ts';
import type { Signed } from './signature.ts';
import { createSamlThread, type SamlThread } from './thread.ts';

export interface SamlParts {
  readonly fetch: OutgoingFetch<'tenant'>;
  readonly clock: Clock;
  /** How far a provider's clock may be from ours, in seconds. */
  readonly skewSeconds: number;
  /** Where documents are read; one of its own when absent. */
  readonly samlThread?: SamlThread | undefined;
}

/** Makes the providers, which share what they read. */
export function createSamlProviders({
  fetch,
  clock,
  skewSeconds,
  samlThread: thread = createSamlThread(),
}: SamlParts) {
  const publications = createPublications({ fetch, clock, thread });

  async function believe(
    settings: ProviderSettings,
    samlResponse: string,
    accepted: { audiences: readonly string[]; recipients: readonly string[]; request: string | undefined },
  ): Promise<ProvenSubject> {
    // Before the provider is asked for anything.
    const {
      text,
      root: response,
      signed,
    } = await thread.read('response', { base64: samlResponse }, relyingPartyOf(settings));
    const { entityId, assertion } = await verifyBy(settings, text, signed);
    const { isResponseSigned } = signed;
    const now = clock.now();
    const expected = { ...accepted, issuer: entityId, isResponseSigned, now, skewSeconds };
    const said = judge(response, assertion, expected);
    const { nameId, format, attributes, assertionId, until, recipient, issuedAt, sessionEndsAt } = said;
    return {
      subject: nameId,
      issuer: entityId,
      claims: { ...attributes, NameID: nameId, ...(format !== undefined && { NameIDFormat: format }) },
      once: { id: assertionId, until },
      assertion: { format, recipient, issuedAt, sessionEndsAt },
    };
  }

  async function verifyBy(
    settings: ProviderSettings,
    text: string,
    signed: Signed,
  ): Promise<{ entityId: string; assertion: XmlElement }> {
    const { entityId, certificates } = await publications.of(settings);
    const of = relyingPartyOf(settings);
    const assertion = await thread.read('assertion', { text, certificates, signed }, of);
    if (assertion !== undefined) return { entityId, assertion };
    // The provider may have begun to sign with another key.
    const { certificates: present } = await publications.of(settings, { isKeyUnknown: true });
    const isNews = present.some((each) => !certificates.includes(each));
    const again = isNews
      ? await thread.read('assertion', { text, certificates: present, signed }, of)
      : undefined;
    return { entityId, assertion: again ?? refuse('its signature does not hold') };
  }

  return {
    of: (settings: ProviderSettings): IdentityProvider => ({
      async begin(callback, state, hints = {}) {
        const { signInAddress, signInBinding } = await publications.of(settings);
        // An id begins with a letter or an underscore (XML's NCName).
        const request = `_${newUuid()}`;
        const asked = { signInAddress, request, callback, state, hints, entityId: entityIdIn(settings) };
        const departure = { request, callback };
        return signInBinding === 'redirect'
          ? { url: await requestAddress(asked), departure }
          : { url: signInAddress, form: await requestForm(asked), departure };
      },

      async finish(returned, _state, { request = '', callback = '' }) {
        if (returned instanceof URL) refuse('it answers by an address');
        const { SAMLResponse: response = '' } = returned;
        return believe(settings, response, {
          audiences: [entityIdIn(settings)],
          recipients: [callback, ...(settings.recipients ?? [])],
          request,
        });
      },

      async prove(token, { audiences, recipients = [] }) {
        if (audiences === 'any') refuse('an assertion is always for somebody');
        return believe(settings, token, { audiences, recipients, request: undefined });
      },
    }),

    /** Reads the metadata, and says what of it is shown. */
    async settle(details: ProviderSettings['details']): Promise<SettledProvider> {
      const { entityId, signInAddress, signInBinding, signOutAddress } = await publications.of({ details });
      // Addresses that the caller names are not heeded.
      const { SSORedirectBindingURI: _signIn, SLORedirectBindingURI: _signOut, ...given } = details;
      return {
        issuer: entityId,
        details: {
          ...given,
          ...(signInBinding === 'redirect' && { SSORedirectBindingURI: signInAddress }),
          ...(signOutAddress !== undefined && { SLORedirectBindingURI: signOutAddress }),
        },
      };
    },
  };
}

const entityIdIn = ({ entityId }: ProviderSettings): string =>
  entityId ?? refuse('we have no name for it to call us by');

interface SignInRequest {
  readonly signInAddress: string;
  readonly request: string;
  readonly callback: string;
  readonly state: string;
  readonly entityId: string;
  readonly hints: RequestHints;
}

/** The address that asks the provider to sign somebody in, by the HTTP-Redirect binding. */
const requestAddress = (asked: SignInRequest): Promise<string> =>
  requesterFor(asked, { isForm: false }).getAuthorizeUrlAsync(asked.state, undefined, {
    additionalParams: hintOf(asked),
  });

/** The form that asks the same by the HTTP-POST binding. */
async function requestForm(asked: SignInRequest): Promise<FormMembers> {
  const message = await requesterFor(asked, { isForm: true }).getAuthorizeMessageAsync(
    asked.state,
    undefined,
    {
      additionalParams: hintOf(asked),
    },
  );
  return Object.fromEntries(Object.entries(message).map(([name, value]) => [name, String(value)]));
}

/** SAML has no word for it that providers agree on; several read this parameter, the others leave it. */
const hintOf = ({ hints: { loginHint } }: SignInRequest): Record<string, string> =>
  loginHint === undefined ? {} : { login_hint: loginHint };

function requesterFor(
  { signInAddress, request, callback, entityId, hints: { prompt = '', maxAge } }: SignInRequest,
  { isForm }: { readonly isForm: boolean },
): SAML {
  return new SAML({
    entryPoint: signInAddress,
    issuer: entityId,
    callbackUrl: callback,
    generateUniqueId: () => request,
    // What stands in an address is deflated, what stands in a form is not (Bindings, 3.4.4.1 and 3.5.4).
    skipRequestCompression: isForm,
    forceAuthn: prompt.split(' ').includes('login') || maxAge === 0,
    // How people are to be known, and how they sign in, is the provider's to choose.
    identifierFormat: null,
    disableRequestedAuthnContext: true,
    idpCert: 'unused',
  });
}
