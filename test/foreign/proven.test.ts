// The way to production that demands proof, in the sandbox's environments: refused with its reasons, satisfied by real cosign,
// promoted, and told by the records.
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {environmentOf} from '../../src/lib/sandbox/instructions.ts';
import {openSandbox, type Sandbox} from '../../src/lib/sandbox/sandbox.ts';
import {promotionPredicate} from '../../src/lib/record/promotion.ts';
import {runCli} from '../support/cli.ts';
import {commit} from '../support/git.ts';
import {workshopOfSuite} from '../support/go-tools.ts';
import {describeWith} from '../support/real-tools.ts';
import {testKey} from '../support/signatures.ts';

const testType = 'https://example.com/test/v1';
const [build, pipeline] = [testKey(), testKey()];

const stages = `p2p:
  trust:
    build: {key: keys/build.pub}
    pipeline: {key: keys/pipeline.pub}
  record: {key: 'env://CORECTL_RECORD_KEY', compatible: cosign2}
  fast-feedback: {default-envs: [dev]}
  extended-test: {default-envs: [dev]}
  prod:
    default-envs: [prod-eu, prod-us]
    require:
      signed: build
      attested: {type: '${testType}', by: build, where: "predicate.result == 'PASSED'"}
      promoted: pipeline
      soaked: 24h
`;

/** Runs before corectl in a child of its own: the clock of tomorrow. */
const tomorrow = `const Now = Date;
globalThis.Date = class extends Now {
  constructor(...given) {
    super(...(given.length > 0 ? given : [Date.now()]));
  }
  static now() {
    return Now.now() + 25 * 3_600_000;
  }
};
`;

for (const tool of ['cosign', 'cosign3'] as const) {
  describeWith([tool], 'proven before production, with', function () {
    this.timeout(300_000);
    const workshop = workshopOfSuite();
    let sandbox: Sandbox;
    beforeEach(async () => {
      sandbox = await openSandbox(process.env);
    });
    afterEach(() => sandbox.close());

    const corectl = (args: readonly string[], more: Record<string, string> = {}) =>
      runCli(args, {
        home: sandbox.home,
        env: {...environmentOf(sandbox), CORECTL_RECORD_KEY: pipeline.privatePem, ...more},
        timeoutMs: 120_000,
      });
    const toProd = [
      ...['p2p', 'promote', 'app:1.0.0', '--tenant', 'payments', '--from-stage', 'extended-test', '--json'],
    ];
    /** The rules that an attempt to go to production fails by. */
    const reasons = async (more: Record<string, string> = {}) => {
      const {code, stdout} = await corectl(toProd, more);
      const {images, error} = JSON.parse(stdout) as {
        images: {policy: {results: {rule: string; passed: boolean}[]} | null}[];
        error: unknown;
      };
      expect(code, JSON.stringify(error)).to.be.oneOf([0, 6]);
      const results = images[0]?.policy?.results ?? [];
      return [code, ...results.filter(({passed}) => !passed).map(({rule}) => rule.replace(/:.*/, ''))];
    };

    it('is refused with three reasons, satisfied one by one, promoted, and verified by corectl and cosign', async () => {
      const {folder} = workshop;
      const write = (name: string, text: string) => {
        writeFileSync(path.join(folder, name), text);
        return path.join(folder, name);
      };
      commit(sandbox.repository, {
        'corectl.yaml': stages,
        'keys/build.pub': build.pem,
        'keys/pipeline.pub': pipeline.pem,
      });
      const cosign = async (...args: string[]) =>
        (
          await workshop.run(tool, args, {COSIGN_PASSWORD: '', DOCKER_CONFIG: sandbox.dockerConfig})
        ).toString();
      const imageAt = (environment: 'dev' | 'prod-eu' | 'prod-us', stage: string) =>
        `${sandbox.registries[environment].host}/tenant/payments/${stage}/app@${sandbox.image.index.digest}`;

      expect((await corectl(['init', '-e', sandbox.repository, '--strict'])).code).to.equal(0);
      const first = await corectl([
        ...['p2p', 'promote', 'app:1.0.0', '--tenant', 'payments', '--from-stage', 'fast-feedback'],
      ]);
      expect(first.code, first.stderr).to.equal(0);
      expect(await reasons()).to.deep.equal([6, 'signed', 'attested', 'soaked']);

      write('build.pem', build.privatePem);
      await cosign('import-key-pair', '--key', 'build.pem', '--output-key-prefix', 'build', '--yes');
      const isThird = (await cosign('version')).includes('GitVersion:    v3');
      const signing = ['--key', 'build.key', '--allow-http-registry', '--tlog-upload=false', '--yes'];
      const how = isThird ? [...signing, '--use-signing-config=false'] : signing;
      await cosign('sign', ...how, imageAt('dev', 'extended-test'));
      expect(await reasons()).to.deep.equal([6, 'attested', 'soaked']);
      write('failed.json', '{"result":"FAILED"}');
      write('passed.json', '{"result":"PASSED"}');
      const attest = (predicate: string) =>
        cosign(
          ...['attest', ...how, '--type', testType, '--predicate', predicate],
          imageAt('dev', 'extended-test'),
        );
      await attest('failed.json');
      expect(await reasons()).to.deep.equal([6, 'attested', 'soaked']);
      await attest('passed.json');
      expect(await reasons()).to.deep.equal([6, 'soaked']);

      const clock = write('tomorrow.mjs', tomorrow);
      expect(await reasons({NODE_OPTIONS: `--import=${clock}`})).to.deep.equal([0]);

      for (const environment of ['prod-eu', 'prod-us'] as const) {
        const {code, stdout} = await corectl([
          ...['p2p', 'history', 'app:1.0.0', '--tenant', 'payments', '--environment', environment, '--json'],
        ]);
        const {promotions} = JSON.parse(stdout) as {
          promotions: {fromStage: string; verifiedBy: string | null; digest: string}[];
        };
        expect([code, promotions.map((one) => [one.fromStage, one.verifiedBy])]).to.deep.equal([
          0,
          [
            ['fast-feedback', 'pipeline'],
            ['extended-test', 'pipeline'],
          ],
        ]);
        write('pipeline.pub', pipeline.pem);
        write('build.pub', build.pem);
        const reading = ['--allow-http-registry', '--insecure-ignore-tlog'];
        const image = imageAt(environment, 'prod');
        const told = await cosign(
          ...['verify-attestation', '--key', 'pipeline.pub', ...reading, '--type', promotionPredicate, image],
        );
        expect(told).to.contain('application/vnd.in-toto+json');
        expect(await cosign('verify', '--key', 'build.pub', ...reading, image)).to.contain(
          sandbox.image.index.digest,
        );
        const stranger = cosign(
          ...['verify-attestation', '--key', 'build.pub', ...reading, '--type', promotionPredicate, image],
        );
        expect(String(await stranger.catch((error: unknown) => error))).to.contain('Error');
      }
    });
  });
}
