/**
 * Password hash: the heavy arithmetic of passwords, none of which runs on the thread that answers requests.
 *
 * Two ways to keep a password: the verifier of Secure Remote Password (RFC 5054, as Cognito's clients speak it), and an Argon2id hash. What is asked of it at a moment is bounded:
 * whoever comes when the queue is full is refused at once (`too-busy`), and nobody waits for longer than a client does. Numbers are hexadecimal text.
 */

/** What an SRP verifier is made from. `identity` is the pool's name and the user's name; `salt` is hexadecimal. */
export interface SrpRegistration {
  readonly identity: string;
  readonly password: string;
  readonly salt: string;
}
/** The server's half of an exchange: a secret for this exchange alone, and what the client is told. */
export interface SrpChallenge {
  readonly secret: string;
  readonly publicB: string;
}
export interface SrpExchange extends SrpChallenge {
  readonly verifier: string;
  readonly publicA: string;
}
/** More is asked for than can be worked off in time. */
export type PasswordHashFailure = 'too-busy';

/** Every method throws Failure `too-busy`. */
export interface PasswordHash {
  srpVerifier(registration: SrpRegistration): Promise<string>;
  /** @returns undefined for a `publicA` that no honest client sends: 0, 1 or -1 modulo N */
  srpChallenge(offer: Pick<SrpExchange, 'verifier' | 'publicA'>): Promise<SrpChallenge | undefined>;
  /**
   * The key that the client has too if it knows the password, 32 hexadecimal digits.
   * @returns undefined when the exchange cannot have a key
   */
  srpKey(exchange: SrpExchange): Promise<string | undefined>;
  /** An Argon2id hash with a salt of its own, in PHC form. */
  argon2id(password: string): Promise<string>;
  /** True when `hash` was made from `password`. Without a hash it does the same work, and is false. */
  argon2idMatches(hash: string | undefined, password: string): Promise<boolean>;
  /** True for a hash made with less work than one is made with today. */
  isWeaker(hash: string): boolean;
}
