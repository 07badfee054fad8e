import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../lib/cli/base-command.ts';
import {homeDirectory} from '../lib/environments/home.ts';
import type {Settings} from '../lib/environments/settings.ts';
import {planInitialisation, readInitialisationFile} from '../lib/environments/checkout/initialise.ts';
import {install} from '../lib/environments/checkout/install.ts';
import {githubToken} from '../lib/environments/checkout/token.ts';
import {tokenOf} from '../lib/cli/token-flag.ts';
import {CorectlError} from '../lib/errors.ts';
import {ask, mayAsk} from '../lib/ui/ask.ts';
import {count} from '../lib/ui/count.ts';
import {describeInstalled, tellingInstallation, type InstalledDocument} from '../lib/ui/installed.ts';
import {renderStages} from '../lib/ui/stage-table.ts';

export default class Init extends BaseCommand {
  static override summary = 'clone the environments repository, check it, and remember it';
  static override description = `Stages, environments and tenants are read from a git repository. The same repository again updates the clone; a failed init leaves what was there before.

The clone is kept in CORECTL_HOME, else in $XDG_CONFIG_HOME/corectl, else in ~/.config/corectl. No token is written there.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> -e https://github.com/example/environments',
    '<%= config.bin %> <%= command.id %> -e git@github.com:example/environments.git --ref v3',
    '<%= config.bin %> <%= command.id %> -f corectl-init.yaml',
    '<%= config.bin %> <%= command.id %> -e . --strict',
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
    'github-token': Flags.string({
      char: 't',
      helpValue: 'TOKEN',
      description:
        'for https; - reads it from standard input, as others can read arguments [env: CORECTL_GITHUB_TOKEN; for GitHub GITHUB_TOKEN, GH_TOKEN]',
    }),
    force: Flags.boolean({description: 'replace what was initialised from another repository'}),
    strict: Flags.boolean({description: 'fail on any problem in the repository, with exit code 2'}),
  };

  override async run(): Promise<InstalledDocument> {
    const {flags} = await this.parse(Init);
    const home = homeDirectory(process.env);
    const from = await this.named(flags['environments-repo'], flags.file);
    const {ref, force, strict} = flags;
    const installed = await install({
      home,
      plan: () => planInitialisation({home, cwd: process.cwd(), from, ref, force}),
      token: githubToken(await tokenOf(flags['github-token'], process.stdin), process.env),
      strict,
      env: process.env,
      terminal: mayAsk(),
      signal: this.interruption(),
      on: {
        ...tellingInstallation(home, (line) => {
          this.note(line);
        }),
        plan: ({source}) => {
          this.note(`cloning ${source.url}`);
        },
      },
    });
    const document = describeInstalled(installed);
    this.log(renderStages(document.stages, {width: process.stdout.columns}).trimEnd());
    this.log(`${count(document.tenants, 'tenant')}, commit ${document.commit.slice(0, 12)}`);
    return document;
  }

  private async named(repository: string | undefined, file: string | undefined): Promise<string | Settings> {
    if (file !== undefined) return readInitialisationFile(file);
    const named = repository ?? process.env.CORECTL_ENVIRONMENTS_REPO;
    if (named) return named;
    if (mayAsk()) return ask('environments repository (URL or path): ', this.interruption());
    throw new CorectlError({
      code: 'usage',
      message: 'expected an environments repository, found none',
      suggestions: ['corectl init -e URL|PATH, or set CORECTL_ENVIRONMENTS_REPO'],
    });
  }
}
