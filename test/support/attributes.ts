/** Attributes that people and administrators write, and addresses that people prove. */
import { listed, signIn, type Attributes, type MadePool } from './pool.ts';

/** An access token of a fresh sign-in. */
export const tokenOf = async (pool: MadePool, name: string): Promise<string> =>
  (await signIn(pool, name)).AccessToken!;

/** By the person, on a fresh sign-in. */
export const write = async (pool: MadePool, name: string, attributes: Attributes) =>
  pool.idp.updateUserAttributes({
    AccessToken: await tokenOf(pool, name),
    UserAttributes: listed(attributes),
  });

export const adminWrite = ({ idp, UserPoolId }: MadePool, Username: string, attributes: Attributes) =>
  idp.adminUpdateUserAttributes({ UserPoolId, Username, UserAttributes: listed(attributes) });

/** By the person, on a fresh sign-in. */
export const prove = async (pool: MadePool, name: string, Code: string, AttributeName = 'email') =>
  pool.idp.verifyUserAttribute({ AccessToken: await tokenOf(pool, name), AttributeName, Code });
