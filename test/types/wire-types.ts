/**
 * Fidelity, by the compiler: every operation takes what the official SDK sends and gives what it expects.
 *
 * Nothing here runs. A misspelt member, a wrong type or a made-up operation fails `tsc` with the operation's name and the offending member.
 */
import type { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import type { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import type { CognitoSync } from '@aws-sdk/client-cognito-sync';
import type { IAM } from '@aws-sdk/client-iam';
import type { STS } from '@aws-sdk/client-sts';
import type { operations as cognitoIdentity } from '../../src/api/cognito-identity/index.ts';
import type { operations as cognitoIdp } from '../../src/api/cognito-idp/index.ts';
import type { operations as cognitoSync } from '../../src/api/cognito-sync/index.ts';
import type { operations as iam } from '../../src/api/iam/index.ts';
import type { operations as sts } from '../../src/api/sts/index.ts';
import type { Operation } from '../../src/wire/operation.ts';

// `any` below stands for the parts of a function type that an inference does not look at.
// oxlint-disable typescript/no-explicit-any
type Method<Client, Name extends string> = Client extends { [M in Uncapitalize<Name>]: infer F } ? F : never;
type SdkInput<F> = F extends (args: infer I, ...rest: any[]) => any ? NonNullable<I> : never;
type SdkOutput<F> = F extends {
  (args: any, options?: any): Promise<infer O>;
  (...rest: any[]): any;
  (...rest: any[]): any;
}
  ? O
  : never;
type Takes<O> = O extends Operation<any, infer Input> ? Input : never;
type Gives<O> = O extends Operation<any, any, infer Output> ? Awaited<Output> : never;
// oxlint-enable typescript/no-explicit-any

type Leaf = Date | Uint8Array | string | number | boolean | void | undefined | null;

/** The same members, however deep, each of which may be absent: the SDK's types leave even required ones open. */
type Loose<T> = T extends Leaf
  ? T | undefined
  : T extends readonly (infer Each)[]
    ? readonly Loose<Each>[] | undefined
    : { readonly [K in keyof T]?: Loose<T[K]> } | undefined;

/** Names of members of `Ours`, however deep, that `Theirs` does not have. */
type Unknown<Ours, Theirs> = Ours extends Leaf
  ? never
  : Ours extends readonly (infer Each)[]
    ? Theirs extends readonly (infer TheirEach)[]
      ? Unknown<NonNullable<Each>, NonNullable<TheirEach>>
      : never
    : string extends keyof Ours
      ? never
      : {
          [K in keyof Ours]-?: K extends keyof Theirs
            ? Unknown<NonNullable<Ours[K]>, NonNullable<Theirs[K]>>
            : K;
        }[keyof Ours];

/** Names of members that the SDK sends and we do not read. */
type Unread<Theirs, Ours> = Exclude<keyof Theirs, keyof Ours | '$metadata'>;

type Verdict<F, O> = [F] extends [never]
  ? 'no such operation'
  : [Unknown<Takes<O>, SdkInput<F>>] extends [never]
    ? [Unread<SdkInput<F>, Takes<O>>] extends [never]
      ? SdkInput<F> extends Loose<Takes<O>>
        ? [Unknown<Gives<O>, SdkOutput<F>>] extends [never]
          ? Gives<O> extends void | Loose<SdkOutput<F>>
            ? true
            : 'an output member has the wrong type'
          : { unknownOutputMember: Unknown<Gives<O>, SdkOutput<F>> }
        : 'an input member has the wrong type'
      : { unreadInputMember: Unread<SdkInput<F>, Takes<O>> }
    : { unknownInputMember: Unknown<Takes<O>, SdkInput<F>> };

type Verdicts<Client, Operations> = {
  [K in keyof Operations & string]: Verdict<Method<Client, K>, Operations[K]>;
};

declare const ofCognitoIdp: Verdicts<CognitoIdentityProvider, typeof cognitoIdp>;
declare const ofCognitoIdentity: Verdicts<CognitoIdentity, typeof cognitoIdentity>;
declare const ofCognitoSync: Verdicts<CognitoSync, typeof cognitoSync>;
declare const ofSts: Verdicts<STS, typeof sts>;
declare const ofIam: Verdicts<IAM, typeof iam>;

export const faithful = () =>
  [ofCognitoIdp, ofCognitoIdentity, ofCognitoSync, ofSts, ofIam] satisfies Readonly<Record<string, true>>[];
