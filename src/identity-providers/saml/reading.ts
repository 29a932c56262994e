/**
 * Reading SAML: what is done with a document that a stranger may have written, from its first byte to
 * what was verified of it.
 *
 * It takes hundreds of milliseconds for the worst document within the limits. So it is done on a thread
 * of its own (saml/worker.ts), and nothing else may call it. What a job gets and gives is plain data,
 * since it crosses between threads. Who may say what is decided by the caller, in saml/semantics.ts.
 */
import { passGate, readXml, textOfBase64, type XmlElement } from './gate.ts';
import { readMetadata, type Metadata } from './metadata.ts';
import { assertSuccess } from './semantics.ts';
import { assertSignatures, verifiedAssertion, type Signed } from './signature.ts';

const RESPONSE_LIMITS = { bytes: 256 * 1024, elements: 2000, comments: 'refused' } as const;

/** What each verb gets, and what it gives. All of them throw Failure `provider-refused`. */
export interface Readings {
  /** A response as it came: of the right form, said to be a success, and signed by somebody. */
  readonly response: {
    readonly asked: { readonly base64: string };
    readonly read: { readonly text: string; readonly root: XmlElement; readonly signed: Signed };
  };
  /** The assertion of that text, as the owner of one of the certificates signed it; undefined when none did. */
  readonly assertion: {
    readonly asked: {
      readonly text: string;
      /** PEM. */
      readonly certificates: readonly string[];
      readonly signed: Signed;
    };
    readonly read: XmlElement | undefined;
  };
  readonly metadata: {
    readonly asked: { readonly text: string; readonly now: Date };
    readonly read: Metadata;
  };
}
export type Verb = keyof Readings;

const readers: {
  readonly [Each in Verb]: (
    asked: Readings[Each]['asked'],
  ) => Readings[Each]['read'] | Promise<Readings[Each]['read']>;
} = {
  response({ base64 }) {
    const text = passGate(textOfBase64(base64, RESPONSE_LIMITS.bytes), RESPONSE_LIMITS);
    const root = readXml(text);
    assertSuccess(root);
    return { text, root, signed: assertSignatures(root) };
  },
  async assertion({ text, certificates, signed }) {
    const verified = await verifiedAssertion(text, certificates, signed);
    return verified === undefined ? undefined : readXml(passGate(verified, RESPONSE_LIMITS));
  },
  metadata: ({ text, now }) => readMetadata(text, now),
};

/** @throws Failure `provider-refused` */
export const readSaml = async <Each extends Verb>(
  verb: Each,
  asked: Readings[Each]['asked'],
): Promise<Readings[Each]['read']> => readers[verb](asked);
