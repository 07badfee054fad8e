import {expect} from 'chai';
import {chmodSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {execFileSync} from 'node:child_process';
import path from 'node:path';
import {runCli} from '../support/cli.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {pushImage, startTestRegistry, type TestRegistry} from '../support/registry.ts';

// a busy machine may be slower than a person likes
const patient = {CORECTL_COMPLETION_TIMEOUT: '60'};

const user = {name: 'reader', password: 'words-of-the-tenant-5521', actions: ['pull', 'push'] as const};

describe('completion', () => {
  let registry: TestRegistry;
  let home: PromotionHome;

  before(async () => {
    registry = await startTestRegistry({auth: {kind: 'basic', users: [user]}});
    for (const tag of ['1.2.3', '1.3.0', '2.0.0-rc.1'])
      await pushImage(registry, 'tenant/payments/extended-test/app', tag, {layers: 1, layerSize: 100});
    await pushImage(registry, 'tenant/payments/extended-test/team/worker', '7', {layers: 1, layerSize: 100});
    home = await promotionHome({
      registries: {dev: registry.host, prod: registry.host.replace('127.0.0.1', 'localhost')},
      stages: {'extended-test': ['dev'], prod: ['prod']},
      logins: {[registry.host]: [user.name, user.password]},
    });
  });
  after(async () => {
    home.remove();
    await registry.close();
  });
  beforeEach(() => {
    registry.faults.clear();
    writeFileSync(keptFile(), '');
  });

  const keptFile = () => path.join(home.folder, 'home/corectl/completion.json');

  /** What zsh is told at the end of the line, without descriptions. */
  async function offered(line: string, env: Record<string, string> = patient): Promise<string[]> {
    const {code, stdout, stderr} = await home.corectl(['complete', 'zsh', '--', `corectl ${line}`], {env});
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''});
    return stdout
      .split('\n')
      .slice(1, -1)
      .map((one) => one.replace(/\t.*/, ''));
  }

  for (const [line, words] of [
    ['p2', ['p2p']],
    ['tenant ', ['list']],
    ['help p2p mat', ['matrix']],
    ['--v', ['--version']],
    ['p2p promote --all', ['--all-or-nothing']],
    ['p2p promote --no', ['--no-referrers']],
    ['p2p promote --dry-run --dr', []],
    ['p2p promote --tag a --ta', ['--tag']],
    ['p2p status --output ', ['text', 'html', 'svg']],
    ['p2p status --output=h', ['--output=html']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['p2p stages --tenant ', ['lab', 'payments']],
    ['p2p promote -t pay', ['payments']],
    ['p2p promote --from-stage ', ['extended-test']],
    ['p2p promote --from-stage extended-test --to-stage ', ['prod']],
    ['p2p latest --stage ', ['extended-test', 'prod']],
    ['p2p promote -e ', ['dev', 'prod']],
    ['p2p promote -t lab -e ', ['dev']],
    ['tenant list --owner=o', ['--owner=org']],
    ['p2p promote -t payments ', ['app:', 'team/worker:']],
    ['p2p promote -t payments --from-stage extended-test app:1', ['app:1.2.3', 'app:1.3.0']],
    ['p2p promote -t payments --from-stage prod app:', []],
    ['p2p verify -t payments --stage prod team/worker:', ['team/worker:7']],
    ['p2p latest -t payments --stage extended-test te', ['team/worker']],
    ['p2p promote app:', []],
    ['nope ', []],
    ['complet', ['completion']],
  ] as const) {
    it(`corectl ${line}⇥ offers ${words.join(' ') || 'nothing'}`, async () => {
      expect((await offered(line)).sort()).to.deep.equal([...words].sort());
    });
  }

  it('leaves names of files to the shell', async () => {
    for (const line of ['p2p apply ', 'p2p promote --images-file ', 'manifest check -m '])
      expect((await home.corectl(['complete', 'fish', '--', `corectl ${line}`])).stdout).to.equal('files\n');
  });

  it('says nothing and ends well before the first init, and for what it is never asked', async () => {
    for (const args of [['bash', '--', 'corectl p2p promote -t ', ''], ['tcsh'], [], ['bash', '--nope']]) {
      const {code, stdout, stderr} = await runCli(['complete', ...args]);
      expect({code, stderr}).to.deep.equal({code: 0, stderr: ''});
      expect(stdout).to.be.oneOf(['', 'words\n']);
    }
  });

  describe('of tags', () => {
    const line = 'p2p promote -t payments app:';
    const all = ['app:1.2.3', 'app:1.3.0', 'app:2.0.0-rc.1'];

    it('asks the registry once for the next seconds, and keeps that for its user alone', async () => {
      expect(await offered(line)).to.deep.equal(all);
      const asked = registry.log.requests().length;
      expect(await offered(line)).to.deep.equal(all);
      expect(registry.log.requests().length).to.equal(asked);
      expect(statSync(keptFile()).mode & 0o777).to.equal(0o600);
      expect(JSON.stringify(readFileSync(keptFile(), 'utf8'))).not.to.contain(user.password);
    });

    it('asks again once those are over', async () => {
      await offered(line);
      const kept = JSON.parse(readFileSync(keptFile(), 'utf8')) as {at: number; words: string[]}[];
      const old = kept.map((one) => ({...one, at: one.at - 20_000, words: ['gone']}));
      writeFileSync(keptFile(), JSON.stringify(old));
      expect(await offered(line)).to.deep.equal(all);
    });

    it('does without what was kept where that is spoilt', async () => {
      for (const spoilt of ['{', '[1, null, {"key": 1}]', 'null', '[{"key":"a","at":1,"words":[1]}]']) {
        writeFileSync(keptFile(), spoilt);
        expect(await offered(line)).to.deep.equal(all);
      }
    });

    it('does without keeping where the home cannot be written to', async () => {
      const kept = path.dirname(keptFile());
      chmodSync(kept, 0o500);
      try {
        expect(await offered(line)).to.deep.equal(all);
      } finally {
        chmodSync(kept, 0o700);
      }
    });

    it('gives up a registry that does not answer', async () => {
      registry.faults.add({path: /tags/, action: {stall: 'response'}});
      expect(await offered(line, {})).to.deep.equal([]);
    });

    it('offers nothing where the registry refuses', async () => {
      registry.faults.add({path: /tags/, action: {status: 403}});
      expect(await offered(line)).to.deep.equal([]);
    });
  });

  it('sends no token where nobody has agreed that it goes', async () => {
    const own = await startTestRegistry();
    const token = 'ya29.of-the-source-only-7716';
    const strange = await promotionHome({
      registries: {dev: own.host, prod: own.host},
      stages: {'extended-test': ['dev'], prod: ['prod']},
      files: {
        'environments/dev/config.yaml': `environment: dev\nregistry: {url: "${own.host}/tenant/{tenant}/{stage}", credentials: gcp}\n`,
      },
    });
    const ask = (env: Record<string, string>) =>
      strange.corectl(['complete', 'zsh', '--', 'corectl p2p promote -t payments app:'], {
        env: {...patient, SOURCE_ACCESS_TOKEN: token, ...env},
      });
    try {
      await pushImage(own, 'tenant/payments/extended-test/app', '1', {layers: 1, layerSize: 100});
      const pushed = own.log.requests().length;
      expect((await ask({})).stdout).to.equal('words\n');
      expect(own.log.requests().slice(pushed)).to.deep.equal([]);
      const {stdout} = await ask({CORECTL_TRUSTED_HOSTS: own.host});
      expect(stdout).to.equal('words\napp:1\t\n');
    } finally {
      strange.remove();
      await own.close();
    }
  });

  it('is a script that bash reads without complaint, and a document with --json', async () => {
    const {stdout} = await runCli(['completion', 'bash']);
    execFileSync('bash', ['-n'], {input: stdout});
    const {stdout: document} = await runCli(['completion', 'bash', '--json']);
    expect((JSON.parse(document) as {script: string}).script).to.equal(stdout);
  });
});
