/** Forgotten passwords, as an app asks for them to be recovered. */
import { NEW_PASSWORD, type MadePool } from './pool.ts';

export const forget = ({ idp, ClientId }: MadePool, Username: string) =>
  idp.forgotPassword({ ClientId, Username });

/** Sets NEW_PASSWORD, unless said otherwise, by a code. */
export const recover = (
  { idp, ClientId }: MadePool,
  Username: string,
  ConfirmationCode: string,
  Password = NEW_PASSWORD,
) => idp.confirmForgotPassword({ ClientId, Username, ConfirmationCode, Password });
