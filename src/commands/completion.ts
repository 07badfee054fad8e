import * as Args from '@oclif/core/args';
import {BaseCommand} from '../lib/cli/base-command.ts';
import type {CompletionDocument} from '../lib/cli/completion/documents.ts';
import {scriptFor, completionShells, type CompletionShell} from '../lib/cli/completion/shell-scripts.ts';

export default class Completion extends BaseCommand {
  static override summary = 'print the script that lets a shell complete commands, flags and names';
  static override description = `Commands and flags are known from corectl itself; tenants, stages and environments from the environments repository; images and their tags from the registry, as whoever would promote them, if it answers within 0.3 s (or as many seconds as CORECTL_COMPLETION_TIMEOUT says).

bash, in ~/.bashrc:
  eval "$(corectl completion bash)"
zsh, in ~/.zshrc after compinit:
  eval "$(corectl completion zsh)"
fish, once:
  corectl completion fish > ~/.config/fish/completions/corectl.fish

The script asks corectl at each TAB: it need not be made anew for a newer one.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> bash',
    '<%= config.bin %> <%= command.id %> fish > ~/.config/fish/completions/corectl.fish',
  ];
  static override args = {
    shell: Args.string({
      description: 'the shell that reads it',
      options: [...completionShells],
      required: true,
    }),
  };

  override async run(): Promise<CompletionDocument> {
    const {args} = await this.parse(Completion);
    const script = scriptFor[args.shell as CompletionShell];
    this.log(script.trimEnd());
    return {ok: true, exitCode: 0, shell: args.shell, script, error: null};
  }
}
