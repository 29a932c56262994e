/**
 * The contract of identity providers: what every one of them must do, however its upstream speaks.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../src/base/failure.ts';
import type { Acceptance, IdentityProvider, Returned } from '../../src/domain/ports/identity-provider.ts';

/** An upstream at which one person is signed in, and the provider that speaks to it. */
export interface Upstream {
  readonly provider: IdentityProvider;
  /** The same, of an upstream that is not there. */
  readonly absent: IdentityProvider;
  /** The same, told of no application of ours there; absent where its tokens are always for somebody who is known. */
  readonly bare?: IdentityProvider;
  /** Where browsers are sent back to. */
  readonly callback: string;
  /** The person's id there. */
  readonly subject: string;
  readonly email: string;
  /** What the browser brings back from an address that it was sent to, when the person agrees, or does not. */
  visit(address: string, answer?: 'agrees' | 'denies'): Promise<Returned>;
  /** What a provider of the other sort would have the browser bring back. */
  readonly foreign: Returned;
  /** A token of the person as an application of `whose` shows it directly. */
  tokenOf(whose: 'ours' | 'another', flaw?: 'over' | 'forged'): Promise<string>;
  readonly accept: Acceptance;
  close(): Promise<void>;
}

export function identityProviderContract(name: string, open: () => Promise<Upstream>): void {
  describe(`${name} as an identity provider`, () => {
    let upstream: Upstream;
    beforeEach(async () => (upstream = await open()));
    afterEach(() => upstream.close());

    const refused = (outcome: Promise<unknown>) =>
      assert.rejects(outcome, (error) => isFailure(error, 'provider-refused'));
    const depart = (state = 'the-state') => upstream.provider.begin(upstream.callback, state);

    it('proves who is back, by the id that the upstream knows him by', async () => {
      const { url, departure } = await depart();

      const proven = await upstream.provider.finish(await upstream.visit(url), 'the-state', departure);

      assert.equal(proven.subject, upstream.subject);
      assert.equal(proven.claims['email'], upstream.email);
    });

    it('asks for nothing in the clear that must be brought back in secret', async () => {
      const { url, departure } = await depart();

      for (const secret of ['verifier']) assert.ok(!url.includes(departure[secret] ?? '\0'));
    });

    it('refuses whom the upstream does not vouch for', async () => {
      const { url, departure } = await depart();

      await refused(upstream.provider.finish(await upstream.visit(url, 'denies'), 'the-state', departure));
    });

    it('refuses what comes back from another departure', async () => {
      const [first, second] = [await depart(), await depart()];
      const returned = await upstream.visit(first.url);

      await refused(upstream.provider.finish(returned, 'the-state', second.departure));
    });

    it('believes what comes back once, or names it so that its caller can', async () => {
      const { url, departure } = await depart();
      const returned = await upstream.visit(url);
      const { once } = await upstream.provider.finish(returned, 'the-state', departure);

      const again = upstream.provider.finish(returned, 'the-state', departure);

      if (once) assert.equal((await again).once?.id, once.id);
      else await refused(again);
    });

    it('refuses what comes back in another form', async () => {
      const { departure } = await depart();

      await refused(upstream.provider.finish(upstream.foreign, 'the-state', departure));
    });

    it('tells an upstream that is not there from one that refuses', async () => {
      const journey = async () => {
        const { departure } = await upstream.absent.begin(upstream.callback, 'the-state');
        const { url } = await depart();
        return upstream.absent.finish(await upstream.visit(url), 'the-state', departure);
      };

      await assert.rejects(journey, (error) => isFailure(error, 'provider-unreachable'));
    });

    it('proves whose a token is that is shown directly', async () => {
      const proven = await upstream.provider.prove(await upstream.tokenOf('ours'), upstream.accept);

      assert.equal(proven.subject, upstream.subject);
    });

    it('proves a token that another application was given, where its caller judges whom it is for', async function () {
      if (!upstream.bare) this.skip();

      const proven = await upstream.bare.prove(await upstream.tokenOf('another'), {
        ...upstream.accept,
        audiences: 'any',
      });

      assert.equal(proven.subject, upstream.subject);
    });

    for (const [what, whose, flaw] of [
      ['that another application was given', 'another', undefined],
      ['that is over', 'ours', 'over'],
      ['that the upstream has not made', 'ours', 'forged'],
    ] as const)
      it(`refuses a token ${what}`, async () => {
        const token = await upstream.tokenOf(whose, flaw);

        await refused(upstream.provider.prove(token, upstream.accept));
      });

    for (const token of ['', ' ', 'null', 'a b', '\r\nX-Injected: 1', '../me', 'ü', 'x'.repeat(50_000)])
      it(`refuses ${JSON.stringify(token.slice(0, 20))} as a token`, async () => {
        await refused(upstream.provider.prove(token, upstream.accept));
      });
  });
}
