import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type {InferredFlags} from '@oclif/core/interfaces';
import type {Surroundings} from '../lib/access/identities.ts';
import {BaseCommand} from '../lib/cli/base-command.ts';
import {networkFlags, withRegistries} from '../lib/cli/registries.ts';
import {several} from '../lib/cli/several.ts';
import {formatNamed, imagesBelow, registryNamed} from '../lib/cli/snapshot-request.ts';
import {soundPromotions} from '../lib/cli/sound-promotions.ts';
import type {RepositoryName} from '../lib/oci/reference.ts';
import {manifestIdentities} from '../lib/promoter-manifests/places.ts';
import {asList, formatSnapshot, snapshotFormats, type SnapshotFormat} from '../lib/snapshot/format.ts';
import {snapshotOfEdges, withoutParts} from '../lib/snapshot/from-manifests.ts';
import type {Snapshot as Images} from '../lib/snapshot/snapshot.ts';
import {takeSnapshot, type SessionFor} from '../lib/snapshot/take.ts';

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
    output: Flags.custom<SnapshotFormat>({
      description: 'yaml is images.yaml; csv has image@digest,image:tag a line, with - for no tag',
      helpValue: snapshotFormats.join('|'),
      parse: (text) => Promise.resolve(formatNamed(text)),
      default: 'yaml',
    })(),
    minimal: Flags.boolean({
      description:
        'leave out children of indexes that have no tag, and signatures, attestations and SBOMs of what is there',
      default: false,
    }),
    image: Flags.string({
      helpValue: 'NAME',
      description: 'only this image, by its name below PATH; repeatable',
      ...several,
      exclusive: ['from-manifests'],
    }),
    'from-manifests': Flags.string({
      helpValue: 'DIR',
      description:
        'what the thin manifests of that folder promote into it; the registry is asked with --minimal alone, what its indexes list',
    }),
    ...networkFlags,
  };

  override async run(): Promise<unknown> {
    const {args, flags} = await this.parse(Snapshot);
    const root = registryNamed(args.registry);
    const folder = flags['from-manifests'];
    const snapshot =
      folder === undefined ? await this.#take(root, flags) : await this.#fromManifests(folder, root, flags);
    if (!this.jsonEnabled()) process.stdout.write(formatSnapshot(snapshot, flags.output));
    return {ok: true, exitCode: 0, registry: args.registry, images: asList(snapshot)};
  }

  async #fromManifests(folder: string, root: RepositoryName, flags: SnapshotFlags): Promise<Images> {
    const snapshot = snapshotOfEdges(soundPromotions(this, {kind: 'thin', folder}).edges, root);
    if (!flags.minimal) return snapshot;
    return this.#asking(flags, (sessionFor) =>
      withoutParts(snapshot, (name) =>
        sessionFor({...root, path: root.path === '' ? name : `${root.path}/${name}`}),
      ),
    );
  }

  async #take(root: RepositoryName, flags: SnapshotFlags): Promise<Images> {
    const images = imagesBelow(flags.image ?? []);
    const {minimal} = flags;
    return this.#asking(flags, (sessionFor) =>
      takeSnapshot(root, sessionFor, {minimal, images, warn: this.noteWarning}),
    );
  }

  #asking(flags: SnapshotFlags, use: (sessionFor: SessionFor) => Promise<Images>): Promise<Images> {
    const identities = (surroundings: Surroundings) => manifestIdentities([], surroundings);
    return withRegistries(this, {flags, identities}, ({connection}) =>
      use((repository) =>
        connection.session({environment: null, label: repository.host, stage: null, repository}, 'source'),
      ),
    );
  }
}

type SnapshotFlags = InferredFlags<typeof Snapshot.flags & typeof Snapshot.baseFlags>;
