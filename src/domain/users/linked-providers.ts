/**
 * Linked identities as an attribute: the JSON that Cognito shows them as.
 */
import type { LinkedIdentity } from './users.ts';

/** A user's identities as the value of the attribute that stands for them, JSON. */
export const identitiesText = (identities: readonly LinkedIdentity[]): string =>
  JSON.stringify(
    identities.map(({ userId, providerName, providerType, issuer, isPrimary, createdAt }) => ({
      userId,
      providerName,
      providerType,
      issuer: issuer ?? null,
      primary: isPrimary,
      dateCreated: Date.parse(createdAt),
    })),
  );
