import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {networkFlags, withRegistries} from '../../lib/cli/registries.ts';
import {addImages, type AddedImage} from '../../lib/promoter-manifests/add.ts';
import {imageNamed, manifestToEdit, tagsNamed} from '../../lib/promoter-manifests/addition.ts';
import type {Surroundings} from '../../lib/access/identities.ts';
import {manifestIdentities} from '../../lib/promoter-manifests/places.ts';
import {invalidManifests, problemLines} from '../../lib/promoter-manifests/problems-error.ts';
import {manifestSource, readPromotions} from '../../lib/promoter-manifests/promotions.ts';
import {resolveAtSource} from '../../lib/promoter-manifests/resolve.ts';

export default class ManifestAdd extends BaseCommand {
  static override summary = 'add images to a promoter manifest, ready for a pull request';
  static override description = `Puts the digest that an image's tag has in the manifest's source registry, and the tag, into the list of images: at its place, with nothing else changed. An image with a digest (name:tag@sha256:…) is added without asking the registry.

Exit codes:
  0  the list has them
  2  usage, or a manifest with problems
  3  an image is not in the source
  5  the registry refused or could not be reached`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> apple:1.2.3 --thin-manifest-dir registry.example.com --project fruit',
    '<%= config.bin %> <%= command.id %> apple:1.2.3 --tag latest --manifest fruit.yaml',
  ];
  static override args = {
    image: Args.string({
      description: 'name:tag, name:tag@sha256:… or name@sha256:…, as in the source registry',
      required: true,
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
      description: 'another tag that the images are to have; repeatable',
      multiple: true,
      multipleNonGreedy: true,
    }),
    ...networkFlags,
  };

  override async run(): Promise<unknown> {
    const {args, flags} = await this.parse(ManifestAdd);
    const source = manifestSource(
      flags.manifest === undefined ? [] : [flags.manifest],
      flags['thin-manifest-dir'],
    );
    const {manifests, problems} = readPromotions(source, process.cwd());
    for (const line of problemLines(problems)) this.note(line);
    if (problems.length > 0) throw invalidManifests(problems);
    const manifest = manifestToEdit(manifests, source, flags.project);
    const more = tagsNamed(flags.tag ?? []);
    const names = args.image.map((text) => imageNamed(text, manifest));
    const identities = (surroundings: Surroundings) => manifestIdentities([manifest], surroundings);
    const added = await withRegistries(this, {flags, identities}, ({connection}) =>
      Promise.all(
        names.map(async (image): Promise<AddedImage> => ({
          name: image.name,
          digest: image.digest ?? (await resolveAtSource(manifest, image, connection)),
          tags: [...new Set([...(image.tag === undefined ? [] : [image.tag]), ...more])],
        })),
      ),
    );
    const file = path.resolve(manifest.imagesFile);
    const kind = source.kind === 'thin' ? 'file' : 'images';
    const {text, changed} = addImages(readFileSync(file, 'utf8'), {
      file: manifest.imagesFile,
      kind,
      images: added,
    });
    if (changed) writeFileSync(file, text);
    for (const {name, digest, tags} of added)
      this.log(`${manifest.imagesFile}: ${name}@${digest} ${tags.join(', ') || 'without a tag'}`);
    return {ok: true, exitCode: 0, file: manifest.imagesFile, changed, images: added};
  }
}
