import {spawnSync} from 'node:child_process';
import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {packageFolder} from '../support/cli.ts';
import {executable} from '../support/real-tools.ts';

describe('the manual', () => {
  const folder = path.join(packageFolder, 'dist/man');
  const read = (file: string) => readFileSync(path.join(packageFolder, file), 'utf8');

  it('has a page for corectl and each command, and package.json names them all', () => {
    const {commands} = JSON.parse(read('oclif.manifest.json')) as {
      commands: Record<string, {hidden?: boolean}>;
    };
    const shown = Object.keys(commands).filter((id) => commands[id]?.hidden !== true);
    const pages = ['corectl', ...shown.map((id) => `corectl-${id.replaceAll(':', '-')}`)].map(
      (one) => `${one}.1`,
    );
    expect(readdirSync(folder).sort()).to.deep.equal(pages.sort());
    const {man} = JSON.parse(read('package.json')) as {man: string[]};
    expect(man).to.have.members(pages.map((page) => `./dist/man/${page}`));
  });

  it('tells of a command what its help does', () => {
    const page = readFileSync(path.join(folder, 'corectl-p2p-promote.1'), 'utf8').replaceAll('\\-', '-');
    expect(page)
      .to.contain('.TP\n\\fB-t\\fR, \\fB--tenant\\fR \\fITENANT\\fR\nowner of the images')
      .and.contain('.SH EXIT STATUS\n.TP\n\\fB0\\fR\nall promoted or up to date')
      .and.contain('\ncorectl p2p promote app:1.2.3 --tenant payments --from-stage fast-feedback\n');
  });

  const groff = executable('groff');
  (groff === undefined ? it.skip : it)('is rendered without a warning (needs groff)', () => {
    for (const page of readdirSync(folder)) {
      const {stdout, stderr} = spawnSync(groff!, ['-man', '-Tutf8', '-ww', path.join(folder, page)]);
      expect(stderr.toString()).to.equal('');
      expect(stdout.toString()).to.contain(page.replace(/\.1$/, '').toUpperCase());
    }
  });
});
