import * as Args from '@oclif/core/args';
import {BaseCommand} from '../lib/cli/base-command.ts';
import {atCursor, type AtCursor} from '../lib/cli/completion/at-cursor.ts';
import {completionShells, type CompletionShell} from '../lib/cli/completion/shell-scripts.ts';
import {answerTo} from '../lib/cli/completion/shown.ts';
import {typedLine} from '../lib/cli/completion/typed-line.ts';

/** What the scripts of `corectl completion` ask at each TAB. Nobody wants to read an error there: it has none. */
export default class Complete extends BaseCommand {
  static override hidden = true;
  static override summary = 'what may come next on a command line';
  static override enableJsonFlag = false;
  static override args = {
    shell: Args.string({options: [...completionShells], required: true}),
    line: Args.string({description: 'the command line up to the cursor', required: true}),
    replaced: Args.string({description: 'the end of it that bash replaces'}),
  };

  #bounded: AbortSignal | undefined;

  override async run(): Promise<void> {
    const {args} = await this.parse(Complete);
    const {line, replaced} = args;
    const here = atCursor(typedLine(line).words.slice(1), this.config);
    const known = await this.#known(here).catch(() => []);
    const candidates = [...here.candidates, ...known.map((value) => ({value}))];
    const values = candidates.map((one) => ({...one, value: `${here.inline}${one.value}`}));
    const answer = answerTo({shell: args.shell as CompletionShell, line, replaced}, here, values);
    // a name that is still looked up, or a program that is asked for a login, is not waited for
    process.stdout.write(answer, () => process.exit());
  }

  async #known(here: AtCursor): Promise<readonly string[]> {
    const {known} = here;
    if (known === undefined || known === 'files') return [];
    if (known !== 'images') {
      const {knownWords} = await import('../lib/cli/completion/known-words.ts');
      return knownWords(known, here, process.env);
    }
    const {imageWords} = await import('../lib/cli/completion/image-words.ts');
    return imageWords(this, here);
  }

  /** Ctrl-C, and the time that somebody waits for a TAB. */
  override interruption(): AbortSignal {
    return (this.#bounded ??= AbortSignal.any([
      super.interruption(),
      AbortSignal.timeout(registryMs(process.env)),
    ]));
  }

  override note(): void {
    // said to nobody: it would stand in the middle of the line that is typed
  }

  protected override catch(): Promise<void> {
    return Promise.resolve();
  }
}

/** What a registry may take to answer before nothing is known of it: as long as is hardly felt as waiting. */
function registryMs({CORECTL_COMPLETION_TIMEOUT: seconds}: NodeJS.ProcessEnv): number {
  const wanted = Number(seconds) * 1000;
  return wanted > 0 && wanted <= 60_000 ? wanted : 300;
}
