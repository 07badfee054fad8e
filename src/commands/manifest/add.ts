import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {addToManifest} from '../../lib/cli/runs/add-to-manifest.ts';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {networkFlags} from '../../lib/cli/flags/network-flags.ts';
import {several} from '../../lib/cli/flags/several.ts';
import {manifestSource} from '../../lib/promoter-manifests/promotions.ts';
import type {AddedDocument} from '../../lib/promoter-manifests/documents.ts';

export default class ManifestAdd extends BaseCommand {
  static override summary = 'add images to a promoter manifest, ready for a pull request';
  static override description = `Puts the digest that an image's tag has in the manifest's source registry, and the tag, into the list of images: at its place, with nothing else changed. An image with a digest (name:tag@sha256:…) is added without asking the registry. Without images, every image of the source that has the tag of --tag is added.

Exit codes:
  0  the list has them
  2  usage, or a manifest with problems
  3  an image is not in the source
  5  the registry refused or could not be reached`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> apple:1.2.3 --thin-manifest-dir registry.example.com --project fruit',
    '<%= config.bin %> <%= command.id %> apple:1.2.3 --tag latest --manifest fruit.yaml',
    '<%= config.bin %> <%= command.id %> --tag v1.2.3 --thin-manifest-dir registry.example.com --project fruit',
  ];
  static override args = {
    image: Args.string({
      description: 'name:tag, name:tag@sha256:… or name@sha256:…, as in the source registry',
      multiple: true,
    }),
  };
  static override flags = {
    manifest: Flags.string({
      char: 'm',
      helpValue: 'FILE',
      description: 'a plain manifest',
      exclusive: ['thin-manifest-dir'],
    }),
    'thin-manifest-dir': Flags.string({helpValue: 'DIR', description: 'a folder of thin manifests'}),
    project: Flags.string({
      helpValue: 'NAME',
      description: 'the project in that folder',
      dependsOn: ['thin-manifest-dir'],
    }),
    tag: Flags.string({
      helpValue: 'TAG',
      description:
        'another tag that the images are to have; without images, the tag of those to add; repeatable',
      ...several,
    }),
    ...networkFlags,
  };

  override async run(): Promise<AddedDocument> {
    const {args, flags} = await this.parse(ManifestAdd);
    const {manifest, project, tag: tags = [], 'thin-manifest-dir': folder} = flags;
    const source = manifestSource(manifest === undefined ? [] : [manifest], folder);
    const addition = {source, project, images: args.image ?? [], tags};
    const {file, changed, images} = await addToManifest(this, addition, flags);
    for (const {name, digest, tags: its} of images)
      this.log(`${file}: ${name}@${digest} ${its.join(', ') || 'without a tag'}`);
    return {ok: true, exitCode: 0, file, changed, images, error: null};
  }
}
