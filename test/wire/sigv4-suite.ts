/** AWS's SigV4 suite: each of its cases is signed in the header and in the query string. */
import assert from 'node:assert/strict';
import type { WireRequest } from '../../src/wire/protocol.ts';
import type { SigV4Parts } from '../../src/wire/sigv4/index.ts';
import { corpus, corpusJson, corpusNames, withCorpus } from '../support/corpora.ts';
import { keysOf, parseHttp } from '../support/signing.ts';

const FOLDER = 'aws-sigv4/v4';

interface Context {
  readonly credentials: { access_key_id: string; secret_access_key: string; token?: string };
  readonly normalize: boolean;
  readonly region: string;
  readonly service: string;
  readonly timestamp: string;
  readonly omit_session_token?: boolean;
}
export interface SuiteCase {
  readonly name: string;
  readonly request: WireRequest;
  /** What verifies it. */
  readonly parts: SigV4Parts<string> & Pick<Required<SigV4Parts<string>>, 'path'>;
  readonly accessKeyId: string;
  readonly isTokenUnsigned: boolean;
  /** The text of another of the case's files, without the newline at its end. */
  readonly textOf: (file: string) => string;
}

/** The suite's requests that are signed in that place; `tests` declares those of one. */
export function withSuite(place: 'header' | 'query', tests: (each: SuiteCase) => void): void {
  withCorpus(
    `the SigV4 suite, signed in the ${place === 'header' ? 'header' : 'query string'}`,
    () => corpusNames(FOLDER),
    (names) => {
      for (const name of names) tests(caseOf(name, place));
      it('has all its 38 cases', () => assert.equal(names.length, 38));
    },
  );
}

function caseOf(name: string, place: 'header' | 'query'): SuiteCase {
  const context = corpusJson<Context>(`${FOLDER}/${name}/context.json`)!;
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, token } = context.credentials;
  const credentials = { accessKeyId, secretAccessKey, ...(token !== undefined && { sessionToken: token }) };
  const isTokenUnsigned = context.omit_session_token === true;
  return {
    name,
    request: parseHttp(corpus(`${FOLDER}/${name}/${place}-signed-request.txt`)!),
    parts: {
      keys: keysOf([credentials], (id) => id),
      clock: { now: () => new Date(context.timestamp) },
      services: [context.service],
      regions: [context.region],
      bodyHash: 'from-body',
      path: context.normalize ? 'normalized' : 'as-sent',
      sessionToken: isTokenUnsigned ? 'may-be-unsigned' : 'signed',
    },
    accessKeyId,
    isTokenUnsigned,
    textOf: (file) =>
      corpus(`${FOLDER}/${name}/${file}`)!.toString('utf8').replaceAll('\r\n', '\n').trimEnd(),
  };
}
