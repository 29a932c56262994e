/** Operations of cognito-idp by which a signed-in person sees to his own account. */
import { readableBy } from '../../../domain/pools/attributes.ts';
import { structure } from '../../../wire/members.ts';
import { assertUsable } from '../users/account-states.ts';
import { accessToken } from '../members.ts';
import { operation } from '../nouns.ts';
import { attributeTypes } from '../users/user-attributes.ts';
import { mfaSettings } from '../users/user-factors.ts';

export const GetUser = operation({
  caller: 'user',
  input: structure({ AccessToken: accessToken }),
  async handle(_input, { clients }, { bearer }) {
    const { user, pool, clientId } = bearer;
    assertUsable(user);
    const { readAttributes } = await clients.get(pool.id, clientId);
    const shown = attributeTypes({ ...user, attributes: readableBy(readAttributes, user.attributes) });
    return { Username: user.username, UserAttributes: shown, ...mfaSettings(user) };
  },
});

export const DeleteUser = operation({
  caller: 'user',
  input: structure({ AccessToken: accessToken }),
  async handle(_input, { leaving, tokens }, { bearer }) {
    assertUsable(bearer.user);
    const { pool, user } = bearer;
    await tokens.endingUser(pool, user, (endings) => leaving.remove(pool, user, endings));
  },
});
