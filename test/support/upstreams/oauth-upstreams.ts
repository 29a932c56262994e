/**
 * Facebook and Login with Amazon as far as they are documented, over HTTP on loopback, and strict: what they would refuse is refused.
 *
 * The person is signed in there already and agrees, or does not. Sources: Meta for Developers, "Manually Build a Login Flow", "Secure Graph API Calls", "Handling Errors"; Login with
 * Amazon developer guide, "Authorization Code Grant", "Obtain Customer Profile", "Verify an access token".
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const APP = { id: '7346241598935552', secret: 'our-secret-at-the-provider' };
export const PERSON = { id: '10158000000000001', name: 'Ada Lovelace', email: 'ada@example.com' };

interface Grant {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly scopes: readonly string[];
}
interface Token {
  readonly app: string;
  readonly scopes: readonly string[];
  readonly secondsLeft: number;
}
type Answer = { readonly status?: number; readonly body: unknown; readonly type?: string };
/** How one of them differs. */
interface Manners {
  readonly authorizePath: string;
  readonly tokenPath: string;
  readonly separator: string;
  /** Behind the address that the browser is sent back to. */
  readonly fragment: string;
  readonly type: string;
  readonly denial: Readonly<Record<string, string>>;
  refusal(code: string): Answer;
}

const VERSION = '/v17.0';
const FACEBOOK: Manners = {
  authorizePath: `${VERSION}/dialog/oauth`,
  tokenPath: `${VERSION}/oauth/access_token`,
  separator: ',',
  fragment: '#_=_',
  type: 'text/javascript; charset=UTF-8',
  denial: { error: 'access_denied', error_reason: 'user_denied', error_description: 'Permissions error' },
  refusal: (message) => ({
    status: 400,
    body: { error: { message, type: 'OAuthException', code: 190, fbtrace_id: 'Aabc' } },
  }),
};
const AMAZON: Manners = {
  authorizePath: '/ap/oa',
  tokenPath: '/auth/o2/token',
  separator: ' ',
  fragment: '',
  type: 'application/json;charset=UTF-8',
  denial: { error: 'access_denied', error_description: 'The user denied the request' },
  refusal: (error) => ({ status: 400, body: { error, error_description: 'It is refused.' } }),
};
/** Amazon's own name of an application, beside the client's. */
export const amazonAppId = (client: string): string => `amzn1.application.${client}`;

export type OAuthUpstream = Awaited<ReturnType<typeof startFacebook>>;

export const startFacebook = () =>
  startUpstream(FACEBOOK, (request, token) => {
    const { pathname, searchParams } = urlOf(request);
    const proof = searchParams.get('appsecret_proof');
    const bearer = bearerOf(request);
    if (!token) return FACEBOOK.refusal('Invalid OAuth access token - Cannot parse access token');
    if (token.secondsLeft <= 0) return FACEBOOK.refusal('Error validating access token: Session has expired');
    if (proof !== null && proof !== createHmac('sha256', APP.secret).update(bearer).digest('hex'))
      return FACEBOOK.refusal('Invalid appsecret_proof provided in the API argument');
    const fields = (searchParams.get('fields') ?? 'id,name').split(',');
    if (pathname === `${VERSION}/app`) return { body: { id: token.app, name: 'An app', link: '' } };
    if (pathname !== `${VERSION}/me`) return { status: 404, body: {} };
    const known: Record<string, unknown> = {
      id: PERSON.id,
      name: PERSON.name,
      first_name: 'Ada',
      last_name: 'Lovelace',
      ...(token.scopes.includes('email') && { email: PERSON.email }),
    };
    return { body: Object.fromEntries(Object.entries(known).filter(([name]) => fields.includes(name))) };
  });

export const startAmazon = () =>
  startUpstream(AMAZON, (request, token) => {
    const { pathname } = urlOf(request);
    if (!token || token.secondsLeft <= 0) return AMAZON.refusal('invalid_token');
    const person = { user_id: PERSON.id, name: PERSON.name, email: PERSON.email };
    if (pathname === '/user/profile')
      return token.scopes.includes('profile') ? { body: person } : { status: 403, body: {} };
    if (pathname !== '/auth/o2/tokeninfo') return { status: 404, body: {} };
    const aud = token.app;
    const exp = token.secondsLeft;
    return {
      body: { iss: 'https://www.amazon.com', user_id: PERSON.id, aud, app_id: amazonAppId(aud), exp },
    };
  });

