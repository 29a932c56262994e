/**
 * Identity provider: an upstream that vouches for people (Google, any OpenID Provider; later SAML and others).
 *
 * Two moments, two calls: `begin` sends the browser away, `finish` reads what it brings back. `prove` is the third, for a token shown
 * directly. No HTTP types pass through; whether an e-mail counts as verified is the domain's to decide.
 */

/** What the browser must bring back: kept by the caller under `state`, never shown. JSON. */
export type Departure = Readonly<Record<string, string>>;

export interface ProvenSubject {
  /** The provider's own id of the person; never an e-mail. */
  readonly subject: string;
  /** All that the provider said, by its own names: `{ email: '…', email_verified: true }`. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** The upstream issuer, when it has one. */
  readonly issuer?: string;
}

export interface IdentityProvider {
  /**
   * @param callback our address that the browser comes back to
   * @param state opaque, single-use, bound to pool and provider by the caller
   * @throws Failure `provider-unreachable`
   */
  begin(callback: string, state: string): Promise<{ readonly url: string; readonly departure: Departure }>;
  /**
   * @param returned the address, query included, that the browser came back to
   * @throws Failure `provider-refused` (fact: reason) when the provider or a check says no; `provider-unreachable`
   */
  finish(returned: URL, state: string, departure: Departure): Promise<ProvenSubject>;
  /** @throws Failure `provider-refused`, `provider-unreachable` */
  prove(token: string, accept: { readonly audiences: readonly string[] }): Promise<ProvenSubject>;
}
export type IdentityProviderFailure = 'provider-refused' | 'provider-unreachable';

/** What a maker of providers needs from a pool's record. */
export interface ProviderSettings {
  /** Cognito's ProviderDetails, e.g. `{ client_id, client_secret, oidc_issuer, authorize_scopes }`. */
  readonly details: Readonly<Record<string, string>>;
}
/** Makes a provider of one type from its settings; cheap, and keeps what it discovered. */
export type IdentityProviders = {
  readonly types: readonly string[];
  /** @throws Failure `provider-type-unknown` */
  of(type: string, settings: ProviderSettings): IdentityProvider;
};
