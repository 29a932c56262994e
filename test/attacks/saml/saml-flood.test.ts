/**
 * A flood of SAML responses: strangers' cost little, whatever the provider publishes, and those at one pool keep nobody else waiting.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../../src/base/failure.ts';
import { verifiedAssertion } from '../../../src/identity-providers/saml/signature.ts';
import { createSamlThread } from '../../../src/identity-providers/saml/thread.ts';
import { certificateOf, signedXml, type Asked } from '../../support/saml/saml-idp.ts';

const clock = { now: () => new Date() };
const asked: Asked = {
  request: '_request',
  recipient: 'https://id.example.com/saml2/idpresponse',
  audience: 'urn:amazon:cognito:sp:pool',
  state: 'state',
};
/** As many as may be, and the worst to look through. */
const ATTRIBUTES = '<saml:Attribute a="1" b="2"/>'.repeat(1900);
/** With another signature: a few of its bits differ. */
const doctored = (xml: string): string =>
  xml.replace(/(?<=SignatureValue>)./, (sign) => (sign === 'A' ? 'B' : 'A'));
const signed = { isResponseSigned: false, isAssertionSigned: true };
const MOST_CERTIFICATES = 10;
const ROUNDS = 5;

describe('a flood of SAML responses', function () {
  this.timeout(30_000); // The largest responses are verified, a few times each.
  const genuine = signedXml(asked, clock, { attributes: ATTRIBUTES });
  const forged = doctored(genuine);

  /** The least processor time of a few tries, in microseconds. */
  async function costOf(text: string, certificates: readonly string[]): Promise<number> {
    let least = Infinity;
    for (let round = 0; round < ROUNDS; round += 1) {
      const start = process.cpuUsage();
      await verifiedAssertion(text, certificates, signed);
      const { user, system } = process.cpuUsage(start);
      least = Math.min(least, user + system);
    }
    return least;
  }

  it('of strangers costs a part of what the provider’s own costs, and no more for more certificates', async () => {
    const one = certificateOf('idp');
    const many = Array.from({ length: MOST_CERTIFICATES }, () => one);

    const own = await costOf(genuine, [one]);
    const stranger = await costOf(forged, many);

    assert.ok(await verifiedAssertion(genuine, many, signed));
    assert.equal(await verifiedAssertion(forged, many, signed), undefined);
    assert.ok(stranger < own / 2, `${stranger} of ${own}`);
  });

  it('at one pool lets those of another pool through', async () => {
    const thread = createSamlThread();
    const certificates = [certificateOf('idp')];
    const read = (of: string) => thread.read('assertion', { text: genuine, certificates, signed }, of);
    const order: string[] = [];
    const noted = (of: string) =>
      read(of).then(
        () => order.push(of),
        () => order.push(`${of} refused`),
      );

    const flood = Array.from({ length: 12 }, () => noted('flooded'));
    await noted('another');

    assert.ok(order.indexOf('another') <= 2, order.join());
    await Promise.all(flood);
    assert.equal(order.length, 13);
  });

  it('at one pool fills the room of that pool alone', async () => {
    const thread = createSamlThread();
    const read = (of: string) => thread.read('response', { base64: 'PHg+' }, of);

    const flood = Array.from({ length: 80 }, () => read('flooded'));
    const outcomes = Promise.allSettled(flood);
    const other = read('another');

    await assert.rejects(other, { kind: 'provider-refused' });
    const busy = (await outcomes).filter(
      (each) => each.status === 'rejected' && isFailure(each.reason, 'too-busy'),
    );
    assert.ok(busy.length >= 25 && busy.length < 80, `${busy.length} were turned away`);
  });
});
