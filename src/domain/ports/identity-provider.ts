/**
 * Identity provider: an upstream that vouches for people (Google, any OpenID Provider; later SAML and others).
 *
 * Two moments, two calls: `begin` sends the browser away, `finish` reads what it brings back. `prove` is the third, for a token shown
 * directly. No HTTP types pass through; whether an e-mail counts as verified is the domain's to decide.
 */

/** What the browser must bring back: kept by the caller under `state`, never shown. JSON. */
export type Departure = Readonly<Record<string, string>>;

/** What the browser brought back: an address, query included, or the members of a form that it posted. */
export type Returned = URL | Readonly<Record<string, string>>;

/** Members of a form that the browser must post. */
export type FormMembers = Readonly<Record<string, string>>;

/** What an application asked for of a sign-in, for the provider to heed as far as its protocol has words for it. */
export interface RequestHints {
  /** Whom the application believes the user to be. */
  readonly loginHint?: string;
  /** OpenID Connect's `prompt`, e.g. `login select_account`. */
  readonly prompt?: string;
  /** How long ago the user may have signed in, in seconds. */
  readonly maxAge?: number;
  /** Languages, the preferred first, separated by spaces. */
  readonly uiLocales?: string;
}

export interface ProvenSubject {
  /** The provider's own id of the person; never an e-mail. */
  readonly subject: string;
  /** All that the provider said, by its own names: `{ email: '…', email_verified: true }`. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Which of it the ID token said, and which the provider was asked for besides; absent where it has no such two. */
  readonly idToken?: Readonly<Record<string, unknown>>;
  readonly userInfo?: Readonly<Record<string, unknown>>;
  /** The upstream issuer, when it has one. */
  readonly issuer?: string;
  /** Whom a token shown directly is for: the application, by all names that it has at the provider. */
  readonly audiences?: readonly string[];
  /** When there is one, the caller must see to it that a proof of this id is believed once until then. */
  readonly once?: { readonly id: string; readonly until: Date };
  /** What a SAML assertion says besides. */
  readonly assertion?: AssertionFacts;
}

export interface AssertionFacts {
  /** The form of the subject's name, e.g. `urn:oasis:names:tc:SAML:2.0:nameid-format:persistent`. */
  readonly format?: string;
  /** Which of the accepted addresses it was sent to. */
  readonly recipient: string;
  readonly issuedAt: Date;
  /** When the person's session at the provider ends, where it says so. */
  readonly sessionEndsAt?: Date;
}

/** Whom a token shown directly may be for, by any of these names, and where it may have been sent, for those that say. */
export interface Acceptance {
  /** `any`: the caller judges whom it is for, by what is proven. */
  readonly audiences: readonly string[] | 'any';
  readonly recipients?: readonly string[];
}

export interface IdentityProvider {
  /**
   * @param callback our address that the browser comes back to
   * @param state opaque, single-use, bound to pool and provider by the caller
   * @returns form, where the browser must post these members to the address instead of going there
   * @throws Failure `provider-unreachable`, `provider-refused`
   */
  begin(
    callback: string,
    state: string,
    hints?: RequestHints,
  ): Promise<{ readonly url: string; readonly form?: FormMembers; readonly departure: Departure }>;
  /**
   * @throws Failure `provider-refused` (fact: reason) when the provider or a check says no; `provider-unreachable`
   */
  finish(returned: Returned, state: string, departure: Departure): Promise<ProvenSubject>;
  /** @throws Failure `provider-refused` (facts: reason; because, where it is one of RefusalCause), `provider-unreachable` */
  prove(token: string, accept: Acceptance): Promise<ProvenSubject>;
}
/** `too-busy`: so much is to be read before it that it would wait too long. */
export type IdentityProviderFailure = 'provider-refused' | 'provider-unreachable' | 'too-busy';
/**
 * `over`: the proof held once. `unsuccessful`: the provider itself says that it did not sign the user
 * in. `not-passive`: it could have done so only by asking them, and was told not to.
 */
export type RefusalCause = 'over' | 'unsuccessful' | 'not-passive';

/** What a maker of providers needs from a pool's record. */
export interface ProviderSettings {
  /** Cognito's ProviderDetails, e.g. `{ client_id, client_secret, oidc_issuer, authorize_scopes }`. */
  readonly details: Readonly<Record<string, string>>;
  /** What the provider called itself when it was configured; it may not change its name. */
  readonly issuer?: string;
  /** What we are called by a provider that names its relying parties itself (SAML's entity id). */
  readonly entityId?: string;
  /** Addresses of ours besides the callback that its answers may name; none when absent. */
  readonly recipients?: readonly string[];
}
/** Settings as they are kept: completed by what the provider publishes. */
export interface SettledProvider {
  readonly details: Readonly<Record<string, string>>;
  readonly issuer?: string;
}
/** Makes a provider of one type from its settings; cheap, and keeps what it discovered. */
export type IdentityProviders = {
  readonly types: readonly string[];
  /** @throws Failure `provider-type-unknown` */
  of(type: string, settings: ProviderSettings): IdentityProvider;
  /** The type whose issuer is always this one; undefined for an issuer that somebody has to make known. */
  typeOfIssuer(issuer: string): string | undefined;
  /**
   * Reads what a provider says of itself, where its type has such a thing, before it is first used.
   * @throws Failure `provider-refused` (fact: reason), `provider-unreachable`
   */
  settle(type: string, details: ProviderSettings['details']): Promise<SettledProvider>;
};
