/**
 * SAML responses that are shown to us without a request of ours: what they prove, what they tell, and why they are refused.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../../src/base/failure.ts';
import { answer, replaced, type Misdeeds } from '../../support/saml/saml-idp.ts';
import { assertRefused, clock, journey, provider } from '../../support/saml/saml-journey.ts';

describe('a SAML response', () => {
  it('can be shown directly, without a request of ours', async () => {
    const asked = {
      request: '_any',
      recipient: 'https://sts.example.com/saml',
      audience: 'urn:sts',
      state: '',
    };
    const token = answer(asked, clock)['SAMLResponse']!;
    const accepted = { audiences: ['urn:sts'], recipients: ['https://sts.example.com/saml'] };

    const { subject, assertion } = await provider().prove(token, accepted);
    assert.equal(subject, 'ada');
    assert.deepEqual(assertion, {
      format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
      recipient: 'https://sts.example.com/saml',
      issuedAt: clock.now(),
      sessionEndsAt: new Date(clock.now().getTime() + 3_600_000),
    });
    await assertRefused(provider().prove(token, { ...accepted, audiences: ['urn:other'] }));
    await assertRefused(provider().prove(token, { ...accepted, recipients: [] }));
  });

  for (const [because, misdeeds] of [
    [
      'over',
      {
        says: replaced(/(?<=ConfirmationData) NotOnOrAfter="[^"]*"/, ' NotOnOrAfter="2001-01-01T00:00:00Z"'),
      },
    ],
    ['unsuccessful', { says: replaced('status:Success', 'status:Responder'), signs: [] }],
  ] as const satisfies readonly (readonly [string, Misdeeds])[])
    it(`tells a refusal because it is ${because} from others`, async () => {
      await assert.rejects(
        journey(misdeeds),
        (error) => isFailure(error, 'provider-refused') && error.facts['because'] === because,
      );
    });
});
