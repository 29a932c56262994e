/**
 * Sealer: encryption with the keyring's keys, which never leave it.
 *
 * Bound to a context (associated data): what was sealed for one record cannot be opened for another.
 */

export interface Sealer {
  /** AES-256-GCM under the newest key. @param context what the ciphertext is bound to, e.g. `users/us-east-1_a/…` */
  seal(plain: string | Uint8Array, context: string): string;
  /** @throws Failure `cannot-open` when it is damaged, of another context, or of a key the keyring does not hold */
  open(sealed: string, context: string): Buffer;
  /**
   * A secret derived by HKDF-SHA-256 from one key of the keyring; the same for the same arguments for ever.
   * @param keyId which key; the newest when absent
   * @param bytes 1 to 255 × 32
   */
  derive(purpose: string, bytes: number, keyId?: string): { readonly keyId: string; readonly secret: Buffer };
}
export type SealerFailure = 'cannot-open';
