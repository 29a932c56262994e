/**
 * The addresses that SAML providers know of a pool: where they post their responses, and what describes us to them.
 *
 * A response comes by a form from another site, with which browsers send no cookie of ours. So it is put aside for a moment, unread, and the browser is sent to fetch it by a GET, with which the journey's cookie comes along: no cookie need be open to other sites, and whose browser this is is known before anything is believed.
 * Source: SAML 2.0 Bindings, 3.5; Metadata, 2.4.4; RFC 6265bis, 5.2 (SameSite).
 */
import XMLBuilder from 'fast-xml-builder';
import type { Context } from 'koa';
import { Failure } from '../base/failure.ts';
import { newBearer } from '../base/ids.ts';
import type { FederationFailure } from '../domain/federation/transactions.ts';
import { type Desk, poolOf } from './desk.ts';
import type { FederatedPages } from './federated.ts';
import { readForm } from './forms.ts';

const RETURN_PATH = '/saml2/idpresponse';
/** Who sends it is not known yet. A response has a few kilobytes, and some tens of them with hundreds of groups. */
const MAX_BYTES = 256 * 1024;
const KIND = 'saml-response';
const SECONDS = 60;
/** Of responses to one request; more are somebody's filling our store. */
const MOST_RESPONSES = 10;
const COUNT_SECONDS = 600;
/** How much of a response is looked at to see whether it answers a request, in characters of base64. */
const HEAD_CHARACTERS = 4096;
const POST_BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';

/** `unsolicited-response`: the sign-in was begun by the provider, which is not taken here. */
type SamlFailure = 'unsolicited-response';

export function createSamlPages(desk: Desk, federated: FederatedPages) {
  const { journeys, expiring, pages } = desk;
  const unknown = () => new Failure<FederationFailure>('journey-unknown');

  return {
    /** POST /saml2/idpresponse: the assertion consumer service */
    async receive(context: Context): Promise<void> {
      const { id: poolId } = poolOf(context);
      const { SAMLResponse: response, RelayState: state } = await readForm(context, MAX_BYTES);
      if (!response) throw unknown();
      if (!state || !(await journeys.awaits(poolId, state)))
        throw answersRequest(response) ? unknown() : new Failure<SamlFailure>('unsolicited-response');
      if ((await expiring.count(KIND, state, COUNT_SECONDS)) > MOST_RESPONSES) throw unknown();
      const reference = newBearer();
      const form = { SAMLResponse: response, RelayState: state };
      await expiring.put(KIND, `${poolId}/${reference}`, form, SECONDS);
      context.redirect(`${pages.pathOf(poolId, RETURN_PATH)}?ref=${reference}`);
      // 303: a GET, whatever came.
      context.status = 303;
    },

    /** GET /saml2/idpresponse?ref=… */
    async arrive(context: Context): Promise<void> {
      const id = `${poolOf(context).id}/${context.URL.searchParams.get('ref') ?? ''}`;
      const returned = await expiring.get<Readonly<Record<string, string>>>(KIND, id);
      if (!returned) throw unknown();
      // Good once by its state, which only the journey's own browser spends: another leaves it.
      await federated.land(context, RETURN_PATH, returned);
      await expiring.forget(KIND, id);
    },

    /** GET /saml2/metadata */
    metadata(context: Context): void {
      const { id: poolId } = poolOf(context);
      context.type = 'application/samlmetadata+xml';
      context.body = serviceMetadata(desk.entityIdOf(poolId), desk.callbackOf(poolId, 'SAML'));
    },
  };
}

/** Read without belief, to find words for what is refused either way. */
function answersRequest(response: string): boolean {
  const head = Buffer.from(response.slice(0, HEAD_CHARACTERS), 'base64').toString('latin1');
  const [tag = ''] = /<(?:[\w.-]{1,32}:)?Response\b[^>]{0,2048}/.exec(head) ?? [];
  return tag === '' || /\sInResponseTo\s{0,8}=/.test(tag);
}

function serviceMetadata(entityId: string, address: string): string {
  const builder = new XMLBuilder({
    ignoreAttributes: false,
    attributeNamePrefix: '@_',
    suppressEmptyNode: true,
    // XML has no attributes without a value.
    suppressBooleanAttributes: false,
  });
  return builder.build({
    '?xml': { '@_version': '1.0', '@_encoding': 'UTF-8' },
    EntityDescriptor: {
      '@_xmlns': 'urn:oasis:names:tc:SAML:2.0:metadata',
      '@_entityID': entityId,
      SPSSODescriptor: {
        '@_AuthnRequestsSigned': 'false',
        '@_WantAssertionsSigned': 'true',
        '@_protocolSupportEnumeration': 'urn:oasis:names:tc:SAML:2.0:protocol',
        AssertionConsumerService: {
          '@_index': '0',
          '@_isDefault': 'true',
          '@_Binding': POST_BINDING,
          '@_Location': address,
        },
      },
    },
  });
}
