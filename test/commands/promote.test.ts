import {expect} from 'chai';
import {createServer} from 'node:net';
import {reportSchema, type Report} from '../../src/lib/promotion/report.ts';
import {
  acceptWrongDigests,
  htmlEverywhere,
  pushImage,
  pushIndex,
  startTestRegistry,
  tagged,
  type TestRegistry,
} from '../support/registry.ts';
import {reached} from '../support/cli.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';

const first = 'tenant/payments/fast-feedback/app';
const second = 'tenant/payments/extended-test/app';
const prod = 'tenant/payments/prod/app';
const canary = 'canary-password-9f3c';

describe('corectl p2p promote', function () {
  let registries: Record<'dev' | 'eu' | 'us', TestRegistry>;
  let home: PromotionHome;

  beforeEach(async () => {
    const auth = {kind: 'basic', users: [{name: 'me', password: canary}]} as const;
    const [dev, eu, us] = (await Promise.all([1, 2, 3].map(() => startTestRegistry({auth})))) as [
      TestRegistry,
      TestRegistry,
      TestRegistry,
    ];
    registries = {dev, eu, us};
    home = await promotionHome({
      registries: {dev: dev.host, 'prod-eu': eu.host, 'prod-us': us.host},
      stages: {'fast-feedback': ['dev'], 'extended-test': ['dev'], prod: ['prod-eu', 'prod-us']},
      logins: Object.fromEntries([dev, eu, us].map(({host}) => [host, ['me', canary] as const])),
    });
  });
  afterEach(async () => {
    home.remove();
    await Promise.all(Object.values(registries).map((registry) => registry.close()));
  });

  const promote = (...args: string[]) => home.corectl(['p2p', 'promote', ...args]);
  const onwards = (...args: string[]) =>
    promote(...args, '--tenant', 'payments', '--from-stage', 'fast-feedback');
  const toProd = (...args: string[]) =>
    promote(...args, '--tenant', 'payments', '--from-stage', 'extended-test');
  const writes = () =>
    Object.values(registries).flatMap(({log}) =>
      log.requests().filter(({method}) => method !== 'GET' && method !== 'HEAD'),
    );

  it('promotes to every environment of the next stage and reports it as one JSON document', async () => {
    const image = await pushIndex(registries.dev, second, '1.2.3');
    const {code, stdout} = await toProd('app:1.2.3', '--json');
    expect(code).to.equal(0);
    const report = reportSchema.parse(JSON.parse(stdout));
    expect(report.images[0]).to.include({image: 'app:1.2.3', digest: image.digest});
    expect(
      report.images[0]!.destinations.map(({environment, status}) => [environment, status]),
    ).to.deep.equal([
      ['prod-eu', 'promoted'],
      ['prod-us', 'promoted'],
    ]);
  });

  it('tells in a log what happens, without colour or cursor movement', async () => {
    await pushIndex(registries.dev, second, '1.2.3');
    const {stdout, stderr} = await toProd('app:1.2.3');

    expect(stdout + stderr).not.to.match(/[\u0000-\u0009\u000b-\u001f]/);
    expect(stdout).to.match(/prod-eu +prod +promoted/);
    expect(stderr.split('\n').length).to.be.lessThan(15);
  });

  it('does everything but the writing in a dry run, and no request offline', async () => {
    await pushIndex(registries.dev, first, '1.2.3');
    const preview = await onwards('app:1.2.3', '--dry-run', '--json');
    const {images} = JSON.parse(preview.stdout) as Report;
    expect(preview.code).to.equal(0);
    expect(images[0]!.destinations[0]).to.include({status: 'would-promote'});
    expect(images[0]!.destinations[0]!.bytes.mounted).to.equal(images[0]!.destinations[0]!.bytes.total);
    expect(writes()).to.have.length(0);
    registries.dev.log.clear();
    const offline = await onwards('app:1.2.3', '--dry-run', '--offline', '--json');
    expect((JSON.parse(offline.stdout) as Report).images[0]!.destinations[0]!.status).to.equal('planned');
    expect(registries.dev.log.requests()).to.have.length(0);
  });

  it('writes once where two environments are one repository, or an image is named twice', async () => {
    const {dev, eu} = registries;
    const {digest} = await pushIndex(dev, second, '1.2.3');
    const shared = await promotionHome({
      registries: {dev: dev.host, 'prod-eu': eu.host, 'prod-us': eu.host},
      stages: {'extended-test': ['dev'], prod: ['prod-eu', 'prod-us']},
      logins: {[dev.host]: ['me', canary], [eu.host]: ['me', canary]},
    });
    const flags = ['--tenant', 'payments', '--from-stage', 'extended-test', '--json'];
    const {code, stdout} = await shared.corectl(['p2p', 'promote', 'app:1.2.3', 'app:1.2.3', ...flags]);
    shared.remove();
    expect(code).to.equal(0);
    const {images} = JSON.parse(stdout) as Report;
    expect(images).to.have.length(1);
    expect(images[0]!.destinations).to.have.length(1);
    expect(await tagged(eu, prod, '1.2.3')).to.equal(digest);
    expect(eu.log.requests({method: 'PUT', path: /\/manifests\/1\.2\.3$/})).to.have.length(1);
  });

  it('promotes several images that share their layers in one run', async () => {
    await pushImage(registries.dev, second, '1.2.3', {seed: 'same'});
    await pushImage(registries.dev, second.replace('app', 'worker'), '1.2.3', {seed: 'same'});
    const {code} = await toProd('app:1.2.3', 'worker:1.2.3');
    expect(code).to.equal(0);
    const reads = registries.dev.log
      .requests({method: 'GET', path: /\/blobs\//})
      .map(({url}) => url.slice(-71));
    expect(new Set(reads)).to.have.length(reads.length);
  });

  it('promotes the images that a file or stdin names', async () => {
    const names = Array.from({length: 12}, (_, i) => `app-${i}:1.0.${i}`);
    for (const name of names) {
      const [image, tag] = name.split(':');
      await pushImage(registries.dev, second.replace('app', image!), tag, {
        seed: 'same',
        annotations: {name},
      });
    }
    const input = `# the release\n${names.join('\n')}\n\n`;
    const args = [
      'p2p',
      'promote',
      '--images-file',
      '-',
      '-t',
      'payments',
      '--from-stage',
      'extended-test',
      '--json',
    ];
    const {code, stdout} = await home.corectl(args, {input});
    expect(code).to.equal(0);
    expect((JSON.parse(stdout) as Report).images.map(({image}) => image)).to.deep.equal(names);
    // what the images share is read once
    const reads = registries.dev.log.requests({method: 'GET', path: /\/blobs\//});
    expect(reads).to.have.length(4);
    expectFailure(await toProd('--images-file', '/nowhere'), 2, /--images-file.*cannot be read/);
    expectFailure(await toProd(), 2, /no image is named/);
  });

  it('promotes an image that is named by its digest', async () => {
    const image = await pushImage(registries.dev, second, '1.2.3');
    const {code} = await toProd(`app@${image.digest}`);
    expect(code).to.equal(0);
    expect(await tagged(registries.eu, prod, '1.2.3')).to.equal(undefined);
  });

  describe('ends with the documented code and a clear error', () => {
    const cases: Record<string, {args: string[]; code: number; says: RegExp}> = {
      'a registry in the reference': {args: ['eu.example.com/app:1'], code: 2, says: /names the registry/},
      'no tag': {args: ['app'], code: 2, says: /tag is missing/},
      'upper case': {args: ['App:1'], code: 2, says: /lower case/},
      'a digest cut short': {args: ['app@sha256:0123'], code: 2, says: /64 hexadecimal digits/},
      'a tag with build data': {args: ['app:1.0+build5'], code: 2, says: /1\.0-build5/},
      'a stage that is not next': {
        args: ['app:1', '--to-stage', 'prod'],
        code: 2,
        says: /fast-feedback → extended-test → prod/,
      },
      'the from-stage itself': {
        args: ['app:1', '--to-stage', 'fast-feedback'],
        code: 2,
        says: /fast-feedback is the stage to promote from, none that follows it\s+(?:→ )?what follows: extended-test/,
      },
      'an unknown stage': {args: ['app:1', '--to-stage', 'prd'], code: 2, says: /did you mean prod/},
      'an unknown environment': {args: ['app:1', '-e', 'prod-eo'], code: 2, says: /did you mean prod-eu/},
      'an environment that is no destination': {
        args: ['app:1', '-e', 'prod-eu'],
        code: 2,
        says: /its destinations: dev/,
      },
      'an unknown flag': {args: ['app:1', '--overwite'], code: 2, says: /--overwite/},
      'a flag without its value': {args: ['app:1', '--tag'], code: 2, says: /--tag expects a value/},
      'a flag given twice': {
        args: ['app:1', '--from-stage', 'prod'],
        code: 2,
        says: /--from-stage can only be specified once/,
      },
      'a number that is none': {
        args: ['app:1', '--concurrency', 'many'],
        code: 2,
        says: /--concurrency: expected an integer but received: many/,
      },
      'an image that is not there': {
        args: ['app:9'],
        code: 3,
        says: /source dev \(fast-feedback\).*is not there/,
      },
    };
    for (const [name, {args, code, says}] of Object.entries(cases)) {
      it(name, async () => {
        const result = await onwards(...args);
        expectFailure(result, code, says);
        const json = await onwards(...args, '--json');
        const document = JSON.parse(json.stdout) as Report;
        expect(document).to.include({ok: false, exitCode: code});
        expect([document.error?.message, ...(document.error?.suggestions ?? [])].join(' ')).to.match(says);
        expect(writes()).to.have.length(0);
      });
    }

    it('the last stage, an org unit, an unknown tenant, a tenant without an environment in the next stage', async () => {
      expectFailure(await promote('app:1', '-t', 'payments', '--from-stage', 'prod'), 2, /last stage/);
      expectFailure(
        await promote('app:1', '-t', 'org', '--from-stage', 'fast-feedback'),
        2,
        /org unit.*\n.*payments/,
      );
      expectFailure(
        await promote('app:1', '-t', 'paymens', '--from-stage', 'fast-feedback'),
        2,
        /did you mean payments/,
      );
      expectFailure(
        await promote('app:1', '-t', 'lab', '--from-stage', 'extended-test'),
        2,
        /no enabled environment in prod/,
      );
      expectFailure(await promote('app:1', '--from-stage', 'fast-feedback'), 2, /tenant is missing/);
    });

    it('no init yet', async () => {
      const result = await home.corectl(
        ['p2p', 'promote', 'app:1', '-t', 'payments', '--from-stage', 'prod'],
        {
          env: {CORECTL_HOME: `${home.folder}/nothing`},
        },
      );
      expectFailure(result, 2, /corectl init -e/);
    });

    it('a registry that is down', async () => {
      await pushImage(registries.dev, second, '1');
      await registries.eu.close();
      expectFailure(await toProd('app:1'), 5, /destination prod-eu \(prod\).*refused/);
      expect(await tagged(registries.us, prod, '1')).to.equal(undefined);
      const partly = await toProd('app:1', '--keep-going');
      expect(partly.code).to.equal(1);
      expect(await tagged(registries.us, prod, '1')).to.be.a('string');
    });

    it('a registry that refuses the login', async () => {
      await pushImage(registries.dev, second, '1');
      registries.eu.faults.add({action: {status: 401, headers: {'www-authenticate': 'Basic realm="no"'}}});
      expectFailure(await toProd('app:1'), 5, /prod-eu \(prod\).*credentials: .*config\.json/);
    });

    it('a registry that answers HTML to everything', async () => {
      await pushImage(registries.dev, second, '1');
      registries.us.faults.add(htmlEverywhere);
      expectFailure(await toProd('app:1'), 5, /prod-us \(prod\).*no manifest/);
    });

    it('a source that lies about a digest', async () => {
      await pushIndex(registries.dev, second, '1');
      registries.dev.faults.add({method: 'GET', path: /manifests\/sha256/, action: {corrupt: 20}});
      expectFailure(await toProd('app:1'), 5, /source dev.*not what the digest names/);
    });

    it('a source that sends other content than it says', async () => {
      await pushImage(registries.dev, second, '1');
      registries.dev.faults.add({method: 'GET', path: /\/blobs\//, action: {corrupt: 3}});
      for (const site of [registries.eu, registries.us]) site.faults.add(acceptWrongDigests(site));
      expectFailure(
        await toProd('app:1'),
        1,
        /blob sha256:.* from .*its content is not what the digest names/,
      );
      expect(await tagged(registries.eu, prod, '1')).to.equal(undefined);
    });

    it('a server that closes in the middle', async () => {
      await pushImage(registries.dev, second, '1');
      const rude = createServer((socket) => socket.once('data', () => socket.destroy()));
      await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
      const {port} = rude.address() as {port: number};
      const other = await promotionHome({
        registries: {dev: registries.dev.host, rude: `127.0.0.1:${port}`},
        stages: {'extended-test': ['dev'], prod: ['rude']},
        logins: {[registries.dev.host]: ['me', canary]},
      });
      const result = await other.corectl([
        'p2p',
        'promote',
        'app:1',
        '-t',
        'payments',
        '--from-stage',
        'extended-test',
      ]);
      expectFailure(result, 5, /destination rude \(prod\).*closed by the other side/);
      rude.close();
      other.remove();
    });

    it('a tag that holds another digest', async () => {
      await pushImage(registries.dev, second, '1');
      const old = await pushImage(registries.eu, prod, '1', {seed: 'old'});
      expectFailure(await toProd('app:1'), 4, /prod-eu \(prod\).*--overwrite/s);
      expect(await tagged(registries.us, prod, '1')).to.equal(undefined);
      const moved = await toProd('app:1', '--overwrite', '--json');
      expect(moved.code).to.equal(0);
      expect((JSON.parse(moved.stdout) as Report).images[0]!.destinations[0]!.existingDigest).to.equal(
        old.digest,
      );
    });
  });

  it('refuses offline what it would refuse: a credential file of an environment that is no destination', async () => {
    const {code, stderr} = await toProd(
      ...['app:1', '--dry-run', '--offline', '--dest-auth-override', 'nowhere=file.json'],
    );
    expect(code).to.equal(2);
    expect(stderr).to.include('nowhere is none of the destinations');
  });

  it('with --all-or-nothing writes no tag anywhere when one destination fails', async () => {
    await pushImage(registries.dev, second, '1');
    registries.eu.faults.add({method: 'PUT', path: /\/blobs\//, action: {status: 403}});
    const {code, stdout} = await toProd('app:1', '--all-or-nothing', '--json');
    expect(code).to.equal(1);
    const statuses = (JSON.parse(stdout) as Report).images[0]!.destinations.map(({status}) => status);
    expect(statuses).to.deep.equal(['failed', 'skipped']);
    expect(await tagged(registries.us, prod, '1')).to.equal(undefined);
  });

  for (const [name, signal] of [
    ['Ctrl-C', 'SIGINT'],
    ['SIGTERM', 'SIGTERM'],
    ['the end of its terminal', 'SIGHUP'],
  ] as const) {
    it(`stops at ${name}: uploads are cancelled, no tag is written, and what is not done is told`, async () => {
      await pushImage(registries.dev, second, '1', {layers: 3, layerSize: 200_000});
      registries.eu.faults.add({
        method: 'PUT',
        path: /\/blobs\//,
        action: {stall: 'request', afterBytes: 1000},
      });
      const running = toEurope();
      await reached(running, registries.eu.log.until({method: 'PUT', path: /\/blobs\//}));
      running.child.kill(signal);
      const {code, stdout, stderr} = await running.result;
      expect(code).to.equal(130);
      expect(stdout).to.match(/prod-eu +prod +not done/);
      expect(stdout + stderr).to.include('interrupted');
      expect(registries.eu.openUploads()).to.equal(0);
      expect(await tagged(registries.eu, prod, '1')).to.equal(undefined);
    });
  }

  it('takes a second hang-up for the first one: a terminal that is closed hangs up twice', async () => {
    await pushImage(registries.dev, second, '1');
    registries.eu.faults.add({method: 'PUT', path: /\/blobs\//, action: {stall: 'request'}});
    registries.eu.faults.add({method: 'DELETE', action: {stall: 'response'}});
    const running = toEurope();
    await reached(running, registries.eu.log.until({method: 'PUT', path: /\/blobs\//}));
    running.child.kill('SIGHUP');
    await reached(running, registries.eu.log.until({method: 'DELETE', path: /\/blobs\//}));
    running.child.kill('SIGHUP');
    const {code, stdout} = await running.result;
    expect(code).to.equal(130);
    expect(stdout).to.match(/prod-eu +prod +not done/);
  });

  it('shows each request with --verbose, and no secret', async () => {
    await pushImage(registries.dev, second, '1');
    const {stdout, stderr} = await toProd('app:1', '--verbose', '--json');
    expect(JSON.parse(stdout)).to.include({ok: true});
    expect(stderr).to.match(
      /PUT http:\/\/127\.0\.0\.1:\d+\/v2\/tenant\/payments\/prod\/app\/manifests\/1 → 201/,
    );
    for (const secret of [canary, Buffer.from(`me:${canary}`).toString('base64')])
      expect(stdout + stderr).not.to.include(secret);
  });

  const toEurope = () =>
    home.start([
      'p2p',
      'promote',
      'app:1',
      '-t',
      'payments',
      '--from-stage',
      'extended-test',
      '-e',
      'prod-eu',
    ]);

  function expectFailure(
    {code, stdout, stderr}: {code: number | null; stdout: string; stderr: string},
    wanted: number,
    says: RegExp,
  ): void {
    expect(code, stderr).to.equal(wanted);
    expect(stdout + stderr).to.match(says);
    expect(stderr).not.to.match(/^ {4}at /m);
    expect(stdout + stderr).not.to.include(canary);
  }
});
