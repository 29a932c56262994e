/**
 * Accounts: whom a name means to an app client that names somebody who need not be signed in.
 *
 * There is always an account: a user, or the decoy of the name. Every flow takes either on the same path, and only where the client does not hide
 * who exists is it told, by `assertTold`, that there is nobody. A user whom a provider brought proves nothing here, and is a decoy as well where
 * that is hidden.
 */
import { Failure } from '../../base/failure.ts';
import type { Client } from '../pools/clients.ts';
import { isDecoy, type Account, type Decoy, type Decoys } from './decoys.ts';
import type { Pool } from '../pools/pools.ts';
import type { User, UserFailure, Users } from './users.ts';
import type { Address } from '../pools/recovery-ways.ts';

export type Accounts = ReturnType<typeof createAccounts>;

export function createAccounts({ users, decoys }: { users: Users; decoys: Decoys }) {
  return {
    /** Whom `login` means; as much work for nobody as for somebody. */
    async named({ pool, client, login }: Named): Promise<Account> {
      const found = await users.locate(pool, login);
      // For users too, so that the time is the same.
      const decoy = decoys.of(pool, login);
      const isBrought = found?.status === 'EXTERNAL_PROVIDER' && client.hidesUserExistence;
      return found === undefined || isBrought ? decoy : found;
    },

    /**
     * Where a code for an account goes, or seems to: the address that `addressOf` says, one that may have no code, or that of a decoy in its place.
     */
    addressShown(pool: Pool, account: Account, addressOf: AddressOf): Address {
      const standIn = standInFor(decoys, pool, account);
      const { attribute, value } = addressOf(pool, standIn) ?? addressesIn(standIn);
      return addressOf(pool, account) ?? { attribute, value: account.attributes[attribute] || value };
    },
  };
}

type AddressOf = (pool: Pool, account: Pick<User, 'attributes' | 'factors'>) => Address | undefined;

function addressesIn({ attributes: { email = '', phone_number: phone } }: Decoy): Address {
  return phone === undefined
    ? { attribute: 'email', value: email }
    : { attribute: 'phone_number', value: phone };
}

/** What stands in for what an account has not: the salt of who has no password, the address of who cannot be reached. The same whatever the user is called by. */
export const standInFor = (decoys: Decoys, pool: Pool, { username }: Account): Decoy =>
  decoys.of(pool, username);

export interface Named {
  readonly pool: Pool;
  readonly client: Pick<Client, 'hidesUserExistence'>;
  readonly login: string;
}

/**
 * Tells a client that does not hide it that a name is nobody's.
 * @throws Failure `kind`
 */
export function assertTold(
  { hidesUserExistence }: Pick<Client, 'hidesUserExistence'>,
  account: Account,
  kind: UserFailure,
): void {
  if (isDecoy(account) && !hidesUserExistence) throw new Failure<UserFailure>(kind);
}

/** The user of an account; undefined of a decoy, which nothing is done for. */
export const userOf = (account: Account): User | undefined => (isDecoy(account) ? undefined : account);
