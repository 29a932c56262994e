/** Operations of IAM on OpenID Connect providers. */
import { oidcProviderArn } from '../../base/arn.ts';
import { oidcProviderName } from '../../domain/access/trusted-issuers/oidc-providers.ts';
import { list, structure, text } from '../../wire/members.ts';
import { unsought } from '../../wire/target.ts';
import { tags, tagsFrom, tagsType } from './members.ts';
import { operation } from './nouns.ts';

export const CreateOpenIDConnectProvider = operation({
  caller: 'iam',
  on: ({ Url }, _nouns, { account }) => unsought(oidcProviderArn(account, oidcProviderName(Url))),
  input: structure({
    Url: text({ min: 1, max: 255 }),
    // IAM's quotas, in the texts of both members.
    ClientIDList: list(text({ min: 1, max: 255 }), { max: 100 }).optional(),
    ThumbprintList: list(text({ min: 40, max: 40 }), { max: 5 }).optional(),
    Tags: tags.optional(),
  }),
  async handle({ Url, ClientIDList = [], ThumbprintList = [], Tags }, { oidcProviders }) {
    const provider = await oidcProviders.create({
      url: Url,
      clientIds: ClientIDList,
      thumbprints: ThumbprintList,
      tags: tagsFrom(Tags),
    });
    return { OpenIDConnectProviderArn: provider.arn, Tags: tagsType(provider.tags) };
  },
});
