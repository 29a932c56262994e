/**
 * E-mail addresses, read so strictly that nothing of SMTP or of a header can hide in one.
 *
 * One mailbox, and nothing around it: no quotes, comments, lists, routes, line breaks, blanks or invisible characters. What is legal by the RFC and refused here is what no
 * mailbox of a person looks like, and what injections are made of.
 * Source: RFC 5321, 4.1.2 (the dot-atom form alone) and 4.5.3.1 (lengths); CVE-2025-8419.
 */

const LOCAL = /^[^\s@"(),:;<>[\\\]\p{C}\p{Z}]{1,64}$/u;
const LABEL = /^[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u;
const MOST_CHARACTERS = 254;
const SENDER = /^([^<>]*)<([^<>]+)>$/;
const SENDER_NAME = /^[^"\p{C}]{0,128}$/u;

/** `Ada's shop <shop@example.com>` in its parts; the name is empty where there is none. */
export interface Sender {
  readonly name: string;
  readonly address: string;
}

/** True for exactly one mailbox, written as plainly as can be. */
export function isMailbox(text: string): boolean {
  if (text.length > MOST_CHARACTERS) return false;
  const [local = '', domain = '', ...rest] = text.split('@');
  const hasEmptyAtom = local.split('.').includes('');
  return (
    rest.length === 0 &&
    !hasEmptyAtom &&
    LOCAL.test(local) &&
    domain.split('.').every((each) => LABEL.test(each))
  );
}

/** Reads `address` or `name <address>`; undefined when it is neither. */
export function readSender(text: string): Sender | undefined {
  if (isMailbox(text)) return { name: '', address: text };
  const [, written = '', address = ''] = SENDER.exec(text) ?? [];
  const trimmed = written.trim();
  const name = /^".*"$/.test(trimmed) ? trimmed.slice(1, -1) : trimmed;
  return isMailbox(address) && SENDER_NAME.test(name) ? { name, address } : undefined;
}

/** The domain of a mailbox, in lower case. */
export const domainOf = (address: string): string => address.slice(address.indexOf('@') + 1).toLowerCase();
