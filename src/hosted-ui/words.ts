/**
 * Words for what went wrong at a page, said to a person.
 *
 * A failure that is not listed is none of the person's making. What would tell an attacker whether a name is known is worded alike.
 */
import type { Failure } from '../base/failure.ts';
import type { ErrorText } from './pages.ts';

const WRONG = 'Incorrect username or password.';

/** By failure kind: what a form shows beside its fields. */
const WORDS: Readonly<Record<string, string>> = {
  'wrong-username-or-password': WRONG,
  'user-not-found': WRONG,
  'client-user-not-found': WRONG,
  'user-disabled': 'This account is disabled.',
  'user-not-confirmed': 'This account is not confirmed yet. Confirm it with the code that was sent to you.',
  'password-reset-required': 'The password of this account must be reset before it can be used.',
  'temporary-password-expired': 'The temporary password of this account is too old. Ask for a new one.',
  'password-used-before': 'You have had this password before. Choose another one.',
  'password-attempts-exceeded': 'There were too many attempts. Wait a while, then try again.',
  'too-many-letters': 'There were too many codes sent. Wait a while, then try again.',
};

/** @returns undefined when it is nothing to tell a person */
export function wordsFor({ kind, facts }: Failure): string | undefined {
  if (kind === 'password-refused') {
    const reason = String(facts['reason'] ?? '').replace(/^Password did not conform with policy: /, '');
    return `This password does not keep to the rules. ${reason}`.trim();
  }
  if (kind === 'attribute-refused') return String(facts['reason'] ?? 'What you entered is not accepted.');
  // Errors of the pool's own function are written for the person who meets them.
  if (kind === 'trigger-refused') return String(facts['reason'] ?? 'This is not possible.');
  return WORDS[kind];
}

const START_AGAIN = 'Go back to the application and sign in again.';

/** By failure kind: a whole page, for what no form can mend. */
const UNAVAILABLE = {
  status: 503,
  heading: 'Signing in is not possible just now',
  message: 'The fault is ours, and it should pass soon.',
  advice: 'Wait a moment, then try again.',
};
const NOT_NOW = {
  status: 502,
  heading: 'Signing in is not possible just now',
  message: 'A part of this service that has to agree did not answer as it should.',
  advice: 'Wait a while, then go back to the application and sign in again.',
};
const PAGES: Readonly<Record<string, ErrorText & { readonly status: number }>> = {
  'store-unavailable': UNAVAILABLE,
  'revocations-unconfirmed': UNAVAILABLE,
  'too-busy': UNAVAILABLE,
  'trigger-failed': NOT_NOW,
  'trigger-answer-malformed': NOT_NOW,
  'trigger-refused': {
    status: 403,
    heading: 'You are not signed in',
    message: 'This service does not let you in.',
    advice: 'Ask whoever runs the application.',
  },
  'login-not-found': {
    status: 400,
    heading: 'This sign-in is over',
    message: 'It took too long, was finished already, or was begun in another browser.',
    advice: START_AGAIN,
  },
  'client-not-found': {
    status: 400,
    heading: 'This application is not known',
    message: 'It may have been removed meanwhile.',
    advice: START_AGAIN,
  },
  'form-refused': {
    status: 403,
    heading: 'This form was refused',
    message: 'It did not come from our own page in this browser.',
    advice: START_AGAIN,
  },
  'form-unreadable': {
    status: 400,
    heading: 'This form cannot be read',
    message: 'It is too large, came too slowly, or lacks what the page asks for.',
    advice: START_AGAIN,
  },
  'journey-unknown': {
    status: 400,
    heading: 'This sign-in is over',
    message:
      'The way back from the other account took too long, was gone already, or was begun in another browser.',
    advice: START_AGAIN,
  },
  'unsolicited-response': {
    status: 403,
    heading: 'This sign-in must begin at the application',
    message: 'You came from the page of the other account. Sign-ins that begin there are turned off here.',
    advice: 'Open the application itself, and sign in from there.',
  },
  'provider-refused': {
    status: 403,
    heading: 'You are not signed in',
    message: 'The other account did not confirm who you are.',
    advice: START_AGAIN,
  },
  'attribute-refused': {
    status: 403,
    heading: 'You are not signed in',
    message: 'What the other account says of you does not fit what this application asks for.',
    advice: 'Ask whoever runs the application.',
  },
  'provider-not-found': {
    status: 400,
    heading: 'This way to sign in is not known',
    message: 'The application does not offer it, or it was removed meanwhile.',
    advice: START_AGAIN,
  },
  'provider-unreachable': {
    status: 502,
    heading: 'The other account cannot be reached',
    message: 'It did not answer, or not in a way that can be understood.',
    advice: 'Wait a while, then go back to the application and sign in again.',
  },
  'user-disabled': {
    status: 403,
    heading: 'This account is disabled',
    message: 'You cannot sign in with it.',
    advice: 'Ask whoever runs the application.',
  },
};

/** @returns undefined when it is nothing to tell a person */
export const pageFor = ({ kind }: Failure): (ErrorText & { readonly status: number }) | undefined =>
  PAGES[kind];

/** By failure kind: OAuth's word for it, where it is not that access is denied. */
const ERRORS: Readonly<Record<string, string>> = {
  'provider-unreachable': 'temporarily_unavailable',
  'trigger-failed': 'server_error',
  'trigger-answer-malformed': 'server_error',
};
const MAX_DESCRIPTION = 200;

/**
 * What an application is told when a sign-in at another provider failed. Short: the reason stands in the
 * log, under the id. Source: RFC 6749, 4.1.2.1 (characters); OpenID Connect Core 1.0, 3.1.2.6.
 */
export function errorFor(failure: Failure, requestId: string): { error: string; description: string } {
  const { kind, facts } = failure;
  const isSilent = kind === 'provider-refused' && facts['because'] === 'not-passive';
  const error = isSilent ? 'login_required' : (ERRORS[kind] ?? 'access_denied');
  const words = kind === 'trigger-refused' ? wordsFor(failure) : pageFor(failure)?.message;
  const plain = (words ?? UNEXPECTED.message).replaceAll(/[^ !#-[\]-~]/g, '').slice(0, MAX_DESCRIPTION);
  return { error, description: `${plain} (${requestId})` };
}

export const UNEXPECTED: ErrorText = {
  heading: 'Something went wrong',
  message: 'The fault is ours.',
  advice: 'Wait a while, then go back to the application and sign in again.',
};

export const NOT_FOUND: ErrorText = {
  heading: 'There is nothing here',
  message: 'No page and no endpoint has this address.',
  advice: 'Look at the address again, or go back to the application.',
};
export const NO_POOL: ErrorText = {
  heading: 'There is nothing here',
  message: 'No user pool has this id.',
  advice: 'Look at the address again, or go back to the application.',
};

/** What a page says of an authorization request that cannot be answered at a redirect URI. */
export function wordsForRefused(error: string): ErrorText {
  if (error === 'server_error') return UNEXPECTED;
  return {
    heading:
      error === 'invalid_redirect_uri' ? 'This address is not registered' : 'This sign-in cannot be begun',
    message:
      error === 'invalid_redirect_uri'
        ? 'The application asked us to send you to an address that is not registered for it.'
        : 'The application asked for it in a way that we cannot answer.',
    advice: 'Go back to the application. If this happens again, tell whoever runs it.',
  };
}
