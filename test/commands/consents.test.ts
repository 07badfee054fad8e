// What an environments repository cannot allow, and how its user is told and asked.
import {expect} from 'chai';
import {mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {runCli, type CliResult} from '../support/cli.ts';
import {commit, remove, temporaryFolder} from '../support/git.ts';
import {atTerminal, hasTerminal} from '../support/terminal.ts';

const gcp = '{vendor: gcp, projectId: core-prod, projectNumber: "123456789012", region: europe-west2}';

const environments: Readonly<Record<string, string>> = {
  own: '{}',
  named: "{url: 'harbor.example.com/{tenant}', credentials: gcp}",
  again: "{url: 'harbor.example.com/more/{tenant}', credentials: gcp}",
  implied: "{url: 'quay.example.com/{tenant}'}",
  lab: "{url: 'registry.lan:5000/{tenant}', credentials: docker, plainHttp: true}",
  disk: "{url: 'oci:/mnt/disk/{tenant}'}",
  each: "{url: '{tenant}.registries.example.com/images', credentials: gcp}",
  docker: "{url: 'ghcr.example.com/{tenant}', credentials: docker}",
};

describe('consent that a repository cannot give', () => {
  let work: string;
  let repository: string;
  const settings = () => path.join(work, 'corectl', 'corectl.yaml');
  const corectl = (...args: string[]): Promise<CliResult> => runCli(args, {home: work});

  function write(chosen: readonly string[]): void {
    commit(repository, {
      'corectl.yaml': `p2p:\n  prod: {default-envs: [${chosen.join(', ')}]}\n`,
      'environments/environments.yaml': `enabled: [${chosen.join(', ')}]\n`,
      ...Object.fromEntries(
        chosen.map((name) => [
          `environments/${name}/config.yaml`,
          `environment: ${name}\nplatform: ${gcp}\n${name === 'own' ? '' : `registry: ${environments[name] ?? ''}\n`}`,
        ]),
      ),
      'tenants/tenants/payments.yaml': `name: payments\nenvironments: [${chosen.join(', ')}]\n`,
    });
  }

  beforeEach(() => {
    work = temporaryFolder();
    repository = path.join(work, 'repository');
    mkdirSync(repository);
  });
  afterEach(() => {
    remove(work);
  });

  it('is listed by init with the very lines that give it, and no more once they stand there', async () => {
    write(Object.keys(environments));
    const {code, stderr} = await corectl('init', '-e', repository);
    expect(code).to.equal(0);
    const told = stderr.slice(stderr.indexOf('the environments repository uses')).split('\n').slice(1, -1);
    const at = (name: string) => `(environments/${name}/config.yaml:3:12 registry.url)`;
    expect(told).to.deep.equal([
      `  harbor.example.com may be shown a token of Google: environments again, named ${at('again')}`,
      `  images may be kept below /mnt/disk: environment disk ${at('disk')}`,
      `  *.registries.example.com may be shown a token of Google: environment each ${at('each')}`,
      `  quay.example.com may be shown a token of Google: environment implied ${at('implied')}; until then docker's login for it, or none, is used`,
      `  registry.lan:5000 may be spoken to by http: environment lab ${at('lab')}`,
      `if all of that is as it should be: corectl init -e ${repository} --trust-host harbor.example.com --trust-folder /mnt/disk --trust-host '*.registries.example.com' --trust-host quay.example.com --plain-http registry.lan:5000`,
      `or, in ${settings()}, these lines:`,
      '  trusted-hosts: ["harbor.example.com", "*.registries.example.com", "quay.example.com"]',
      '  plain-http: ["registry.lan:5000"]',
      '  trusted-folders: ["/mnt/disk"]',
    ]);
    const lines = told.slice(-3).map((line) => line.trim());
    writeFileSync(settings(), `${readFileSync(settings(), 'utf8')}${lines.join('\n')}\n`);
    expect((await corectl('init', '-e', repository)).stderr).to.not.contain('uses what it cannot allow');
  });

  it('is listed for the key that promotions are to be signed with, and kept', async () => {
    write(['own']);
    commit(repository, {
      'corectl.yaml': 'p2p:\n  record: {key: env://DEPLOY_TOKEN}\n  prod: {default-envs: [own]}\n',
    });
    const {stdout, stderr} = await corectl('init', '-e', repository, '--json');
    expect((JSON.parse(stdout) as {missingConsents: unknown}).missingConsents).to.deep.equal([
      {setting: 'record-keys', value: 'env://DEPLOY_TOKEN', environments: [], needed: true},
    ]);
    expect(stderr)
      .to.contain('records of promotions may be signed with env://DEPLOY_TOKEN: corectl.yaml:2:')
      .and.contain(`corectl init -e ${repository} --record-key env://DEPLOY_TOKEN`)
      .and.contain('  record-keys: ["env://DEPLOY_TOKEN"]');
    await corectl('init', '-e', repository, '--record-key', 'env://DEPLOY_TOKEN');
    expect((await corectl('update')).stderr).to.not.contain('cannot allow');
    expect(readFileSync(settings(), 'utf8')).to.contain('env://DEPLOY_TOKEN');
  });

  it('is kept by init where a flag gives it, beside what is there, and stays with update', async () => {
    write(['named', 'lab', 'disk', 'each']);
    const {code} = await corectl('init', '-e', repository, '--trust-host', 'harbor.example.com');
    expect(code).to.equal(0);
    const more = [
      '--plain-http',
      'registry.lan:5000',
      '--trust-folder',
      '/mnt',
      '--trust-host',
      '*.example.com',
    ];
    const {stderr} = await corectl('init', '-e', repository, ...more);
    expect(stderr).to.not.contain('cannot allow');
    expect((await corectl('update')).stderr).to.not.contain('cannot allow');
    const kept = readFileSync(settings(), 'utf8');
    expect(kept).to.contain(`cplatform: ${repository}`);
    for (const one of ['harbor.example.com', '*.example.com', 'registry.lan:5000', '/mnt'])
      expect(kept.split(one).length, one).to.equal(2);
    expect(statSync(settings()).mode & 0o777).to.equal(0o600);
  });

  it('is told by update for what a new commit brings, in its document too', async () => {
    write(['own']);
    expect((await corectl('init', '-e', repository)).stderr).to.not.contain('cannot allow');
    write(['own', 'named']);
    const {code, stdout, stderr} = await corectl('update', '--json');
    expect(code).to.equal(0);
    expect((JSON.parse(stdout) as {missingConsents: unknown}).missingConsents).to.deep.equal([
      {setting: 'trusted-hosts', value: 'harbor.example.com', environments: ['named'], needed: true},
    ]);
    expect(stderr).to.contain(`corectl init -e ${repository} --trust-host harbor.example.com`);
  });

  it('is no host and no folder where that is misspelt: nothing is cloned', async () => {
    write(['own']);
    for (const [flag, text] of [
      ['--trust-host', 'https://harbor.example.com'],
      ['--plain-http', '*'],
      ['--trust-folder', 'C:/disk'],
    ] as const) {
      const {code, stderr} = await corectl('init', '-e', repository, flag, text);
      expect(code, text).to.equal(2);
      expect(stderr).to.contain(`${flag}: expected`);
    }
  });

  const title = 'is asked of somebody at a terminal: who says yes is not asked again, anything else is no';
  if (!hasTerminal) it(`${title} (needs script of util-linux)`);
  else
    it(title, async () => {
      write(['named', 'implied', 'lab', 'disk']);
      const first = await atTerminal(['init', '-e', repository], work, [
        ['harbor.example.com may be shown a token of Google? environment named', 'y'],
        ['registry.lan:5000 may be spoken to by http? environment lab', ''],
        ['images may be kept below /mnt/disk? environment disk', 'no'],
      ]);
      expect(first.code, first.shown).to.equal(0);
      expect(readFileSync(settings(), 'utf8')).to.contain('harbor.example.com').and.not.contain('lan');
      expect(first.shown)
        .to.contain('--plain-http registry.lan:5000')
        .and.contain('--trust-folder /mnt/disk');
      const second = await atTerminal(['update'], work, [
        ['registry.lan:5000 may be spoken to by http?', 'yes'],
        ['images may be kept below /mnt/disk?', 'Y'],
      ]);
      expect(second.shown).to.not.contain('harbor.example.com may');
      expect(second.shown).to.contain('quay.example.com may be shown a token of Google: environment implied');
      const kept = readFileSync(settings(), 'utf8');
      expect(kept).to.contain('registry.lan:5000').and.contain('/mnt/disk').and.not.contain('quay');
    });
});
