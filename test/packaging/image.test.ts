import {expect} from 'chai';
import {execFileSync} from 'node:child_process';
import {appendFileSync, existsSync, readFileSync} from 'node:fs';
import {createServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {built} from '../support/built.ts';
import {selfSigned} from '../support/certificate.ts';
import {isolated} from '../support/cli.ts';
import {environmentOf, inContainer, unpacked, type Unpacked} from '../support/container.ts';
import {remove, temporaryFolder} from '../support/git.ts';
import {promotesBetweenRegistries, ran} from '../support/installation.ts';
import {wholeLayout} from '../support/layouts.ts';
import {whyNotNobody} from '../support/nobody.ts';
import {digestAt} from '../support/real-image.ts';
import {describeWithRealRegistry, startRealRegistry, type RealRegistry} from '../support/real-registry.ts';
import {describeWith, executable} from '../support/real-tools.ts';
import {describeSlow} from '../support/slow-tests.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const {version} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {version: string};
const tags = [version, `${version}-debug`];

const lacking = ['apt-get', 'dpkg-deb'].filter((tool) => executable(tool) === undefined);
const wrongPlace =
  lacking.length > 0
    ? `not installed: ${lacking.join(', ')}`
    : process.arch !== 'x64'
      ? 'runs what is for amd64'
      : undefined;
const suite = wrongPlace === undefined ? describeSlow : describe.skip;

suite(`the container image${wrongPlace === undefined ? '' : `: skipped, ${wrongPlace}`}`, function () {
  this.timeout(900_000);
  let folder: string;
  let layout: string;
  let program: string;
  let told: string;
  let committed: string;
  before(function () {
    folder = temporaryFolder();
    layout = path.join(folder, 'image/release/corectl');
    built(this, 'one-file.js', folder, 'linux-x64');
    program = path.join(folder, 'corectl-linux-x64');
    // somebody may commit meanwhile
    committed = execFileSync('git', ['log', '-1', '--format=%ct'], {cwd: root, encoding: 'utf8'});
    told = built(this, 'image.js', path.join(folder, 'image'), folder, 'amd64');
  });
  after(() => {
    remove(folder);
  });

  const digestOf = (tag: string) => new RegExp(`^${tag} (sha256:\\S+)$`, 'm').exec(told)?.[1];

  it('is the same digest when it is built again, whoever builds it and where', function () {
    const umask = process.umask(0o077);
    try {
      expect(built(this, 'image.js', path.join(folder, 'again'), folder, 'amd64')).to.equal(told);
    } finally {
      process.umask(umask);
      remove(path.join(folder, 'again'));
    }
  });

  it('is a layout with all that it leads to', async () => {
    const digests = await wholeLayout(layout);
    expect(digests).to.include.members(tags.map(digestOf));
  });

  describeWithRealRegistry('promoted by corectl', () => {
    let registries: RealRegistry[];
    // as the release does
    const push = (host: string, ...options: string[]) => {
      const script = path.join(root, 'scripts/push-images');
      return ran([script, path.join(folder, 'image'), program, host, 'coreeng', ...options], {
        ...isolated(folder),
        COSIGN_PASSWORD: '',
      });
    };
    before(async () => {
      registries = [await startRealRegistry(), await startRealRegistry()];
      const [one, two] = registries.map(({host}) => host) as [string, string];
      const pushed = await push(one);
      expect(pushed.code, pushed.stderr).to.equal(0);
      expect(pushed.stdout).to.equal(tags.map((tag) => `${one}/coreeng/corectl@${digestOf(tag)}\n`).join(''));
      const images = tags.map((tag) => `corectl:${tag}`);
      const from = ['--source-registry', one, '--source-stage', 'coreeng'];
      const to = ['--dest-registry', two, '--dest-stage', 'mirror'];
      const command = [program, 'p2p', 'promote', ...images, ...from, ...to];
      const {code, stderr} = await ran(command, isolated(folder));
      expect(code, stderr).to.equal(0);
    });
    after(() => Promise.all(registries.map((registry) => registry.stop())));

    it('is there under its tags, from the layout and on to the next registry', async () => {
      for (const tag of tags) {
        const [one, two] = registries as [RealRegistry, RealRegistry];
        expect(await digestAt(`${one.origin}/v2/coreeng/corectl`, tag, {})).to.equal(digestOf(tag));
        expect(await digestAt(`${two.origin}/v2/mirror/corectl`, tag, {})).to.equal(digestOf(tag));
      }
    });

    describeWith(['skopeo'], 'as skopeo reads it', () => {
      it('is what the layout says, from either', async () => {
        const inspect = async (reference: string) => {
          const args = ['inspect', '--tls-verify=false', '--override-arch=amd64', reference];
          const {stdout, stderr} = await ran(['skopeo', ...args], isolated(folder));
          expect(stdout, stderr).to.not.equal('');
          return JSON.parse(stdout) as {Digest: string; Architecture: string; Layers: string[]};
        };
        for (const tag of tags) {
          const pushed = await inspect(`docker://${registries[1]!.host}/mirror/corectl:${tag}`);
          const inLayout = await inspect(`oci:${layout}:${tag}`);
          expect(pushed).to.deep.include({Architecture: 'amd64', Layers: inLayout.Layers});
          expect(pushed.Digest).to.equal(digestOf(tag));
        }
      });
    });

    describeWith(['cosign'], 'signed with cosign', () => {
      it('is signed by its digest, with the images of each platform', async () => {
        const env = {...isolated(folder), COSIGN_PASSWORD: ''};
        const prefix = path.join(folder, 'key');
        await ran(['cosign', 'generate-key-pair', '--output-key-prefix', prefix], env);
        const options = ['--yes', '--key', `${prefix}.key`, '--tlog-upload=false', '--allow-http-registry'];
        const {code, stdout, stderr} = await push(registries[0]!.host, ...options);
        expect(code, stderr).to.equal(0);
        const verify = ['cosign', 'verify', '--key', `${prefix}.pub`, '--insecure-ignore-tlog'];
        for (const reference of stdout.trim().split('\n')) {
          const verified = await ran([...verify, '--allow-http-registry', reference], env);
          expect(verified.code, verified.stderr).to.equal(0);
        }
      });
    });

    describeWith(['crane'], 'as crane reads it', () => {
      it('is valid down to the layers', async () => {
        for (const tag of tags) {
          const reference = `${registries[0]!.host}/coreeng/corectl:${tag}`;
          const digest = await ran(['crane', 'digest', '--insecure', reference], isolated(folder));
          expect(digest.stdout.trim(), digest.stderr).to.equal(digestOf(tag));
          const valid = await ran(
            ['crane', 'validate', '--insecure', '--remote', reference],
            isolated(folder),
          );
          expect(valid.stdout, valid.stderr).to.contain('PASS');
        }
      });
    });
  });

  const inRoot = whyNotNobody === undefined ? describe : describe.skip;
  inRoot(`unpacked${whyNotNobody === undefined ? '' : `: skipped, ${whyNotNobody}`}`, () => {
    let plain: Unpacked;
    let debug: Unpacked;
    before(() => {
      plain = unpacked(layout, version, path.join(folder, 'plain'));
      debug = unpacked(layout, `${version}-debug`, path.join(folder, 'debug'));
    });

    const inside = (container: Unpacked, command: readonly string[]) =>
      ran([...inContainer(container, {user: 12345}), ...command], environmentOf(container));
    const entry = ({image}: Unpacked) => image.config.Entrypoint ?? [];

    it('takes the tour as a user whom it does not know, in a read-only root, without HOME', async () => {
      for (const [container, start] of [
        [plain, entry(plain)],
        [debug, ['corectl']],
      ] as const) {
        const {code, stdout, stderr} = await inside(container, [...start, 'sandbox', '--run']);
        expect(code, stderr).to.equal(0);
        expect(stdout).to.match(/\nVerified: /);
      }
    });

    it('has no program that needs what it lacks', async () => {
      const programs = ['usr/bin/corectl', 'usr/bin/git', 'usr/lib/git-core/git-remote-https', 'bin/sh'];
      for (const file of programs) {
        const loader = '/lib64/ld-linux-x86-64.so.2';
        const {code, stdout, stderr} = await inside(plain, [loader, '--list', `/${file}`]);
        expect(code, stderr).to.equal(0);
        expect(stdout + stderr).to.not.contain('not found');
      }
      expect(existsSync(path.join(plain.root, 'bin/ls'))).to.equal(false);
    });

    it('has git speak https, and believe those alone whose certificates it has', async () => {
      const {key, cert} = selfSigned();
      const server = createServer({key, cert}, (_request, response) => response.writeHead(404).end());
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const url = `https://localhost:${(server.address() as AddressInfo).port}/environments`;
      try {
        const stranger = await inside(plain, [...entry(plain), 'init', '-e', url]);
        expect(stranger.stderr).to.contain('certificate verification failed');
        appendFileSync(path.join(plain.root, 'etc/ssl/certs/ca-certificates.crt'), cert);
        const known = await inside(plain, [...entry(plain), 'init', '-e', url]);
        expect(known.stderr).to.match(/not found/);
      } finally {
        server.close();
      }
    });

    it('trusts as many authorities as the package lists', () => {
      const text = readFileSync(path.join(plain.root, 'etc/ssl/certs/ca-certificates.crt'), 'utf8');
      expect(text.match(/-----BEGIN CERTIFICATE-----\n/g)?.length).to.be.greaterThan(100);
    });

    it('has a shell and its company in the debug image, for CI systems that start one', async () => {
      expect(debug.image.config)
        .to.deep.include({Cmd: ['sh']})
        .and.to.not.have.property('Entrypoint');
      const script =
        'mkdir -p /corectl/builds && cd /corectl/builds && corectl --version | grep ^corectl/ | tee v';
      const {code, stdout, stderr} = await inside(debug, ['sh', '-c', script]);
      expect(code, stderr).to.equal(0);
      expect(stdout).to.contain(`corectl/${version}`);
    });

    it('tells what is in it', () => {
      const read = (file: string) => readFileSync(path.join(plain.root, file), 'utf8');
      expect(read('var/lib/dpkg/status.d/git')).to.match(/^Version: \S/m);
      expect(read('usr/share/doc/git/copyright')).to.contain('GPL');
      expect(read('usr/share/doc/libgcc-s1/copyright')).to.contain('GPL');
      expect(read('usr/share/doc/corectl/THIRD-PARTY-LICENSES')).to.match(/^bun \d/m);
      expect(Date.parse(plain.image.created)).to.equal(Number(committed) * 1000);
    });

    describeWithRealRegistry('between two registries', () => {
      it('promotes', () =>
        // the environments repository and the home are made there
        promotesBetweenRegistries([...inContainer(plain, {user: 0, shared: tmpdir()}), ...entry(plain)]));
    });
  });
});
