// Where images are: five places of forty images, with drift and gaps, in every form.
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {RepositoryStore} from '../../src/lib/registry/repository-store.ts';
import {statusSchema, type StatusReport} from '../../src/lib/status/report.ts';
import {reached} from '../support/cli.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {pushImage, pushIndex, startTestRegistry, type TestRegistry} from '../support/registry.ts';

const start = Date.now();
const daysAgo = (days: number) => new Date(start - days * 86_400_000).toISOString();
const hostile = '<img src=x onerror=alert(1)>"\'&';

describe('corectl p2p status', function () {
  this.timeout(180_000);
  let registries: Record<'dev' | 'eu' | 'us' | 'ap', TestRegistry>;
  let home: PromotionHome;

  beforeEach(async () => {
    const [dev, eu, us, ap] = (await Promise.all([1, 2, 3, 4].map(() => startTestRegistry()))) as [
      TestRegistry,
      TestRegistry,
      TestRegistry,
      TestRegistry,
    ];
    registries = {dev, eu, us, ap};
    home = await promotionHome({
      registries: {dev: dev.host, 'prod-eu': eu.host, 'prod-us': us.host, 'prod-ap': ap.host},
      stages: {
        'fast-feedback': ['dev'],
        'extended-test': ['dev'],
        prod: ['prod-eu', 'prod-us', 'prod-ap'],
      },
    });
  });
  afterEach(async () => {
    home.remove();
    await Promise.all(Object.values(registries).map((registry) => registry.close()));
  });

  const at = (stage: string, name: string) => `tenant/payments/${stage}/${name}`;
  const status = (...more: string[]) => home.corectl(['p2p', 'status', '--tenant', 'payments', ...more]);
  const report = async (...more: string[]) => {
    const {code, stdout, stderr} = await status('--json', ...more);
    return {code, stderr, report: statusSchema.parse(JSON.parse(stdout))};
  };
  const cellsOf = ({images}: StatusReport, name: string) =>
    images
      .find(({image}) => image === name)!
      .cells.map(({stage, environment, state, tag, group, mark}) =>
        [stage, environment, state, tag, group, mark].join(' '),
      );
  const writes = () =>
    Object.values(registries).flatMap(({log}) =>
      log.requests().filter(({method}) => method !== 'GET' && method !== 'HEAD'),
    );

  /** `app` is two versions on its way, with a hole; `worker` drifted in prod-us. */
  const fill = async () => {
    const {dev, eu, us, ap} = registries;
    await pushIndex(dev, at('fast-feedback', 'app'), '1.3.0', {seed: 'new', created: daysAgo(3)});
    for (const [registry, stage] of [
      [dev, 'fast-feedback'],
      [dev, 'extended-test'],
      [eu, 'prod'],
      [ap, 'prod'],
    ] as const) {
      await pushIndex(registry, at(stage, 'app'), '1.2.0', {seed: 'old'});
    }
    for (const registry of [eu, us, ap])
      await pushImage(registry, at('prod', 'worker'), '2.0.0', {seed: registry === us ? 'other' : 'same'});
    for (const stage of ['fast-feedback', 'extended-test'])
      await pushImage(dev, at(stage, 'worker'), '2.0.0', {seed: 'same'});
    await pushImage(dev, at('fast-feedback', 'tool'), 'main', {seed: 'tool'});
  };

  it('shows the newest of each place, with equal digests, drift and gaps', async () => {
    await fill();
    const before = writes().length;
    const {code, report: found} = await report();
    expect([code, found.ok, found.images.map(({image}) => image)]).to.deep.equal([
      0,
      true,
      ['app', 'tool', 'worker'],
    ]);
    expect(cellsOf(found, 'app')).to.deep.equal([
      'fast-feedback dev present 1.3.0 1 ',
      'extended-test dev present 1.2.0 2 ',
      'prod prod-eu present 1.2.0 2 ',
      'prod prod-us missing   gap',
      'prod prod-ap present 1.2.0 2 ',
    ]);
    expect(cellsOf(found, 'worker').map((cell) => cell.split(' ').slice(4).join(' '))).to.deep.equal([
      ...['1 ', '1 ', '1 ', '2 drift', '1 '],
    ]);
    expect(cellsOf(found, 'tool').slice(0, 2)).to.deep.equal([
      'fast-feedback dev unversioned   ',
      'extended-test dev missing   ',
    ]);
    expect(found.images[0]!.cells[0]!.bytes).to.be.greaterThan(0);
    expect(writes().length, 'writes').to.equal(before);
  });

  it('is a table for people, and tells one tag', async () => {
    await fill();
    const {code, stdout, stderr} = await status('app', 'worker:2.0.0');
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.match(/^app +fast-feedback +dev +1\.3\.0 +A [0-9a-f]{12} +3 d +[0-9.]+ kB$/m);
    expect(stdout).to.match(/^ +prod-us +- +gap$/m);
    expect(stdout).to.match(/^ +prod-us +2\.0\.0 .* drift$/m);
    expect(stdout).to.contain('1 gap where the stage or a later one has the image.');
    const one = await report('app:1.3.0');
    expect(cellsOf(one.report, 'app:1.3.0').map((cell) => cell.split(' ')[2])).to.deep.equal([
      'present',
      ...Array<string>(4).fill('missing'),
    ]);
    expect((await report('app:9.9.9')).code).to.equal(3);
    expect((await report('absent')).report.error?.code).to.equal('image-not-found');
    expect((await status('app@sha256:ab')).code).to.equal(2);
    expect((await status('app', '--stage', 'prd')).code).to.equal(2);
  });

  it('shows a registry that fails as failed, beside all others, and ends with 5', async () => {
    await fill();
    registries.us.faults.add({path: /.*/, action: {status: 403}});
    const {code, report: found, stderr} = await report('app', 'worker');
    expect([code, found.ok, found.exitCode, found.error?.code]).to.deep.equal([5, false, 5, 'denied']);
    expect(cellsOf(found, 'app')[3]).to.equal('prod prod-us failed   ');
    expect(cellsOf(found, 'app')[4]).to.contain('present');
    expect(stderr).to.contain('403');
    const html = await status('app', '--output', 'html');
    expect([html.code, html.stdout.includes('failed: denied')]).to.deep.equal([5, true]);
  });

  it('says which registries do not list their images, and that they are to be named where none does', async () => {
    await fill();
    const refuse = (name: keyof typeof registries) => {
      registries[name].faults.add({path: /_catalog/, action: {status: 404}});
    };
    refuse('us');
    const {code, report: found} = await report();
    expect([code, found.notes.length]).to.deep.equal([0, 1]);
    expect(found.notes[0]).to.contain('prod-us: ');
    (['dev', 'eu', 'ap'] as const).forEach(refuse);
    const none = await status('--json');
    expect([none.code, JSON.parse(none.stdout)]).to.have.nested.property('[1].error.code', 'no-catalog');
    expect(none.code).to.equal(5);
    expect(none.stderr).to.contain('corectl p2p status app');
    expect((await report('app')).code).to.equal(0);
  });

  it('shows what others list where one fails to list its images, and ends with 5', async () => {
    await fill();
    registries.us.faults.add({
      path: /payments\/prod\/tags/,
      action: {status: 200, body: '<html>log in</html>'},
    });
    const {code, report: found} = await report();
    expect([code, found.exitCode, found.error?.code]).to.deep.equal([5, 5, 'not-a-registry']);
    expect(found.images.map(({image}) => image)).to.deep.equal(['app', 'tool', 'worker']);
    expect(found.notes[0]).to.contain('prod-us');
  });

  it('asks little of a repository with thousands of tags', async () => {
    const {dev} = registries;
    const image = await pushImage(dev, at('fast-feedback', 'app'), '1.0.0', {});
    const tags = Array.from({length: 3000}, (_, i) => `1.${i}.0`);
    const repository = new RepositoryStore(dev.storage, at('fast-feedback', 'app'));
    for (const tag of tags) await repository.tag(tag, image.digest);
    dev.log.clear();
    const {report: found} = await report('app', '--stage', 'fast-feedback');
    expect(found.images[0]!.cells[0]!.tag).to.equal('1.2999.0');
    expect(dev.log.requests().length).to.be.lessThan(70);
  });

  it('shows forty images in five places as a page and a picture that need nothing from elsewhere', async () => {
    const {dev, eu, us, ap} = registries;
    for (let i = 1; i <= 40; i += 1) {
      const name = `service-${String(i).padStart(2, '0')}`;
      await pushImage(dev, at('fast-feedback', name), `1.${i}.1`, {
        seed: `${name} new`,
        created: daysAgo(i / 20),
      });
      await pushImage(dev, at('extended-test', name), `1.${i}.0`, {seed: name, created: daysAgo(i)});
      for (const [registry, every] of [
        [eu, 1],
        [us, 7],
        [ap, 5],
      ] as const) {
        if (i % every === 0 && every > 1 && i % 2 === 0) continue;
        const drifted = every === 7 && i % 3 === 0;
        await pushImage(registry, at('prod', name), `1.${i}.0`, {
          seed: drifted ? `${name} drift` : name,
          created: daysAgo(i),
        });
      }
    }
    const [html, svg, text, json] = await Promise.all([
      status('--output', 'html'),
      status('--output', 'svg'),
      status(),
      status('--json'),
    ]);
    for (const {code, stderr} of [html, svg, text, json]) expect(code, stderr).to.equal(0);
    keep({'status.html': html.stdout, 'status.svg': svg.stdout, 'status.txt': text.stdout});
    expect(html.stdout.match(/<td /g)).to.have.length(200);
    expect(svg.stdout.match(/role="cell"/g)).to.have.length(200);
    for (const {stdout} of [html, svg]) {
      expect(stdout).not.to.match(/<script|<link|<img|@import|url\(|(?:src|href)=/i);
      expect(stdout).to.contain('prefers-color-scheme:dark');
      expect(stdout).to.match(/role="columnheader"/);
      expect(stdout).to.contain('drift');
    }
    expect(text.stdout.match(/^service-\d\d /gm)).to.have.length(40);
  });

  it('lets nothing of what registries say become markup', async () => {
    registries.us.faults.add({
      path: /tags\/list/,
      action: {
        status: 403,
        headers: {'content-type': 'application/json'},
        body: JSON.stringify({errors: [{code: 'DENIED', message: hostile}]}),
      },
    });
    await pushImage(registries.dev, at('fast-feedback', 'app'), '1.0.0', {});
    for (const output of ['html', 'svg']) {
      const {stdout} = await status('app', '--output', output);
      expect(stdout).to.contain('failed');
      expect(stdout).not.to.contain('<img');
      expect(stdout.match(/onerror=/g)?.length ?? 0).to.equal(output === 'html' ? 1 : 0);
    }
  });

  it('shows it again and again with --watch, until it is interrupted', async () => {
    await pushImage(registries.dev, at('fast-feedback', 'app'), '1.0.0', {});
    const running = home.start([
      ...['p2p', 'status', 'app', '--tenant', 'payments', '--watch', '--interval', '1'],
    ]);
    const {child, result} = running;
    let shown = '';
    const twice = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        shown += chunk.toString();
        if (shown.split('IMAGE').length > 2) resolve();
      });
    });
    await reached(running, twice);
    child.kill('SIGINT');
    const {code, stdout} = await result;
    expect([code, stdout.includes('\u001b')]).to.deep.equal([130, false]);
  });
});

/** To be looked at: CORECTL_KEEP_PICTURES names a folder for them. */
function keep(files: Readonly<Record<string, string>>): void {
  const folder = process.env.CORECTL_KEEP_PICTURES;
  if (folder === undefined) return;
  mkdirSync(folder, {recursive: true});
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
}
