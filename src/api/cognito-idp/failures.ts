/**
 * The domain's failures in Cognito's words.
 *
 * Texts that clients match are copied to the letter. A missing row does not compile.
 * Source: Cognito API reference, errors of each operation; texts observed by the authors of its client libraries.
 */
import type { AttributeFailure } from '../../domain/pools/attributes.ts';
import type { ClientFailure } from '../../domain/pools/clients.ts';
import type { CodeFailure } from '../../domain/notifications/confirmation-codes.ts';
import type { ConfirmationFailure } from '../../domain/accounts/confirm-sign-up.ts';
import type { DeviceFailure } from '../../domain/users/devices.ts';
import type { GroupFailure } from '../../domain/users/groups.ts';
import type { InvitationFailure } from '../../domain/accounts/admin-create-user.ts';
import type { PasskeyFailure } from '../../domain/users/passkeys.ts';
import type { PasswordFailure } from '../../domain/pools/password-policy.ts';
import type { PasswordChangeFailure } from '../../domain/accounts/change-password.ts';
import type { PoolDomainFailure } from '../../domain/pools/pool-domains.ts';
import type { PoolFailure } from '../../domain/pools/pools.ts';
import type { ProviderFailure } from '../../domain/pools/providers.ts';
import type { RecoveryFailure } from '../../domain/accounts/forgot-password.ts';
import type { ResourceServerFailure } from '../../domain/pools/resource-servers.ts';
import type { SignUpFailure } from '../../domain/accounts/sign-up.ts';
import type { UserFailure } from '../../domain/users/users.ts';
import type { MessageLimitFailure } from '../../domain/notifications/message-limits.ts';
import type { MessagesFailure } from '../../domain/ports/messages.ts';
import type { TriggerFailure } from '../../domain/ports/triggers.ts';
import type { FactorFailure } from '../../domain/sign-in/second-factors.ts';
import type { SoftwareTokenFailure } from '../../domain/sign-in/software-tokens.ts';
import type { SignInFailure } from '../../domain/sign-in/challenges/challenge.ts';
import type { TokenFailure } from '../../domain/tokens/tokens.ts';
import type { FailureWords } from '../service.ts';
import type { ParameterFailure } from './members.ts';

type Kind =
  | AttributeFailure
  | ClientFailure
  | CodeFailure
  | ConfirmationFailure
  | FactorFailure
  | DeviceFailure
  | GroupFailure
  | InvitationFailure
  | MessageLimitFailure
  | MessagesFailure
  | ParameterFailure
  | PasskeyFailure
  | PasswordChangeFailure
  | PasswordFailure
  | PoolDomainFailure
  | PoolFailure
  | ProviderFailure
  | RecoveryFailure
  | ResourceServerFailure
  | SignInFailure
  | SignUpFailure
  | SoftwareTokenFailure
  | TokenFailure
  | TriggerFailure
  | UserFailure
  | 'client-unproven'
  | 'flow-not-enabled';

const notAuthorized = (message: string): FailureWords => ({ code: 'NotAuthorizedException', message });
const invalid = (message: string): FailureWords => ({ code: 'InvalidParameterException', message });
const notFound = (message: string): FailureWords => ({ code: 'ResourceNotFoundException', message });

