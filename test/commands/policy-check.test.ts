import {expect} from 'chai';
import {runCli} from '../support/cli.ts';
import {commit, remove, temporaryFolder, writeFiles} from '../support/git.ts';
import {sampleRepository} from '../support/environments-repository.ts';
import {testKey} from '../support/signatures.ts';

const [build, pipeline] = [testKey(), testKey()];
const keys = {
  'keys/build.pub': build.pem,
  'keys/pipeline.pub': pipeline.pem,
  // the same key in a file that says more
  'keys/again.pub': `of the pipeline\n${build.pem}`,
};
const corectl = (require: string, pipelineKey = 'pipeline') => `p2p:
  trust:
    build: {key: keys/build.pub}
    pipeline: {key: keys/${pipelineKey}.pub}
  fast-feedback: {default-envs: [gcp-dev]}
  prod:
    default-envs: [prod-eu]
    require: ${require}
`;

describe('corectl policy check', function () {
  let root: string;
  beforeEach(() => {
    root = temporaryFolder();
    writeFiles(root, {...sampleRepository, ...keys});
  });
  afterEach(() => {
    remove(root);
  });

  const check = (policy: string) => {
    writeFiles(root, {'corectl.yaml': policy});
    return runCli(['policy', 'check', root], {home: root});
  };

  it('says how many rules are sound', async () => {
    const {code, stdout} = await check(corectl('{signed: build, promoted: pipeline, soaked: 24h}'));
    expect([code, stdout]).to.deep.equal([0, '3 rules: no problems.\n']);
  });

  it('is what init and update do with --strict, and nothing of it without', async () => {
    const misspelt = corectl('{singed: build}');
    commit(root, {'corectl.yaml': misspelt});
    const init = (...args: string[]) => runCli(['init', '-e', root, ...args], {home: root});
    const strict = await init('--strict');
    expect([strict.code, strict.stderr.includes('"singed" (did you mean signed?)')]).to.deep.equal([2, true]);
    expect((await init()).code).to.equal(0);
    const update = () => runCli(['update', '--strict'], {home: root});
    expect((await update()).code).to.equal(2);
    commit(root, {'corectl.yaml': corectl('{signed: build}')});
    expect((await update()).code).to.equal(0);
  });

  const wrong: Record<string, {policy: string; told: RegExp}> = {
    'a misspelt field': {
      policy: corectl('{singed: build, promoted: pipeline}'),
      told: /corectl\.yaml:8:15 p2p\.prod\.require\.singed: expected one of .*"singed" \(did you mean signed\?\)/,
    },
    'a misspelt key of a stage, which would demand nothing': {
      policy: corectl('{signed: build}').replace('require:', 'requires:'),
      told: /corectl\.yaml:8:\d+ p2p\.prod\.requires: expected a key that is known, found "requires" \(did you mean require\?\)/,
    },
    'a misspelt key beside the stages, which would trust nobody': {
      policy: corectl('{signed: build}').replace('trust:', 'trusts:'),
      told: /p2p\.trusts: expected a stage, found "trusts" \(did you mean trust\?\)/,
    },
    'a stage that cannot be read, whose rules would go unseen': {
      policy: corectl('{singed: build}').replace('[prod-eu]', 'prod-eu'),
      told: /p2p\.prod\.default-envs: expected a list of names, found "prod-eu"/,
    },
    'a key that is not there': {
      policy: corectl('{signed: build}', 'absent'),
      told: /corectl\.yaml:4:5 p2p\.trust\.pipeline: .*there is no keys\/absent\.pub/,
    },
    'a record by whoever signs images': {
      policy: corectl('{signed: build, promoted: pipeline}', 'build'),
      told: /p2p\.prod\.require\.promoted: expected an identity that signs no images, found pipeline/,
    },
    'a record by whoever signs images, whose key is in another file': {
      policy: corectl('{signed: build, promoted: pipeline}', 'again'),
      told: /expected an identity that signs no images, found pipeline/,
    },
    'records that are keyless, and no root to verify them by': {
      policy: corectl('{promoted: pipeline}').replace('p2p:\n', 'p2p:\n  record: keyless\n'),
      told: /corectl\.yaml:2:\d+ p2p\.record: expected trust\.root beside record: keyless, found none/,
    },
    'a record by a workflow that stands for signed as well': {
      policy: corectl('{signed: build, promoted: pipeline}')
        .replace('{key: keys/build.pub}', `{issuer: https://i, subject: 'https://g/a/b/*@refs/heads/main'}`)
        .replace('{key: keys/pipeline.pub}', '{issuer: https://i, subject: https://g/a/b/p@refs/heads/main}')
        .replace('trust:\n', 'trust:\n    root: keys/root.json\n'),
      told: /expected an identity that signs no images, found pipeline/,
    },
    'a condition that is none': {
      policy: corectl('{attested: {type: spdx, by: build, where: "predicate +"}}'),
      told: /corectl\.yaml:8:\d+ .*expected a condition in CEL/,
    },
  };
  for (const [what, {policy, told}] of Object.entries(wrong)) {
    it(`finds ${what}, and ends with 2`, async () => {
      const {code, stderr} = await check(policy);
      expect(stderr).to.match(told);
      expect(code).to.equal(2);
    });
  }
});
