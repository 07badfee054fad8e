import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../lib/cli/base-command.ts';
import {networkFlags} from '../lib/cli/flags/network-flags.ts';
import {several} from '../lib/cli/flags/several.ts';
import {snapshotOf} from '../lib/cli/runs/snapshot-of.ts';
import {formatNamed, registryNamed} from '../lib/cli/flags/snapshot-request.ts';
import {asList, formatSnapshot, snapshotFormats, type SnapshotFormat} from '../lib/snapshot/format.ts';
import type {SnapshotDocument} from '../lib/snapshot/documents.ts';

export default class Snapshot extends BaseCommand {
  static override summary = 'print what a registry holds, as the list of images of a promoter manifest';
  static override description = `Names, digests and tags are sorted, so that two snapshots can be compared with diff; fed back as images.yaml, all of it is promoted. Google's registries list everything; of others the catalog and the tags are read, and what is below the tags: manifests that no tag leads to are not found there.

Exit codes:
  0    printed
  2    usage
  3    there is no such repository, or no manifest promotes into it
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

  override async run(): Promise<SnapshotDocument> {
    const {args, flags} = await this.parse(Snapshot);
    const root = registryNamed(args.registry);
    const snapshot = await snapshotOf(this, root, flags);
    if (!this.jsonEnabled()) process.stdout.write(formatSnapshot(snapshot, flags.output));
    return {ok: true, exitCode: 0, registry: args.registry, images: asList(snapshot), error: null};
  }
}
