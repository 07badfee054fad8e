// The scripts of `corectl completion` in the shells that they are for: keys are pressed, and the words are looked at that come of it.
import {expect} from 'chai';
import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {isolated, writeProgram} from '../support/cli.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {describeInTerminal, inTerminal} from '../support/pseudo-terminal.ts';
import {describeWith, executable} from '../support/real-tools.ts';
import {pushImage, startTestRegistry, type TestRegistry} from '../support/registry.ts';

// what a shell would expand, end or take for several words
const hostile = `it's "x" $HOME \${x} $(touch pwned) \`touch pwned\` \\ ;|&<>*?[]{}~#!:=@ é`;

/** What a shell reads first: a prompt to wait for, the script, and a corectl that shows what it is called with. */
const startUp = {
  bash: `PS1='READY> '; HISTFILE=
. ./completion
corectl() { local IFS='|'; printf '<<%s>>' "$*"; }
`,
  zsh: `PS1='READY> '; autoload -U compinit; compinit -u -D
. ./completion
corectl() { printf '<<%s>>' "\${(j:|:)@}"; }
`,
  fish: `function fish_prompt; echo 'READY> '; end
set fish_greeting
source ./completion
function corectl; printf '<<%s>>' (string join '|' -- $argv); end
`,
} as const;

describe('completion in a shell', () => {
  let registry: TestRegistry;
  let home: PromotionHome;

  before(async () => {
    registry = await startTestRegistry();
    for (const tag of ['1.2.3', '2.0.0'])
      await pushImage(registry, 'tenant/payments/extended-test/app', tag, {layers: 1, layerSize: 100});
    home = await promotionHome({
      registries: {dev: registry.host, prod: registry.host},
      stages: {'extended-test': ['dev'], prod: ['prod']},
      files: {
        'tenants/tenants/search.yaml': `name: search\nkind: DeliveryUnit\nowner: ${JSON.stringify(hostile)}\nenvironments: [dev]\n`,
      },
    });
  });
  after(async () => {
    home.remove();
    await registry.close();
  });

  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    describeWith(shell === 'bash' ? [] : [shell], shell, () => {
      before(async () => {
        const {code, stdout} = await home.corectl(['completion', shell]);
        expect(code).to.equal(0);
        mkdirSync(path.join(home.folder, shell, '.config/fish'), {recursive: true});
        writeFileSync(path.join(home.folder, shell, 'completion'), stdout);
      });

      describeInTerminal('at a terminal', () => {
        it('completes a command, a flag and its value', async () => {
          await expectWords(
            'p2p prom\t--from-s\text\t-t pay\t',
            'p2p promote --from-stage extended-test -t payments',
          );
        });

        it('completes behind = and :', async () => {
          await expectWords('p2p promote --tenant=pay\tapp:1\t', 'p2p promote --tenant=payments app:1.2.3');
        });

        it('takes a name that is made of what shells expand as it is', async () => {
          expect(await pressed('tenant list --owner it\t')).to.deep.equal([
            'tenant',
            'list',
            '--owner',
            hostile,
          ]);
        });

        it('takes it so within quotes', async () => {
          expect(await pressed("tenant list --owner 'it\t")).to.deep.equal([
            'tenant',
            'list',
            '--owner',
            hostile,
          ]);
          expect(await pressed('tenant list --owner="or\t')).to.deep.equal(['tenant', 'list', '--owner=org']);
        });

        it('completes names of files where a file is wanted', async () => {
          await expectWords('p2p apply saved\t', 'p2p apply saved-plan.json');
        });

        async function expectWords(keys: string, words: string): Promise<void> {
          expect(await pressed(keys)).to.deep.equal(words.split(' '));
        }
      });
    });

    /** The words that the shell hands over, once the keys were pressed behind `corectl `. */
    async function pressed(keys: string): Promise<string[]> {
      const cwd = path.join(home.folder, shell);
      writeProgram(cwd);
      writeFileSync(path.join(cwd, 'saved-plan.json'), '{}');
      for (const file of ['.bashrc', '.zshrc', '.config/fish/config.fish'])
        writeFileSync(path.join(cwd, file), startUp[shell]);
      const base = isolated(path.join(home.folder, 'home'));
      const env = {...base, HOME: cwd, ZDOTDIR: cwd, PATH: `${cwd}:${base.PATH ?? ''}`, TERM: 'dumb'};
      const first = shell === 'bash' ? ['--noprofile', '--rcfile', path.join(cwd, '.bashrc')] : [];
      const {type, raw, until, ended} = inTerminal([executable(shell) ?? shell, ...first, '-i'], {
        ...{columns: 400, height: 50, cwd},
        env: {...env, LC_ALL: 'C.UTF-8', CORECTL_COMPLETION_TIMEOUT: '60'},
      });
      await until(() => raw().includes('READY> '));
      type(`corectl ${keys}\r`);
      await until(() => /<<.*>>/.test(raw()));
      type('exit\r');
      await ended;
      expect(existsSync(path.join(cwd, 'pwned')), `something was run: ${readdirSync(cwd).join()}`).to.equal(
        false,
      );
      return (/<<(.*)>>/.exec(raw())?.[1] ?? '')
        .replace(hostile, () => 'H')
        .split('|')
        .map((word) => (word === 'H' ? hostile : word));
    }
  }
});
