import {expect} from 'chai';
import path from 'node:path';
import {isolated, packageFolder} from '../support/cli.ts';
import {remove, temporaryFolder} from '../support/git.ts';
import {promotesBetweenRegistries, ran} from '../support/installation.ts';
import {describeWithRealRegistry} from '../support/real-registry.ts';
import {describeSlow} from '../support/slow-tests.ts';

/** Other programs `node`, of all the versions that are supported: CI names them. */
const nodes = [process.execPath, ...(process.env.CORECTL_NODES ?? '').split(':').filter(Boolean)];

describeSlow('the package in an empty prefix', function () {
  this.timeout(300_000);
  let folder: string;
  let entry: string;
  before(async () => {
    folder = temporaryFolder();
    const env = {...isolated(folder), npm_config_update_notifier: 'false'};
    const pack = ['npm', 'pack', packageFolder, '--json', '--ignore-scripts', '--pack-destination', folder];
    const packed = await ran(pack, env);
    const [{filename}] = JSON.parse(packed.stdout) as [{filename: string}];
    const prefix = path.join(folder, 'prefix');
    const install = [
      'npm',
      'install',
      '--global',
      '--offline',
      '--no-audit',
      '--no-fund',
      '--prefix',
      prefix,
    ];
    const installed = await ran([...install, path.join(folder, filename)], env);
    expect(installed.code, installed.stderr).to.equal(0);
    entry = path.join(prefix, 'bin/corectl');
  });
  after(() => {
    remove(folder);
  });

  for (const node of nodes) {
    it(`takes the tour with ${node}`, async () => {
      const {code, stdout, stderr} = await ran([node, entry, 'sandbox', '--run'], isolated(folder));
      expect(code, stderr).to.equal(0);
      expect(stdout).to.match(/\nVerified: /);
    });
  }

  describeWithRealRegistry('between two registries', () => {
    for (const node of nodes) {
      it(`promotes with ${node}`, () => promotesBetweenRegistries([node, entry]));
    }
  });
});
