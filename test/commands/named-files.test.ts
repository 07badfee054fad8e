import {execFileSync} from 'node:child_process';
import path from 'node:path';
import {expect} from 'chai';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {startTestRegistry, type TestRegistry} from '../support/registry.ts';

describe('what is named as a file and is none, a pipe that nobody writes to,', () => {
  let home: PromotionHome;
  let pipe: string;
  let registry: TestRegistry;
  before(async () => {
    const users = [{name: 'me', password: 'canary-named-files'}];
    registry = await startTestRegistry({auth: {kind: 'basic', users}});
    const registries = {dev: registry.host, eu: registry.host};
    home = await promotionHome({registries, stages: {'fast-feedback': ['dev'], 'extended-test': ['eu']}});
    pipe = path.join(home.folder, 'config.json');
    execFileSync('mkfifo', [pipe]);
  });
  after(async () => {
    home.remove();
    await registry.close();
  });

  const promote = ['p2p', 'promote', 'app:1', '-t', 'payments', '--from-stage', 'fast-feedback'];

  for (const flag of ['--source-auth-override', '--dest-auth-override', '--ca-file', '--images-file']) {
    it(`is not waited for as ${flag}`, async () => {
      const {code, stdout, stderr} = await home.corectl([...promote, flag, pipe]);
      expect(
        [code, `${stdout}${stderr}`.includes('it is a pipe that nobody writes to')],
        stderr,
      ).to.deep.equal([2, true]);
    });
  }

  it('is not waited for as an initialisation file', async () => {
    const {code, stderr} = await home.corectl(['init', '-f', pipe]);
    expect(code).to.equal(2);
    expect(stderr).to.contain(`cannot read "${pipe}" (it is a pipe that nobody writes to)`);
  });

  it("is not waited for as docker's configuration", async () => {
    for (const env of [{DOCKER_CONFIG: home.folder}, {REGISTRY_AUTH_FILE: pipe}]) {
      const {code, stdout} = await home.corectl(promote, {env});
      expect(code).to.equal(5);
      expect(stdout).to.contain(`${pipe}: it cannot be read (it is a pipe that nobody writes to)`);
    }
  });
});
