import {existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import type {ConsentFlags} from '../../src/lib/cli/flags/consents.ts';
import {runCli} from '../support/cli.ts';
import {commit, remove, temporaryFolder, type Files} from '../support/git.ts';
import {tagsOf, wholeLayout} from '../support/layouts.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {pushIndex, registriesOfTest, type TestRegistry} from '../support/registry.ts';

describe('corectl and folders of OCI image layouts', function () {
  const registries = registriesOfTest();
  let work: string;
  let disk: string;
  let home: PromotionHome | undefined;

  beforeEach(() => {
    work = temporaryFolder();
    disk = path.join(work, 'disk');
    mkdirSync(path.join(disk, 'tenant'), {recursive: true});
  });
  afterEach(() => {
    home?.remove();
    home = undefined;
    remove(work);
  });

  const stages = {'fast-feedback': ['dev'], 'extended-test': ['disk'], prod: ['prod']};
  const promote = ['p2p', 'promote', 'app:1.0.0', '--tenant', 'payments', '--from-stage'];

  async function started(
    folder = disk,
    consent: ConsentFlags = {'trust-folder': [folder]},
  ): Promise<{home: PromotionHome; dev: TestRegistry}> {
    const [dev, prod] = [await registries.start(), await registries.start()];
    const environments = {dev: dev.host, disk: `oci:${folder}`, prod: prod.host};
    home = await promotionHome({registries: environments, stages, consent});
    return {home, dev};
  }

  it('promote into an environment that is one, and on from there', async () => {
    const {home, dev} = await started();
    const image = await pushIndex(dev, 'tenant/payments/fast-feedback/app', '1.0.0', {attestation: true});
    const directory = path.join(disk, 'tenant/payments/extended-test/app');
    const into = await home.corectl([...promote, 'fast-feedback', '--json']);
    expect(into.code).to.equal(0);
    const {images} = JSON.parse(into.stdout) as {images: {destinations: {reference: string}[]}[]};
    expect(images[0]!.destinations[0]).to.include({reference: `oci:${directory}:1.0.0`, environment: 'disk'});
    expect(await tagsOf(directory)).to.deep.equal({'1.0.0': image.digest});
    await wholeLayout(directory);
    const out = await home.corectl([...promote, 'extended-test']);
    expect(out.stderr + out.stdout)
      .to.include(`source oci:${directory}:1.0.0`)
      .and.include('promoted');
    expect(out.code).to.equal(0);
  });

  it('show where they are, and what their permissions allow', async () => {
    const {home} = await started();
    const shown = await home.corectl(['p2p', 'stages', '--tenant', 'payments']);
    expect(shown.stdout).to.include(`oci:${disk}/tenant/payments/extended-test`);
    expect((await home.corectl(['p2p', 'stages'])).stdout).to.include(`oci:${disk}/tenant`);
    const check = ['auth', 'check', '--tenant', 'payments', '--environment', 'disk'];
    const allowed = await home.corectl(check);
    expect(allowed.stdout).to.match(/disk +- +permissions of the folder +- +yes +yes/);
    expect(allowed.code).to.equal(0);
    remove(disk);
    const gone = await home.corectl(check);
    expect(gone.stderr).to.include(`there is no folder ${disk}/tenant`);
    expect(gone.code).to.equal(5);
  });

  it('stop in the preflight where the disk is not mounted, and make nothing in its place', async () => {
    const {home, dev} = await started();
    await pushIndex(dev, 'tenant/payments/fast-feedback/app', '1.0.0');
    remove(disk);
    const {code, stdout} = await home.corectl([...promote, 'fast-feedback']);
    expect(code).to.equal(5);
    expect(stdout).to.include(`destination disk (extended-test): oci:${disk}`).and.include('mkdir -p');
    expect(existsSync(disk)).to.equal(false);
  });

  it("never write to corectl's own folder, not by a link either", async () => {
    const link = path.join(work, 'link');
    const {home, dev} = await started(link);
    const own = path.join(home.folder, 'home', 'corectl');
    expect(existsSync(own)).to.equal(true);
    mkdirSync(path.join(own, 'tenant'));
    symlinkSync(own, link);
    await pushIndex(dev, 'tenant/payments/fast-feedback/app', '1.0.0');
    const {code, stdout} = await home.corectl([...promote, 'fast-feedback']);
    expect(code).to.equal(5);
    expect(stdout).to.include("is inside of corectl's own folder");
    expect(existsSync(path.join(own, 'tenant', 'payments'))).to.equal(false);
  });

  it('need no consent where a folder was made for them: it is empty, or holds nothing but images', async () => {
    const {home, dev} = await started(disk, {});
    const image = await pushIndex(dev, 'tenant/payments/fast-feedback/app', '1.0.0');
    for (const stage of ['fast-feedback', 'extended-test']) {
      const {code, stdout, stderr} = await home.corectl([...promote, stage, '--json']);
      expect(code, stdout + stderr).to.equal(0);
      expect(stdout).to.include(image.digest);
    }
    // among anything else, they do
    writeFileSync(path.join(disk, 'tenant/payments/notes'), '');
    const {code, stdout} = await home.corectl([...promote, 'extended-test', '--json']);
    expect(code).to.equal(2);
    expect(stdout).to.include('untrusted-folder');
  });

  it('are no place of a repository’s choice: without consent nothing is read, written or made there', async () => {
    const {home, dev} = await started(disk, {});
    writeFileSync(path.join(disk, 'tenant/of-somebody'), '');
    await pushIndex(dev, 'tenant/payments/fast-feedback/app', '1.0.0');
    const before = dev.log.requests().length;
    for (const [stage, side] of [
      ['fast-feedback', 'written'],
      ['extended-test', 'read'],
    ] as const) {
      const {code, stdout} = await home.corectl([...promote, stage, '--json']);
      expect(code, side).to.equal(2);
      const {error} = JSON.parse(stdout) as {error: {code: string; message: string; suggestions: string[]}};
      expect(error.code, side).to.equal('untrusted-folder');
      expect(error.message).to.include('environment disk (environments/disk/config.yaml:2:');
      expect(error.suggestions[0]).to.include(`--trust-folder ${disk}/tenant`);
    }
    expect(dev.log.requests().length, 'before any registry is asked').to.equal(before);
    expect(existsSync(path.join(disk, 'tenant/payments'))).to.equal(false);
    const check = await home.corectl(['auth', 'check', '--tenant', 'payments', '--environment', 'disk']);
    expect(check.stderr).to.include(`--trust-folder ${disk}/tenant`);
    expect(check.code).to.equal(5);
    const given = await home.corectl([
      ...promote,
      'fast-feedback',
      '--trust-folder',
      path.join(disk, 'tenant/'),
    ]);
    expect(given.code, given.stderr).to.equal(0);
  });

  it('are not left by a link, whoever put it on the disk', async () => {
    const {home, dev} = await started();
    await pushIndex(dev, 'tenant/payments/fast-feedback/app', '1.0.0');
    const elsewhere = path.join(work, 'elsewhere');
    mkdirSync(elsewhere);
    mkdirSync(path.join(disk, 'tenant/payments'));
    symlinkSync(elsewhere, path.join(disk, 'tenant/payments/extended-test'));
    const {code, stdout, stderr} = await home.corectl([...promote, 'fast-feedback']);
    expect(stderr).to.include('leads by a symbolic link to');
    expect(stdout).to.include(`--trust-folder ${elsewhere}`);
    expect(code).to.equal(5);
    expect(readdirSync(elsewhere)).to.deep.equal([]);
  });

  it('take no relative path from the environments repository', async () => {
    const urls = ['oci:disk', 'oci:./disk', 'oci:../disk', 'oci:/mnt/../etc', 'oci:~/disk'];
    const environments = urls.map((url, i) => [
      `environments/disk-${i}/config.yaml`,
      `environment: disk-${i}\nregistry: {url: "${url}"}\n`,
    ]);
    const folder = path.join(work, 'repository');
    commit(folder, {
      'corectl.yaml': 'p2p:\n  prod: {default-envs: [disk-0]}\n',
      ...(Object.fromEntries(environments) as Files),
      'tenants/tenants/payments.yaml': 'name: payments\nenvironments: [disk-0]\n',
    });
    const {code, stderr} = await runCli(['init', '-e', folder, '--strict']);
    for (const [i, url] of urls.entries())
      expect(stderr, url).to.match(
        new RegExp(`environments/disk-${i}/config\\.yaml:2:\\d+ registry\\.url: expected `),
      );
    expect(code).to.equal(2);
  });

  it('resolve a relative path that the user types against the folder that it is typed in', async () => {
    const dev = await registries.start();
    const image = await pushIndex(dev, 'team/staging/app', '1.0.0');
    const stage = ['--source-stage', 'staging', '--dest-stage', 'live'];
    const {code} = await runCli(
      [
        'p2p',
        'promote',
        'app:1.0.0',
        '--source-registry',
        `${dev.host}/team`,
        '--dest-registry',
        'oci:bundle',
        ...stage,
      ],
      {cwd: work},
    );
    expect(code).to.equal(0);
    expect(await tagsOf(path.join(work, 'bundle/live/app'))).to.deep.equal({'1.0.0': image.digest});
  });

  it('end with what is the matter where no folder can be made', async function () {
    if (!existsSync('/proc/self')) this.skip();
    const dev = await registries.start();
    await pushIndex(dev, 'team/staging/app', '1.0.0');
    const from = ['--source-registry', `${dev.host}/team`, '--source-stage', 'staging'];
    const to = ['--dest-registry', 'oci:/proc/corectl', '--dest-stage', 'live'];
    const {code, stdout} = await runCli(['p2p', 'promote', 'app:1.0.0', ...from, ...to], {cwd: work});
    expect(code).to.be.oneOf([1, 5]);
    expect(stdout).to.contain('/proc/corectl');
  });
});
