/**
 * Operations: one exported value for each AWS operation, named as on the wire.
 *
 * An operation says who may call it, on what resource, what it accepts, and what it does with the domain. It says nothing of HTTP: the protocols do.
 * Authentication and authorization follow from `caller`, `on` and `passes` and happen in dispatch, so that no handler can forget them.
 */
import type { z } from 'zod';
import type { Target } from './target.ts';

/**
 * `iam`: signed with SigV4 and allowed by policy. `user`: bears an access token of a pool. `user-or-session`: bears either that or the session
 * of a sign-in that waits for him, and not both. `client`: names an app client, and knows its secret where it has one. `anyone`: unsigned.
 */
export type Caller = 'iam' | 'user' | 'user-or-session' | 'client' | 'anyone';

/** Facts about one request. */
export interface Call<
  Principal = unknown,
  Bearer = unknown,
  UnderWay = unknown,
  Keys = unknown,
  Found = unknown,
> {
  readonly requestId: string;
  /** The region in the signature's scope; for unsigned calls that of their resource (`within`), or else the configured one. */
  readonly region: string;
  readonly account: string;
  readonly sourceIp: string;
  /** As the client calls itself; absent when it does not. */
  readonly userAgent?: string;
  /** Who signed. Present when `caller` is `iam`. */
  readonly principal?: Principal;
  /**
   * The request's condition keys, e.g. `aws:SecureTransport`, whoever calls: what the domain decides by policies, it
   * decides on these.
   */
  readonly context: Keys;
  /** The record that the call was decided on, as `on` found it. Present when `caller` is `iam` and `on` looks one up. */
  readonly found?: Found;
  /** Whose access token was shown. Present when `caller` is `user`; when it is `user-or-session`, either this or `underWay`. */
  readonly bearer?: Bearer;
  /** The sign-in whose session was shown. */
  readonly underWay?: UnderWay;
}

/** Facts that a resource is named by, besides the input. */
export interface At<Principal> {
  /** The region in the signature's scope. */
  readonly region: string;
  readonly account: string;
  readonly principal: Principal;
}

/**
 * Looks up what an operation is decided on: `cognito-idp:CreateGroup` on a pool's ARN.
 *
 * Called once a signature is proven and before anything is allowed; it changes nothing.
 */
export type On<Input, Nouns, Principal, Found> = (
  input: Input,
  nouns: Nouns,
  at: At<Principal>,
) => Promise<Target<Found>> | Target<Found>;

/** Where the resource of an unsigned call is: such a call names no region itself. */
export interface Within {
  readonly region: string;
  /** What is said when the call is signed for another region all the same. */
  readonly missing: Error;
}

/** The roles that an operation hands to a service; the caller needs iam:PassRole on each. */
export interface Passes<Input> {
  /** iam:PassedToService, e.g. `cognito-identity.amazonaws.com`. */
  readonly to: string;
  /** ARNs as the request has them. */
  roles(input: Input): readonly string[];
}

// The defaults are `any` because a table of operations holds every input and output type at once.
// oxlint-disable typescript/no-explicit-any
export interface Operation<Nouns = any, Input = any, Output = any> {
  readonly caller: Caller;
  /** The resource of the policy decision; there exactly when `caller` is `iam`. */
  readonly on?: On<Input, Nouns, any, any>;
  readonly passes?: Passes<Input>;
  readonly within?: (input: Input) => Within;
  /** True for what every principal may ask, whatever its policies say (GetCallerIdentity). */
  readonly needsNoPermission?: boolean;
  readonly input: z.ZodType<Input, any>;
  handle(input: Input, nouns: Nouns, call: Call<any, any, any, any, any>): Promise<Output> | Output;
}
// oxlint-enable typescript/no-explicit-any

/**
 * Gives a service its own `operation`, whose handlers see only that service's nouns.
 *
 * With `caller: 'iam'` an `on` must be given (`'*'` is written out); with any other there is none. What it finds, the handler gets as `found`.
 * `Acting` is what handlers of signed operations see: a service leaves out by what its records are looked up, so that only `on` can.
 */
// oxlint-disable typescript/no-unnecessary-type-parameters -- named once here, so that no operation names them
export function operationsOver<
  Nouns extends Acting,
  Principal,
  Bearer,
  UnderWay = never,
  Keys = never,
  Acting = Nouns,
>() {
  type Called = Call<unknown, unknown, unknown, Keys>;
  return <Input extends object, Output extends object | void, Found = undefined>(
    operation: {
      input: z.ZodType<Input>;
    } & (
      | {
          caller: 'iam';
          on: On<Input, Nouns, Principal, Found>;
          passes?: Passes<NoInfer<Input>>;
          needsNoPermission?: boolean;
          handle(
            input: Input,
            nouns: Acting,
            call: Called & { principal: Principal; found: Found },
          ): Promise<Output> | Output;
        }
      | {
          caller: 'user';
          handle(input: Input, nouns: Nouns, call: Called & { bearer: Bearer }): Promise<Output> | Output;
        }
      | {
          caller: 'user-or-session';
          handle(
            input: Input,
            nouns: Nouns,
            call: Called &
              ({ bearer: Bearer; underWay?: undefined } | { underWay: UnderWay; bearer?: undefined }),
          ): Promise<Output> | Output;
        }
      | {
          caller: 'client' | 'anyone';
          within?: (input: NoInfer<Input>) => Within;
          handle(input: Input, nouns: Nouns, call: Called): Promise<Output> | Output;
        }
    ),
  ): Operation<Nouns, Input, Output> => operation;
}
// oxlint-enable typescript/no-unnecessary-type-parameters
