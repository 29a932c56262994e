/** What passkeys count for, and where they are refused. Source: API reference, StartWebAuthnRegistration and its kin, SetUserPoolMfaConfig. */
import assert from 'node:assert/strict';
import {
  askForPasskey,
  creationOptions,
  enroll,
  keyHolder,
  makePasskeyPool,
  passkeysOf,
  RP,
} from '../../../support/passkeys.ts';
import { somebody } from '../../../support/people.ts';
import { makePool, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('rules of passkeys', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePasskeyPool(server);
  });
  after(() => server.close());

  describe('as multi-factor', () => {
    /** A pool that needs two factors, and a passkey that can be both. */
    async function strictPool(FactorConfiguration: 'SINGLE_FACTOR' | 'MULTI_FACTOR_WITH_USER_VERIFICATION') {
      const strict = await makePasskeyPool(server, {
        UserVerification: 'preferred',
        FactorConfiguration,
      });
      await strict.idp.setUserPoolMfaConfig({
        UserPoolId: strict.UserPoolId,
        MfaConfiguration: 'OPTIONAL',
        EmailMfaConfiguration: {},
        WebAuthnConfiguration: { RelyingPartyId: RP, UserVerification: 'preferred', FactorConfiguration },
      });
      const { name, AccessToken, device } = await keyHolder(strict);
      return { strict, name, AccessToken, device };
    }

    it('is both factors when it verified its owner, and one when it did not', async () => {
      const { strict, name, AccessToken, device } = await strictPool('MULTI_FACTOR_WITH_USER_VERIFICATION');
      await strict.idp.setUserMFAPreference({
        AccessToken,
        EmailMfaSettings: { Enabled: true, PreferredMfa: true },
        WebAuthnMfaSettings: { Enabled: true },
      });

      const verified = await askForPasskey(strict, name);
      const two = await verified.answer(device.get(verified.options, { verified: true }));
      const unverified = await askForPasskey(strict, name);
      const one = await unverified.answer(device.get(unverified.options, { verified: false }));

      assert.ok(two.AuthenticationResult!.AccessToken);
      assert.equal(one.AuthenticationResult, undefined);
      assert.equal(one.ChallengeName, 'EMAIL_OTP');
    });

    it('is not offered to who needs two where it is one', async () => {
      const { strict, name, AccessToken } = await strictPool('SINGLE_FACTOR');
      await strict.idp.setUserMFAPreference({ AccessToken, EmailMfaSettings: { Enabled: true } });

      const { ChallengeName } = await askForPasskey(strict, name).catch(() => ({
        ChallengeName: 'SELECT_CHALLENGE',
      }));

      assert.equal(ChallengeName, 'SELECT_CHALLENGE');
    });
  });

  describe('are refused', () => {
    it('in a pool that does not have them', async () => {
      const plain = await makePool(server);
      const { AccessToken } = await somebody(plain);

      await assert.rejects(plain.idp.startWebAuthnRegistration({ AccessToken }), {
        name: 'WebAuthnNotEnabledException',
      });
      await assert.rejects(plain.idp.completeWebAuthnRegistration({ AccessToken, Credential: {} }), {
        name: 'WebAuthnNotEnabledException',
      });
    });

    it('in a pool without relying party and domain', async () => {
      const bare = await makePool(server, {
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
      });
      const { AccessToken } = await somebody(bare);

      await assert.rejects(bare.idp.startWebAuthnRegistration({ AccessToken }), {
        name: 'WebAuthnConfigurationMissingException',
      });
    });

    it('beyond twenty', async () => {
      const { AccessToken, device } = await keyHolder(pool);
      for (let more = 1; more < 19; more += 1) await enroll(pool, device, AccessToken);
      // Both were invited while there was room for one.
      const [one, other] = [
        await creationOptions(pool, AccessToken),
        await creationOptions(pool, AccessToken),
      ];
      const complete = (options: typeof one) =>
        pool.idp.completeWebAuthnRegistration({ AccessToken, Credential: device.create(options) });

      const results = await Promise.allSettled([complete(one), complete(other)]);

      const names = results.map((each) => (each.status === 'fulfilled' ? '' : (each.reason as Error).name));
      assert.deepEqual(names.toSorted(), ['', 'LimitExceededException']);
      assert.equal((await passkeysOf(pool, AccessToken)).length, 20);
      await assert.rejects(pool.idp.startWebAuthnRegistration({ AccessToken }), {
        name: 'LimitExceededException',
        message: 'A user cannot have more than 20 passkeys.',
      });
    });

    it('to an access token of the OAuth door without the scope of self-service, and to none', async () => {
      for (const call of [
        pool.idp.startWebAuthnRegistration({ AccessToken: 'x.y.z' }),
        pool.idp.completeWebAuthnRegistration({ AccessToken: 'x.y.z', Credential: {} }),
        pool.idp.listWebAuthnCredentials({ AccessToken: 'x.y.z' }),
        pool.idp.deleteWebAuthnCredential({ AccessToken: 'x.y.z', CredentialId: 'x' }),
      ])
        await assert.rejects(call, { name: 'NotAuthorizedException', message: 'Invalid Access Token' });
    });

    it('while the password must be reset, or the account is disabled', async () => {
      const reset = await somebody(pool);
      const disabled = await somebody(pool);
      const { idp, UserPoolId } = pool;
      await idp.adminResetUserPassword({ UserPoolId, Username: reset.name });
      await idp.adminDisableUser({ UserPoolId, Username: disabled.name });

      for (const [{ AccessToken }, name] of [
        [reset, 'PasswordResetRequiredException'],
        [disabled, 'NotAuthorizedException'],
      ] as const) {
        await assert.rejects(idp.startWebAuthnRegistration({ AccessToken }), { name });
        await assert.rejects(idp.completeWebAuthnRegistration({ AccessToken, Credential: {} }), { name });
        await assert.rejects(idp.listWebAuthnCredentials({ AccessToken }), { name });
        await assert.rejects(idp.deleteWebAuthnCredential({ AccessToken, CredentialId: 'x' }), { name });
      }
    });

    it('without a credential', async () => {
      const { AccessToken } = await somebody(pool);

      await assert.rejects(pool.idp.completeWebAuthnRegistration({ AccessToken, Credential: undefined }), {
        name: 'InvalidParameterException',
      });
    });
  });
});