async function startUpstream(
  manners: Manners,
  ask: (request: IncomingMessage, token: Token | undefined) => Answer,
) {
  const grants = new Map<string, Grant>();
  const tokens = new Map<string, Token>();
  const registered = new Set<string>();
  const asked: string[] = [];
  let isDenied = false;

  const give = (token: Token): string => {
    const text = randomBytes(24).toString('base64url');
    tokens.set(text, token);
    return text;
  };

  function authorize(parameters: URLSearchParams): Answer & { readonly to?: string } {
    const redirectUri = parameters.get('redirect_uri') ?? '';
    // Never to an address that nobody has registered, and not with an error either.
    if (!registered.has(redirectUri) || parameters.get('client_id') !== APP.id)
      return manners.refusal('URL Blocked');
    const back = new URL(redirectUri);
    const state = parameters.get('state') ?? '';
    const isComplete =
      parameters.get('response_type') === 'code' && parameters.get('code_challenge_method') === 'S256';
    const scopes = (parameters.get('scope') ?? '').split(manners.separator);
    if (!isComplete || scopes.some((each) => !/^[\w:.-]+$/.test(each)))
      return manners.refusal('invalid_request');
    const code = randomBytes(12).toString('base64url');
    const answer = isDenied ? manners.denial : { code };
    const challenge = parameters.get('code_challenge') ?? '';
    if (!isDenied) grants.set(code, { redirectUri, challenge, scopes });
    for (const [name, value] of Object.entries({ ...answer, state })) back.searchParams.set(name, value);
    return { body: '', to: `${back.href}${manners.fragment}` };
  }

  function trade(form: URLSearchParams): Answer {
    const code = form.get('code') ?? '';
    const grant = grants.get(code);
    // Good once, also when what comes with it is wrong.
    grants.delete(code);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (form.get('client_id') !== APP.id || form.get('client_secret') !== APP.secret)
      return manners.refusal('invalid_client');
    const isGood = grant?.redirectUri === form.get('redirect_uri') && grant.challenge === challenge;
    if (!grant || !isGood) return manners.refusal('invalid_grant');
    const access_token = give({ app: APP.id, scopes: grant.scopes, secondsLeft: 3600 });
    return { body: { access_token, token_type: 'bearer', expires_in: 3600 } };
  }

  async function answer(request: IncomingMessage): Promise<Answer & { readonly to?: string }> {
    const { pathname, searchParams } = urlOf(request);
    asked.push(pathname);
    if (pathname === manners.authorizePath) return authorize(searchParams);
    if (pathname === manners.tokenPath) return trade(await formOf(request));
    return ask(request, tokens.get(bearerOf(request) || (searchParams.get('access_token') ?? '')));
  }

  const server = createServer((request, response) => {
    void answer(request).then((given) => send(response, given, manners.type));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    /** The paths that were asked for, oldest first. */
    asked: asked as readonly string[],
    register: (redirectUri: string) => registered.add(redirectUri),
    /** From now on the person does not agree. */
    deny(denies = true): void {
      isDenied = denies;
    },
    /** An access token of that application, as its own users have it. */
    tokenOf: ({ app = APP.id, secondsLeft = 3600 } = {}): string =>
      give({ app, scopes: ['profile', 'public_profile', 'email'], secondsLeft }),
    /** Where the browser is sent from an authorization address. */
    async visit(address: string): Promise<URL> {
      const response = await fetch(address, { redirect: 'manual' });
      const to = response.headers.get('location');
      if (to === null) throw new Error(await response.text());
      return new URL(to);
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(
  response: ServerResponse,
  { status = 200, body, to }: Answer & { readonly to?: string },
  type: string,
): void {
  if (to === undefined) response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
  else response.writeHead(302, { location: to }).end();
}

const urlOf = ({ url = '/' }: IncomingMessage): URL => new URL(url, 'http://localhost');
const bearerOf = ({ headers }: IncomingMessage): string =>
  /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '';

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return new URLSearchParams(body);
}
