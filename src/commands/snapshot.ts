import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type {InferredFlags} from '@oclif/core/interfaces';
import {BaseCommand} from '../lib/cli/base-command.ts';
import type {Surroundings} from '../lib/access/identities.ts';
import {networkFlags, withRegistries} from '../lib/cli/registries.ts';
import {CorectlError} from '../lib/errors.ts';
import {manifestIdentities} from '../lib/promoter-manifests/places.ts';
import {invalidManifests, problemLines} from '../lib/promoter-manifests/problems-error.ts';
import {readPromotions} from '../lib/promoter-manifests/promotions.ts';
import {parseRegistry} from '../lib/promoter-manifests/read-registries.ts';
import {isRepositoryPath, type RepositoryName} from '../lib/oci/reference.ts';
import {asList, formatSnapshot, snapshotFormats} from '../lib/snapshot/format.ts';
import {snapshotOfEdges} from '../lib/snapshot/from-manifests.ts';
import type {Snapshot as Images} from '../lib/snapshot/snapshot.ts';
import {takeSnapshot} from '../lib/snapshot/take.ts';

export default class Snapshot extends BaseCommand {
  static override summary = 'print what a registry holds, as the list of images of a promoter manifest';
  static override description = `Names, digests and tags are sorted, so that two snapshots can be compared with diff; fed back as images.yaml, all of it is promoted. Google's registries list everything; of others the catalog and the tags are read, and what is below the tags: manifests that no tag leads to are not found there.

Exit codes:
  0    printed
  2    usage
  3    there is no such repository
  5    the registry refused, has no catalog, or could not be reached
  130  interrupted`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> prod.example.com/team',
    '<%= config.bin %> <%= command.id %> prod.example.com/team --image apple --image pear --output csv',
    '<%= config.bin %> <%= command.id %> prod.example.com/team --from-manifests registry.example.com',
  ];
  static override args = {
    registry: Args.string({description: 'HOST[:PORT][/PATH]', required: true}),
  };
  static override flags = {
    output: Flags.option({
      description: 'yaml is images.yaml; csv has image@digest,image:tag a line, with - for no tag',
      options: snapshotFormats,
      default: 'yaml' as const,
    })(),
    minimal: Flags.boolean({
      description: 'leave out children of indexes that have no tag',
      default: false,
      exclusive: ['from-manifests'],
    }),
    image: Flags.string({
      helpValue: 'NAME',
      description: 'only this image, by its name below PATH; repeatable',
      multiple: true,
      multipleNonGreedy: true,
      exclusive: ['from-manifests'],
    }),
    'from-manifests': Flags.string({
      helpValue: 'DIR',
      description: 'ask no registry: what the thin manifests of that folder promote into it',
    }),
    ...networkFlags,
  };

  override async run(): Promise<unknown> {
    const {args, flags} = await this.parse(Snapshot);
    const root = parseRegistry(args.registry);
    if (root === undefined) throw noRegistry(args.registry);
    const folder = flags['from-manifests'];
    const snapshot = folder === undefined ? await this.#take(root, flags) : this.#fromManifests(folder, root);
    if (!this.jsonEnabled()) process.stdout.write(formatSnapshot(snapshot, flags.output));
    return {ok: true, exitCode: 0, registry: args.registry, images: asList(snapshot)};
  }

  #fromManifests(folder: string, root: RepositoryName): Images {
    const {edges, problems} = readPromotions({kind: 'thin', folder}, process.cwd());
    for (const line of problemLines(problems)) this.note(line);
    if (problems.length > 0) throw invalidManifests(problems);
    return snapshotOfEdges(edges, root);
  }

  async #take(root: RepositoryName, flags: SnapshotFlags): Promise<Images> {
    const images = flags.image ?? [];
    const wrong = images.find((name) => !isRepositoryPath(name));
    if (wrong !== undefined) throw noImage(wrong);
    const identities = (surroundings: Surroundings) => manifestIdentities([], surroundings);
    return withRegistries(this, {flags, identities}, ({connection}) => {
      const sessionFor = (repository: RepositoryName) =>
        connection.session({environment: null, label: repository.host, stage: null, repository}, 'source');
      return takeSnapshot(root, sessionFor, {minimal: flags.minimal, images, warn: this.noteWarning});
    });
  }
}

type SnapshotFlags = InferredFlags<typeof Snapshot.flags & typeof Snapshot.baseFlags>;

function noRegistry(text: string): CorectlError {
  return new CorectlError({
    code: 'usage',
    message: `expected a registry as HOST[:PORT][/PATH], found ${JSON.stringify(text)}`,
    suggestions: ['leave out the scheme, tags and a / at the end'],
  });
}

function noImage(text: string): CorectlError {
  return new CorectlError({
    code: 'usage',
    message: `expected the name of an image below the path, found ${JSON.stringify(text)}`,
    suggestions: ['a name is in lower case and has neither tag nor digest: --image team/app'],
  });
}
