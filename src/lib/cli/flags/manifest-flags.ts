import * as Flags from '@oclif/core/flags';

/** Which promoter manifests a command reads. */
export const manifestFlags = {
  manifest: Flags.string({
    char: 'm',
    helpValue: 'FILE',
    description: 'a plain manifest, with registries and images; repeatable',
    multiple: true,
    exclusive: ['thin-manifest-dir'],
  }),
  'thin-manifest-dir': Flags.string({
    helpValue: 'DIR',
    description:
      'a folder of thin manifests: manifests/PROJECT/promoter-manifest.yaml, images/PROJECT/images.yaml',
  }),
};
