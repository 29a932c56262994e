/** A client of Cognate's own operations, for which there is no SDK: signs, sends, and rejects with the answer's words. */
import { signed, type Credentials } from './signing.ts';
import { REGION, ROOT, type RunningServer } from './servers/server.ts';

export interface PasswordProtection {
  readonly UserPoolId: string;
  readonly PasswordStorage?: 'SRP' | 'ARGON2ID';
  readonly KnownPasswords?: 'ALLOWED' | 'REFUSED';
  readonly SessionsOnNewPassword?: 'ENDED' | 'KEPT';
}

export interface SigningKeyList {
  readonly SigningKeys: readonly {
    readonly KeyId: string;
    readonly Use: 'ID' | 'ACCESS';
    readonly State: 'NEXT' | 'CURRENT' | 'FORMER';
    readonly PublishedDate: number;
    readonly SignsFromDate?: number;
    readonly GoneDate?: number;
  }[];
}

export function cognateClient(
  { url, port, clock }: Pick<RunningServer, 'url' | 'port' | 'clock'>,
  credentials: Credentials = ROOT,
  region: string = REGION,
) {
  async function call<Answer = PasswordProtection>(operation: string, input: object): Promise<Answer> {
    const headers = {
      host: `127.0.0.1:${port}`,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Cognate.${operation}`,
    };
    const request = await signed(
      { method: 'POST', headers, body: JSON.stringify(input) },
      { credentials, at: clock.now(), service: 'cognate', region },
    );
    const response = await fetch(url, {
      method: 'POST',
      headers: Object.fromEntries(request.headers.filter(([name]) => name !== 'host')),
      body: JSON.stringify(input),
    });
    const answer = (await response.json()) as Answer & { __type?: string; message?: string };
    if (!response.ok) throw Object.assign(new Error(answer.message), { name: answer['__type'] });
    return answer;
  }
  return {
    rotateUserPoolSigningKeys: (input: { UserPoolId: string }) =>
      call<SigningKeyList>('RotateUserPoolSigningKeys', input),
    listUserPoolSigningKeys: (input: { UserPoolId: string }) =>
      call<SigningKeyList>('ListUserPoolSigningKeys', input),
    setUserPoolPasswordProtection: (input: PasswordProtection) =>
      call('SetUserPoolPasswordProtection', input),
    getUserPoolPasswordProtection: (input: { UserPoolId: string }) =>
      call('GetUserPoolPasswordProtection', input),
  };
}
