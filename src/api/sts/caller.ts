/** Who is calling. */
import { structure } from '../../wire/members.ts';
import { unsought } from '../../wire/target.ts';
import { operation } from './nouns.ts';

export const GetCallerIdentity = operation({
  caller: 'iam',
  on: () => unsought('*'),
  // AWS answers it to every principal, even one that is denied it: it tells nothing that the caller does not have.
  needsNoPermission: true,
  input: structure({}),
  handle(_input, _nouns, { principal }) {
    return { UserId: principal.userId, Account: principal.account, Arn: principal.arn };
  },
});
