import {createHash} from 'node:crypto';
import {mkdir, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {expect} from 'chai';
import {writeEnvironmentsRepository} from '../../bench/environments-repository.ts';
import {pushImage} from '../../bench/image.ts';
import {runCli} from '../support/cli.ts';
import {startRealRegistry, type RealRegistry} from '../support/real-registry.ts';
import {describeWith} from '../support/real-tools.ts';
import {inspectRaw, skopeoCopy} from '../support/skopeo.ts';

describeWith(['docker-registry', 'skopeo'], 'a promotion, as skopeo sees it,', function () {
  let home: string;
  let dev: RealRegistry;
  let prod: RealRegistry;

  before(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'corectl-skopeo-'));
    [dev, prod] = await Promise.all([startRealRegistry(), startRealRegistry()]);
  });

  after(async () => {
    await Promise.all([dev.stop(), prod.stop()]);
    await rm(home, {recursive: true, force: true});
  });

  it('leaves the same index, and everything below it can be copied', async () => {
    const digest = await pushImage(new URL('/v2/tenant/t/fast-feedback/app', dev.origin), '1.0.0', {
      platforms: ['amd64', 'arm64'],
      layers: 3,
      layerSize: 20_000,
    });
    const repository = path.join(home, 'environments');
    await mkdir(repository);
    await writeEnvironmentsRepository(repository, {
      tenant: 't',
      environments: {dev: dev.host, prod: prod.host},
      stages: {
        'fast-feedback': {environments: ['dev'], next: ['prod']},
        prod: {environments: ['prod'], next: []},
      },
    });
    expect((await runCli(['init', '-e', repository], {home})).code).to.equal(0);

    const args = ['p2p', 'promote', 'app:1.0.0', '--tenant', 't', '--from-stage', 'fast-feedback'];
    const {code, stderr} = await runCli(args, {home});

    expect(code, stderr).to.equal(0);
    const promoted = `${prod.host}/tenant/t/prod/app:1.0.0`;
    const index = await inspectRaw(promoted, home);
    expect(`sha256:${createHash('sha256').update(index).digest('hex')}`).to.equal(digest);
    await skopeoCopy(promoted, `${dev.host}/copied/app:1.0.0`, home);
  });
});
