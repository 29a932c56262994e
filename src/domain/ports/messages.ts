/**
 * Messages: what is said to people outside a request (codes, invitations).
 *
 * Delivery is durable hand-over: once `send` resolves, the message is on its way.
 */

export interface Message {
  readonly channel: 'email' | 'sms';
  readonly to: string;
  /** What it is about; `authentication` is a code to sign in with. */
  readonly kind:
    | 'sign-up'
    | 'resent-code'
    | 'invitation'
    | 'forgot-password'
    | 'changed-attribute'
    | 'verify-attribute'
    | 'authentication';
  readonly poolId: string;
  readonly username: string;
  /** The code or temporary password inside the text. */
  readonly code: string;
  /** Plain text. */
  readonly text: string;
  /** The same as HTML; of an e-mail, as what follows. */
  readonly html?: string;
  /** One line. */
  readonly subject?: string;
  /** Who it comes from, `name <address>` or an address, where that is not the installation's to say. */
  readonly from?: string;
  /** An address. */
  readonly replyTo?: string;
}
export interface Messages {
  /** @throws Failure `delivery-failed` */
  send(message: Message): Promise<void>;
}
export type MessagesFailure = 'delivery-failed';
