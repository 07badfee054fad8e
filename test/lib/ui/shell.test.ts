import {execFileSync} from 'node:child_process';
import {expect} from 'chai';
import {setVariables, shells, type Shell} from '../../../src/lib/ui/shell.ts';
import {describeWith, executable} from '../../support/real-tools.ts';

// what a shell would expand, end or take for several words
const hostile = `a'b"c\`id\`$HOME\${x}$(id) \\ \\' ;|&<>*?[]{}~!# ’‘‚‛ \t=`;

describe('variables for a shell', () => {
  it('are a statement each', () => {
    expect(shells.map((shell) => setVariables({A: 'x y', B: "it's"}, shell))).to.deep.equal([
      "export A='x y'\nexport B='it'\\''s'\n",
      "export A='x y'\nexport B='it'\\''s'\n",
      "set -gx A 'x y';\nset -gx B 'it\\'s';\n",
      "$env:A = 'x y'\n$env:B = 'it''s'\n",
    ]);
  });

  for (const [shell, tool] of [
    ['bash', undefined],
    ['zsh', 'zsh'],
    ['fish', 'fish'],
    ['powershell', 'pwsh'],
  ] as const) {
    describeWith(tool === undefined ? [] : [tool], `read by ${shell}`, () => {
      it('are what they were, and start nothing', () => {
        expect(readBy(shell, tool ?? 'bash')).to.equal(`${hostile}|plain`);
      });
    });
  }
});

function readBy(shell: Shell, program: string): string {
  const script = `${setVariables({HOSTILE: hostile, PLAIN: 'plain'}, shell)}\nprintenv HOSTILE PLAIN\n`;
  const flags = {
    bash: ['--norc', '-c'],
    zsh: ['-f', '-c'],
    fish: ['--no-config', '-c'],
    powershell: ['-NoProfile', '-Command'],
  };
  const printed = execFileSync(executable(program) ?? program, [...flags[shell], script], {
    env: {PATH: process.env.PATH ?? '', HOME: '/nonexistent', LC_ALL: 'C.UTF-8'},
  }).toString();
  return printed.trimEnd().replace(/\n(?=plain$)/, '|');
}
