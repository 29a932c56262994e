/** Operations of IAM on SAML providers. */
import { samlProviderArn } from '../../base/arn.ts';
import { Failure } from '../../base/failure.ts';
import type { SamlProviderFailure } from '../../domain/access/trusted-issuers/saml-providers.ts';
import { oneOf, structure, text } from '../../wire/members.ts';
import { unsought } from '../../wire/target.ts';
import { tags, tagsFrom, tagsType } from './members.ts';
import { operation } from './nouns.ts';

export const CreateSAMLProvider = operation({
  caller: 'iam',
  on: ({ Name }, _nouns, { account }) => unsought(samlProviderArn(account, Name)),
  input: structure({
    SAMLMetadataDocument: text({ min: 1000, max: 10_000_000 }),
    Name: text({ min: 1, max: 128, pattern: /[\w._-]+/ }),
    Tags: tags.optional(),
    AssertionEncryptionMode: oneOf(['Required', 'Allowed']).optional(),
    AddPrivateKey: text({
      min: 1,
      max: 16_384,
      pattern: /[\u0009\u000A\u000D\u0020-\u00FF]+/,
      secret: true,
    }).optional(),
  }),
  async handle(input, { samlProviders }) {
    assertUnencrypted(input);
    const provider = await samlProviders.create({
      name: input.Name,
      metadata: input.SAMLMetadataDocument,
      tags: tagsFrom(input.Tags),
    });
    return { SAMLProviderArn: provider.arn, Tags: tagsType(provider.tags) };
  },
});

/** Encrypted assertions are not read, so that nobody shall be told that they would be, or must be. */
function assertUnencrypted(input: { AssertionEncryptionMode?: string; AddPrivateKey?: string }): void {
  for (const name of ['AssertionEncryptionMode', 'AddPrivateKey'] as const) {
    if (input[name] === undefined) continue;
    const reason = `${name} is not supported: assertions must come unencrypted.`;
    throw new Failure<SamlProviderFailure>('saml-provider-refused', { reason });
  }
}
