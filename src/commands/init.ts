import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../lib/cli/base-command.ts';
import {allowedBy, consentFlags, recordKeyFlag} from '../lib/cli/flags/consents.ts';
import {installWith} from '../lib/cli/installation.ts';
import {repositoryNamed} from '../lib/cli/asking/repository-named.ts';
import {settleConsents} from '../lib/cli/asking/settle-consents.ts';
import {tokenFlag} from '../lib/cli/flags/token-flag.ts';
import {planInitialisation} from '../lib/environments/checkout/initialise.ts';
import type {InstalledDocument} from '../lib/environments/documents.ts';
import {homeDirectory} from '../lib/environments/home.ts';
import {count} from '../lib/ui/count.ts';
import {describeInstalled} from '../lib/ui/installed.ts';
import {describeMissing} from '../lib/ui/missing-consents.ts';
import {renderStages} from '../lib/ui/stage-table.ts';

export default class Init extends BaseCommand {
  static override summary = 'clone the environments repository, check it, and remember it';
  static override description = `Stages, environments and tenants are read from a git repository. The same repository again updates the clone; a failed init leaves what was there before.

Hosts that may be shown a cloud's token or spoken to by http, folders that may hold images, and the key that records of promotions are signed with are not for the repository to allow: those that it uses are listed, asked for at a terminal, and kept in the settings, as --trust-host, --plain-http, --trust-folder and --record-key are.

The clone is kept in CORECTL_HOME, else in $XDG_CONFIG_HOME/corectl, else in ~/.config/corectl. No token is written there.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> -e https://github.com/example/environments',
    '<%= config.bin %> <%= command.id %> -e git@github.com:example/environments.git --ref v3',
    '<%= config.bin %> <%= command.id %> -f corectl-init.yaml',
    '<%= config.bin %> <%= command.id %> -e . --strict',
    '<%= config.bin %> <%= command.id %> -e https://github.com/example/environments --trust-host harbor.example.com',
  ];
  static override flags = {
    'environments-repo': Flags.string({
      char: 'e',
      helpValue: 'URL|PATH',
      description: 'https, ssh or a local path [env: CORECTL_ENVIRONMENTS_REPO]',
      exclusive: ['file'],
    }),
    file: Flags.string({
      char: 'f',
      helpValue: 'FILE',
      description: 'an initialisation file with repositories.cplatform and p2p',
    }),
    ref: Flags.string({
      helpValue: 'BRANCH|TAG|SHA',
      description: "instead of the repository's default branch",
    }),
    ...tokenFlag,
    force: Flags.boolean({description: 'replace what was initialised from another repository'}),
    strict: Flags.boolean({description: 'fail on any problem in the repository, with exit code 2'}),
    ...consentFlags,
    ...recordKeyFlag,
  };

  override async run(): Promise<InstalledDocument> {
    const {flags} = await this.parse(Init);
    const home = homeDirectory(process.env);
    const signal = this.interruption();
    allowedBy(flags, process.cwd());
    const from = await repositoryNamed(flags, signal);
    const {ref, force} = flags;
    const installed = await installWith(this, {
      home,
      plan: () => planInitialisation({home, cwd: process.cwd(), from, ref, force}),
      flags,
      signal,
      on: {
        plan: ({source}) => {
          this.note(`cloning ${source.url}`);
        },
      },
    });
    const document = describeInstalled(installed);
    this.log(renderStages(document.stages, {width: process.stdout.columns}).trimEnd());
    this.log(`${count(document.tenants, 'tenant')}, commit ${document.commit.slice(0, 12)}`);
    const missing = await settleConsents(this, installed, {flags, signal});
    return {...document, missingConsents: describeMissing(missing)};
  }
}
