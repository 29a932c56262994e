/** Operations that bear an access token or a session, of a made-up service. */
import assert from 'node:assert/strict';
import { assertJson, useTiny } from '../../support/matrices/tiny-calls.ts';
import { WAITING } from '../../support/servers/tiny-service.ts';

describe('an access token or a session', () => {
  const door = useTiny();
  const of = async (input: object) => door.calls.json('AssociateSoftwareToken', input);

  it('is proven before the handler runs, whichever it is', async () => {
    const byToken = await of({ AccessToken: 'good' });
    const bySession = await of({ Session: WAITING });

    assert.deepEqual(
      [JSON.parse(byToken.text), JSON.parse(bySession.text)],
      [{ SecretCode: 'bob' }, { SecretCode: 'carol' }],
    );
  });

  for (const [what, input, code] of [
    ['neither', {}, 'InvalidParameterException'],
    ['both', { AccessToken: 'good', Session: WAITING }, 'InvalidParameterException'],
    ['a wrong token', { AccessToken: 'bad' }, 'NotAuthorizedException'],
    ['a wrong session', { Session: 'bad' }, 'NotAuthorizedException'],
    ['a session in place of the token', { AccessToken: WAITING }, 'NotAuthorizedException'],
    ['null for both', { AccessToken: null, Session: null }, 'InvalidParameterException'],
  ] as const)
    it(`is refused: ${what}`, async () => {
      assertJson(await of(input), 400, code);
    });
});
