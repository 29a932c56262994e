/**
 * Redirect addresses: the one comparison that decides where a browser may be sent, and how an answer is put into an address.
 *
 * An address is one of a client's when it is the same text, character by character. Nothing is normalised: whatever two programs
 * could read differently is another address.
 * Source: RFC 9700, sections 2.1 and 4.1.3; OpenID Connect RP-Initiated Logout 1.0, section 3.
 */

/** True when `address` is one of those that a client registered. */
export const isRegistered = (address: string, registered: readonly string[]): boolean =>
  registered.includes(address);

/**
 * `address` with `state` at the end of its query, as RP-Initiated Logout gives it back.
 *
 * @param address without a fragment, as all that clients register
 * @param state as the application sent it; undefined for none
 */
export function withState(address: string, state: string | undefined): string {
  if (state === undefined) return address;
  const joint = address.includes('?') ? '&' : '?';
  return `${address}${joint}${new URLSearchParams({ state }).toString()}`;
}
