// What somebody at a terminal is asked before a promotion, and that nobody else is.
import {expect} from 'chai';
import path from 'node:path';
import {isolated, packageFolder} from '../support/cli.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {describeInTerminal, inTerminal, type Terminal} from '../support/pseudo-terminal.ts';
import {pushImage, startTestRegistry, type TestRegistry} from '../support/registry.ts';

describeInTerminal('somebody at a terminal', () => {
  let registry: TestRegistry;
  let home: PromotionHome;

  before(async () => {
    registry = await startTestRegistry();
    const url = `${registry.host}/prod/{tenant}/{stage}`;
    home = await promotionHome({
      registries: {dev: registry.host, 'prod-eu': registry.host},
      stages: {'fast-feedback': ['dev'], 'extended-test': ['dev'], prod: ['prod-eu']},
      files: {
        'environments/prod-eu/config.yaml': `environment: prod-eu\ntier: prod\nregistry: {url: "${url}", credentials: docker}\n`,
      },
    });
    for (const tag of ['1.9.0', '1.10.0', 'main'])
      await pushImage(registry, 'tenant/payments/fast-feedback/app', tag, {layers: 1, layerSize: 100});
    await pushImage(registry, 'tenant/payments/extended-test/app', '1.9.0', {layers: 1, layerSize: 100});
  });
  after(async () => {
    home.remove();
    await registry.close();
  });

  const writes = () =>
    registry.log.requests({method: 'PUT'}).length + registry.log.requests({method: 'POST'}).length;

  /** Starts corectl, whose terminal is looked at once it has ended. */
  function corectl(words: string, env: Record<string, string> = {}): Terminal {
    const script = '"$@"; code=$?; stty -a | grep -o " -\\?icanon"; exit $code';
    const command = ['sh', '-c', script, 'sh', process.execPath, path.join(packageFolder, 'bin/run.js')];
    return inTerminal([...command, ...words.split(' ')], {
      ...{columns: 200, height: 40, cwd: home.folder},
      env: {...isolated(path.join(home.folder, 'home')), TERM: 'xterm-256color', ...env},
    });
  }

  /** Answers each question as it comes. */
  async function answer(
    {until, type}: Terminal,
    answers: readonly (readonly [string, string])[],
  ): Promise<void> {
    for (const [question, keys] of answers) {
      await until(({text}) => text.endsWith(question));
      type(keys);
    }
  }

  it('is asked for a tenant, a stage and an image, and shown the whole command', async () => {
    const terminal = corectl("p2p promote --override-policy it's --concurrency=4");
    await answer(terminal, [
      ['tenant:', 'paymets\r'],
      ['did you mean payments?\ntenant:', 'payments\r'],
      ['from-stage:', '1\r'],
      ['image:', '1\r'],
      ['tag:', '1\r'],
    ]);
    expect(await terminal.ended).to.equal(0);
    const {text} = terminal.screen;
    expect(text).to.contain('there is no tenant paymets: did you mean payments?');
    expect(text).to.contain('   1  1.10.0\n   2  1.9.0\n   3  main\n');
    expect(text).to.contain(
      `next time: corectl p2p promote app:1.10.0 --tenant payments --from-stage fast-feedback --override-policy 'it'\\''s' --concurrency=4\n`,
    );
    expect(
      registry.log.requests({method: 'PUT', path: /extended-test\/app\/manifests\/1\.10\.0$/}),
    ).to.have.length(1);
  });

  it('types the image where the registry does not list any', async () => {
    registry.faults.add({path: /_catalog/, action: {status: 404}});
    const terminal = corectl('p2p promote -t payments --from-stage fast-feedback --dry-run');
    await answer(terminal, [['image (NAME or NAME:TAG):', 'app:1.9.0\r']]);
    expect(await terminal.ended).to.equal(0);
    registry.faults.clear();
    expect(terminal.screen.text).to.contain('warning: the images cannot be listed: ');
  });

  for (const [name, key] of [
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ] as const) {
    it(`ends with 130 at ${name}, with the terminal as it was`, async () => {
      const before = writes();
      for (const [words, question] of [
        ['p2p promote -t payments app:1.9.0', 'from-stage:'],
        ['p2p promote -t payments --from-stage extended-test app:1.9.0', '[y/N]'],
      ] as const) {
        const terminal = corectl(words);
        await answer(terminal, [[question, key]]);
        expect(await terminal.ended).to.equal(130);
        expect(terminal.screen.lines.slice(-2)).to.deep.equal(['error[interrupted]: interrupted', ' icanon']);
      }
      expect(writes()).to.equal(before);
    });
  }

  it('is not asked with --json, --quiet or in a CI system: what is missing is told', async () => {
    for (const [words, env] of [
      ['p2p promote --json', {}],
      ['p2p promote --quiet', {}],
      ['p2p promote', {CI: 'true'}],
    ] as const) {
      const {ended, screen} = corectl(words, env);
      expect(await ended).to.equal(2);
      expect(screen.text).to.contain('no image is named');
    }
  });

  it('nobody is asked without a terminal', async () => {
    const {code, stderr} = await home.corectl(['p2p', 'promote', 'app:1.9.0', '-t', 'payments']);
    expect(code).to.equal(2);
    expect(stderr).to.match(/^error\[usage\]: the from-stage is missing\n/);
  });

  describe('before an environment of tier prod', () => {
    const promote = 'p2p promote app:1.9.0 -t payments --from-stage extended-test';
    const question = 'promote app:1.9.0 to prod in prod-eu (tier prod)? [y/N]';

    it('stops it by anything but a yes, and nothing is asked of a registry', async () => {
      const before = registry.log.requests().length;
      const terminal = corectl(promote);
      await answer(terminal, [[question, '\r']]);
      expect(await terminal.ended).to.equal(130);
      expect(terminal.screen.text).to.contain('not confirmed: nothing was written');
      expect(registry.log.requests().length).to.equal(before);
    });

    it('is not asked of a dry run, nor by stages before production', async () => {
      for (const words of [
        `${promote} --dry-run`,
        'p2p promote app:1.9.0 -t payments --from-stage fast-feedback',
      ]) {
        const {ended, screen} = corectl(words);
        expect(await ended).to.equal(0);
        expect(screen.text).to.not.contain('[y/N]');
      }
    });

    it('is asked by apply, and carries it out after a yes', async () => {
      await home.corectl([
        ...promote.split(' '),
        '--dry-run',
        '--save-plan',
        path.join(home.folder, 'plan.json'),
      ]);
      const terminal = corectl('p2p apply plan.json');
      await answer(terminal, [[question, 'yes\r']]);
      expect(await terminal.ended).to.equal(0);
    });

    it('is not asked with --yes, in a CI system, nor without a terminal', async () => {
      for (const [words, env] of [
        [`${promote} --yes`, {}],
        [promote, {CI: '1'}],
      ] as const) {
        const {ended, screen} = corectl(words, env);
        expect(await ended).to.equal(0);
        expect(screen.text).to.not.contain('[y/N]');
      }
      const {code, stderr} = await home.corectl(promote.split(' '));
      expect({code, asked: stderr.includes('[y/N]')}).to.deep.equal({code: 0, asked: false});
    });
  });
});