export const failures: Readonly<Record<Kind, FailureWords>> = {
  'refused-parameter': invalid('{reason}'),
  'feature-not-in-tier': {
    code: 'FeatureUnavailableInTierException',
    message: '{feature} is not available in the {tier} feature plan.',
  },
  'oauth-flow-refused': { code: 'InvalidOAuthFlowException', message: '{reason}' },
  'scope-not-found': { code: 'ScopeDoesNotExistException', message: 'Scope does not exist: {scope}' },
  'pool-not-found': notFound('User pool {pool} does not exist.'),
  'pool-protected': invalid(
    'The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.',
  ),
  'client-not-found': notFound('User pool client {client} does not exist.'),
  'secret-hash-refused': notAuthorized('Unable to verify secret hash for client {client}'),
  'client-secret-refused': { code: 'UnauthorizedException', message: 'Unable to verify the client secret.' },
  'client-unproven': notAuthorized('Unable to verify the client secret.'),
  'revocation-not-enabled': {
    code: 'UnsupportedOperationException',
    message: 'Token revocation is not enabled for client {client}.',
  },
  'token-type-unsupported': {
    code: 'UnsupportedTokenTypeException',
    message: 'Only refresh tokens can be revoked.',
  },
  'token-of-another-client': {
    code: 'UnauthorizedException',
    message: 'The token was issued to another client.',
  },
  'flow-not-enabled': invalid('{flow} flow not enabled for this client'),
  'group-not-found': notFound('Group not found.'),
  'group-exists': { code: 'GroupExistsException', message: 'A group with the name already exists.' },
  'too-many-groups': {
    code: 'LimitExceededException',
    message: 'A user cannot be in more than {most} groups.',
  },
  'provider-not-found': notFound('Identity provider {provider} does not exist.'),
  'provider-exists': {
    code: 'DuplicateProviderException',
    message: 'A provider with the name {provider} already exists.',
  },
  'domain-exists': invalid('Domain already associated with another user pool.'),
  'pool-has-domain': invalid('The user pool already has a domain.'),
  'resource-server-not-found': notFound('Resource server {server} does not exist.'),
  'resource-server-exists': invalid('{server} already exists.'),
  'too-many-resource-servers': {
    code: 'LimitExceededException',
    message: 'A user pool may have up to {most} resource servers.',
  },
  'provider-details-refused': invalid('{reason}'),
  'user-not-found': { code: 'UserNotFoundException', message: 'User does not exist.' },
  'client-user-not-found': {
    code: 'UserNotFoundException',
    message: 'Username/client id combination not found.',
  },
  'username-exists': { code: 'UsernameExistsException', message: 'User already exists' },
  'alias-exists': {
    code: 'AliasExistsException',
    message: 'An account with the given email or phone number already exists.',
  },
  'username-refused': invalid('{reason}'),
  'sign-up-closed': notAuthorized('SignUp is not permitted for this user pool'),
  'already-confirmed': notAuthorized('User cannot be confirmed. Current status is {status}'),
  'attribute-refused': invalid('{reason}'),
  'attribute-not-writable': notAuthorized('A client attempted to write unauthorized attribute'),
  'password-refused': { code: 'InvalidPasswordException', message: '{reason}' },
  'password-used-before': {
    code: 'PasswordHistoryPolicyViolationException',
    message: 'Password has been used before. Please choose another one.',
  },
  'invitation-not-due': {
    code: 'UnsupportedUserStateException',
    message: 'Resend not possible. User status is not FORCE_CHANGE_PASSWORD',
  },
  'delivery-impossible': invalid('{reason}'),
  'delivery-failed': { code: 'CodeDeliveryFailureException', message: 'The message could not be delivered.' },
  'code-mismatch': {
    code: 'CodeMismatchException',
    message: 'Invalid verification code provided, please try again.',
  },
  'code-expired': {
    code: 'ExpiredCodeException',
    message: 'Invalid code provided, please request a code again.',
  },
  'too-many-attempts': {
    code: 'LimitExceededException',
    message: 'Attempt limit exceeded, please try after some time.',
  },
  'confirmed-before': invalid('User is already confirmed.'),
  'nothing-to-verify': invalid('Cannot resend codes. Auto verification not turned on.'),
  'password-not-recoverable': notAuthorized('User password cannot be reset in the current state.'),
  'recovery-closed': notAuthorized('Contact administrator to reset password.'),
  'no-recovery-address': invalid(
    'Cannot reset password for the user as there is no registered/verified email or phone_number',
  ),
  'previous-password-missing': invalid('Missing required parameter PreviousPassword'),
  'password-not-changeable': notAuthorized('User password cannot be changed in the current state.'),
  'wrong-username-or-password': notAuthorized('Incorrect username or password.'),
  'user-not-confirmed': { code: 'UserNotConfirmedException', message: 'User is not confirmed.' },
  'user-disabled': notAuthorized('User is disabled.'),
  'password-reset-required': {
    code: 'PasswordResetRequiredException',
    message: 'Password reset required for the user',
  },
  'temporary-password-expired': notAuthorized(
    'Temporary password has expired and must be reset by an administrator.',
  ),
  'session-expired': notAuthorized('Invalid session for the user, session is expired.'),
  'wrong-step': notAuthorized('Invalid session for the user.'),
  'wrong-code': { code: 'CodeMismatchException', message: 'Invalid code or auth state for the user.' },
  'wrong-totp': { code: 'CodeMismatchException', message: 'Invalid code received for user' },
  'code-ran-out': {
    code: 'ExpiredCodeException',
    message: 'Your software token has already been used once.',
  },
  'too-many-messages': {
    code: 'LimitExceededException',
    message: 'Exceeded the limit of messages, please try after some time.',
  },
  'too-many-letters': { code: 'TooManyRequestsException', message: 'Too many requests' },
  'factor-impossible': invalid('User does not have delivery config set to turn on {factor}'),
  'factors-refused': invalid('{reason}'),
  'totp-gone': {
    code: 'SoftwareTokenMFANotFoundException',
    message: 'Software Token MFA does not exist for the user.',
  },
  'totp-not-offered': {
    code: 'SoftwareTokenMFANotFoundException',
    message: 'Software Token MFA has not been enabled by the userPool.',
  },
  'totp-of-external-user': notAuthorized('Users of an identity provider sign in there.'),
  'totp-not-begun': {
    code: 'SoftwareTokenMFANotFoundException',
    message: 'Software Token MFA has not been associated with the user.',
  },
  'totp-not-enabled': {
    code: 'EnableSoftwareTokenMFAException',
    message: 'Code mismatch and fail enable Software Token MFA',
  },
  'password-attempts-exceeded': notAuthorized('Password attempts exceeded'),
  'answer-malformed': invalid('{reason}'),
  'refresh-token-invalid': notAuthorized('Invalid Refresh Token'),
  'refresh-token-revoked': notAuthorized('Refresh Token has been revoked'),
  'refresh-token-reused': { code: 'RefreshTokenReuseException', message: 'Refresh token has been reused.' },
  'access-token-invalid': notAuthorized('Invalid Access Token'),
  'access-token-expired': notAuthorized('Access Token has expired'),
  'access-token-revoked': notAuthorized('Access Token has been revoked'),
  'scope-missing': notAuthorized('Access Token does not have required scopes'),
  'token-user-not-found': { code: 'UserNotFoundException', message: 'User does not exist.' },
  'token-user-disabled': notAuthorized('User is disabled.'),
  'provider-gone': notAuthorized('The identity provider of the user does not exist.'),
  'login-refused': notAuthorized('{reason}'),
  'session-not-found': notFound('Session {session} does not exist.'),
  'session-is-current': invalid('The session that the access token belongs to cannot be revoked.'),
  'sessions-not-tracked': {
    code: 'OperationNotEnabledException',
    message: 'User session tracking is not enabled for user pool {pool}.',
  },
  'trigger-refused': {
    code: 'UserLambdaValidationException',
    message: '{trigger} failed with error {reason}.',
  },
  'trigger-answer-malformed': {
    code: 'InvalidLambdaResponseException',
    message: 'Unrecognizable lambda output',
  },
  'trigger-failed': {
    code: 'UnexpectedLambdaException',
    message: '{trigger} invocation failed.',
  },
  // The client forgets its device by the word in this.
  'device-not-found': notFound('Device does not exist.'),
  'device-exists': { code: 'DeviceKeyExistsException', message: 'The device is confirmed already.' },
  'device-key-refused': invalid('Invalid device key given.'),
  'passkeys-not-enabled': {
    code: 'WebAuthnNotEnabledException',
    message: 'Passkeys are not enabled for the user pool.',
  },
  'passkey-of-external-user': notAuthorized('Users of an identity provider sign in there.'),
  'relying-party-missing': {
    code: 'WebAuthnConfigurationMissingException',
    message: 'The user pool has neither a relying party id nor a domain.',
  },
  'too-many-passkeys': {
    code: 'LimitExceededException',
    message: 'A user cannot have more than {most} passkeys.',
  },
  'passkey-challenge-not-found': {
    code: 'WebAuthnChallengeNotFoundException',
    message: 'The challenge was not found, or has expired. Start the registration again.',
  },
  'passkey-of-other-client': {
    code: 'WebAuthnClientMismatchException',
    message: 'The registration was started by another app client.',
  },
  'passkey-origin-not-allowed': {
    code: 'WebAuthnOriginNotAllowedException',
    message: 'The origin of the credential is not one of the relying party.',
  },
  'relying-party-mismatch': {
    code: 'WebAuthnRelyingPartyMismatchException',
    message: 'The credential was made for another relying party.',
  },
  'passkey-not-supported': {
    code: 'WebAuthnCredentialNotSupportedException',
    message: 'The credential is not supported.',
  },
  'passkey-exists': invalid('The credential is registered already.'),
  'passkey-not-found': notFound('The credential does not exist.'),
};
