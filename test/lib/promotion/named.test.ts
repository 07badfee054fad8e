import {expect} from 'chai';
import type {Model} from '../../../src/lib/environments/model.ts';
import {CorectlError} from '../../../src/lib/errors.ts';
import {planExplicit} from '../../../src/lib/promotion/planning/explicit-plan.ts';
import {planPromotion, type Plan} from '../../../src/lib/promotion/planning/plan.ts';
import {plannedReport} from '../../../src/lib/promotion/report-of-run.ts';
import {renderReport} from '../../../src/lib/ui/summary.ts';
import type {Files} from '../../support/git.ts';
import {modelOf} from '../../support/model.ts';
import {requestOfTest, type RequestOfTest} from '../../support/requests.ts';

const names = ['dev', 'soak-eu', 'prod-eu', 'prod-us'];
const path = (stages: string) => ({'corectl.yaml': `p2p:\n${stages}`});
const config = (name: string, rest = `registry: {url: "${name}.example.com/{tenant}"}`) => ({
  [`environments/${name}/config.yaml`]: `environment: ${name}\n${rest}\n`,
});
const tenantIn = (...environments: string[]) => ({
  'tenants/tenants/payments.yaml': `name: payments\nenvironments: [${environments.join(', ')}]\n`,
});
const enabled = (...environments: string[]) => ({
  'environments/environments.yaml': `enabled: [${environments.join(', ')}]\n`,
});
const sound: Files = {
  ...path('  extended-test: {default-envs: [dev]}\n  prod: {default-envs: [prod-eu, prod-us]}\n'),
  ...enabled(...names),
  ...(Object.fromEntries(names.flatMap((name) => Object.entries(config(name)))) as Files),
  ...tenantIn(...names),
};
const gated = (soak: string) =>
  path(
    `  extended-test: {default-envs: [dev], next: [soak, prod]}\n${soak}  prod: {default-envs: [prod-eu]}\n`,
  );

const planned = async (files: Files = {}, request: RequestOfTest = {}): Promise<Plan> =>
  planPromotion(await modelOf({...sound, ...files}), requestOfTest(request));
const leadsTo = ({images}: Plan) => images[0]?.destinations.map(({label, stage}) => `${label} ${stage}`);

async function refused(says: RegExp, files: Files = {}, request: RequestOfTest = {}): Promise<void> {
  const model: Model = await modelOf({...sound, ...files});
  refusal(says, () => planPromotion(model, requestOfTest(request)));
}

function refusal(says: RegExp, plan: () => Plan): void {
  expect(plan).to.throw(CorectlError).with.property('exitCode', 2);
  expect(plan).to.throw(says);
}

describe('what is named', () => {
  it('is promoted where all is sound', async () => {
    const plan = await planned();
    expect(leadsTo(plan)).to.deep.equal(['prod-eu prod', 'prod-us prod']);
    expect(plan.leftOut).to.deep.equal([]);
  });

  describe('and not meant, by what the repository itself says', () => {
    const prodUs = (reason: string) => [{environment: 'prod-us', stage: 'prod', reason}];

    it('is left out with the reason', async () => {
      expect((await planned(enabled('dev', 'prod-eu'))).leftOut).to.deep.equal(prodUs('not enabled'));
      expect((await planned(tenantIn('dev', 'prod-eu'))).leftOut).to.deep.equal(prodUs("not the tenant's"));
    });

    it('is not judged any further', async () => {
      const broken = config('prod-us', 'registry: {url: 1}');
      expect((await planned({...broken, ...enabled('dev', 'prod-eu')})).leftOut).to.have.length(1);
      expect((await planned({...broken, ...tenantIn('dev', 'prod-eu')})).leftOut).to.have.length(1);
    });

    it('stands in JSON with each image, and in the text as one line', async () => {
      const report = plannedReport(
        await planned(enabled('dev', 'prod-eu'), {images: ['app:1.0', 'web:1.0']}),
      );
      for (const {leftOut} of report.images) expect(leftOut).to.deep.equal(prodUs('not enabled'));
      const lines = renderReport(report).split('\n');
      expect(lines.filter((line) => line.includes('prod-us'))).to.deep.equal([
        'Left out: prod-us (prod): not enabled',
      ]);
    });

    it('cannot be asked for', async () => {
      await refused(/prod-us is no destination.*not enabled/, enabled('dev', 'prod-eu'), {
        environments: ['prod-us'],
      });
      await refused(/no enabled environment in prod/, tenantIn('dev'));
    });
  });

  describe('and broken', () => {
    for (const [what, rest] of [
      ['a registry that is none', 'registry: {url: "http://x"}'],
      ['no registry at all', ''],
      ['a platform that nothing follows from', 'platform: {vendor: gcp, projectId: p-1}'],
      ['a key that stands twice', 'registry: {url: r.example.com}\ntier: a\ntier: b'],
      ['a second document', 'registry: {url: r.example.com}\n---\ntier: a'],
    ] as const) {
      it(`refuses the promotion: an environment with ${what}`, async () => {
        await refused(/environments\/prod-us\/config.yaml:\d/, config('prod-us', rest));
        await refused(/environments\/dev\/config.yaml:\d/, config('dev', rest));
      });
    }

    it('does not where the request names others', async () => {
      const broken = config('prod-us', 'platform: {}');
      expect(leadsTo(await planned(broken, {environments: ['prod-eu']}))).to.deep.equal(['prod-eu prod']);
    });

    it('refuses the promotion: the first environment of the from-stage, unless another one is named', async () => {
      const files = {
        ...path('  extended-test: {default-envs: [dev, soak-eu]}\n  prod: {default-envs: [prod-eu]}\n'),
        ...config('dev', 'platform: {}'),
      };
      await refused(/environments\/dev\/config.yaml/, files);
      const {images} = await planned(files, {sourceEnvironment: 'soak-eu'});
      expect(images[0]?.source.label).to.equal('soak-eu');
    });

    it('but not one that is not enabled: the next is read from', async () => {
      const files = path(
        '  extended-test: {default-envs: [dev, soak-eu]}\n  prod: {default-envs: [prod-eu]}\n',
      );
      const {images} = await planned({...files, ...enabled('soak-eu', 'prod-eu')});
      expect(images[0]?.source.label).to.equal('soak-eu');
    });
  });

  describe('as a stage that follows', () => {
    for (const [what, soak] of [
      ['no default-envs', '  soak: {next: []}\n'],
      ['a misspelt key', '  soak: {default-env: [soak-eu]}\n'],
      ['a name in upper case', '  Soak: {default-envs: [soak-eu]}\n'],
      ['a scalar', '  soak: soak-eu\n'],
      ['no environment in its list', '  soak: {default-envs: []}\n'],
      ['nothing in its list', '  soak: {default-envs: }\n'],
      ['an unknown environment', '  soak: {default-envs: [soak-uk]}\n'],
      ['no definition', ''],
    ] as const) {
      it(`is never passed by: ${what}`, async () => {
        await refused(/soak/, gated(soak));
        await refused(/soak/, path(`  extended-test: {default-envs: [dev], next: [soak]}\n${soak}`));
      });
    }

    it('does not stand in the way of another one that the request names', async () => {
      const plan = await planned(gated('  soak: {next: []}\n'), {toStages: ['prod']});
      expect(leadsTo(plan)).to.deep.equal(['prod-eu prod']);
    });

    it('is refused on each of two cycles with a step in common', async () => {
      const stages = path(
        '  a: {default-envs: [dev], next: [d, b]}\n  b: {default-envs: [dev], next: [c]}\n  c: {default-envs: [soak-eu], next: [d]}\n  d: {default-envs: [prod-eu], next: [a]}\n',
      );
      for (const fromStage of ['a', 'b', 'c', 'd']) await refused(/found a cycle/, stages, {fromStage});
    });

    it('is not passed by for being misspelt in the standard order', async () => {
      for (const gate of ['extended_test', 'Extended-Test', 'extendedtest', 'extended-tests']) {
        const stages = `  fast-feedback: {default-envs: [dev]}\n  ${gate}: {default-envs: [dev]}\n  prod: {default-envs: [prod-eu]}\n`;
        await refused(/did you mean extended-test\?/, path(stages), {fromStage: 'fast-feedback'});
      }
    });
  });

  describe('and unknown', () => {
    it('refuses the promotion that meets it, with the nearest name', async () => {
      const stages = '  extended-test: {default-envs: [dev]}\n  prod: {default-envs: [prod-eu, prod-uss]}\n';
      await refused(/prod-uss.*did you mean prod-us\?/, path(stages));
      await refused(/Prod-US.*did you mean prod-us\?/, tenantIn('dev', 'prod-eu', 'Prod-US'));
      await refused(/prod-uss.*did you mean prod-us\?/, enabled('dev', 'prod-eu', 'prod-uss'));
    });

    it('refuses the promotion that meets any of those it is equally near to', async () => {
      const either = /prod-u.*did you mean prod-eu or prod-us\?/;
      for (const name of ['prod-eu', 'prod-us']) {
        const others = ['dev', 'soak-eu'];
        const only = {environments: [name]};
        await refused(either, tenantIn(...others, 'prod-u'), only);
        await refused(either, enabled(...others, 'prod-u'), only);
      }
      const stages = '  extended-test: {default-envs: [dev]}\n  prod: {default-envs: [prod-u]}\n';
      await refused(either, path(stages));
      // listed beside it: not what the misspelt one means
      await refused(/did you mean prod-us\?/, tenantIn('dev', 'prod-eu', 'prod-u'));
      expect(
        leadsTo(await planned(tenantIn('dev', 'prod-eu', 'prod-u'), {environments: ['prod-eu']})),
      ).to.deep.equal(['prod-eu prod']);
    });

    it('does not where nothing of it is used', async () => {
      const plan = await planned(tenantIn('dev', 'prod-eu', 'Prod-US'), {environments: ['prod-eu']});
      expect(leadsTo(plan)).to.deep.equal(['prod-eu prod']);
    });
  });

  describe('as a stage to promote to', () => {
    it('has something for the tenant, each of several', async () => {
      const files = {...gated('  soak: {default-envs: [soak-eu]}\n'), ...tenantIn('dev', 'prod-eu')};
      await refused(/no enabled environment in soak/, files, {toStages: ['soak', 'prod']});
      await refused(/in soak among prod-eu/, gated('  soak: {default-envs: [soak-eu]}\n'), {
        toStages: ['soak', 'prod'],
        environments: ['prod-eu'],
      });
      const plan = await planned(files);
      expect(leadsTo(plan)).to.deep.equal(['prod-eu prod']);
      expect(plan.leftOut).to.deep.equal([
        {environment: 'soak-eu', stage: 'soak', reason: "not the tenant's"},
      ]);
    });
  });

  describe('as a tag', () => {
    const [one, other] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`);
    for (const [what, request] of Object.entries<RequestOfTest>({
      'of one image, and given to another': {images: ['app:1.0', 'app:2.0'], tags: ['1.0']},
      'given to two': {images: ['app:1.0', 'app:2.0'], tags: ['stable']},
      'of two digests': {images: [`app:1.0@${one}`, `app:1.0@${other}`]},
      'by name and by digest': {images: ['app:1.0', `app:1.0@${other}`]},
      'given to two digests': {images: [`app@${one}`, `app@${other}`], tags: ['stable']},
      'that follows from two versions': {images: ['app:1.2.3', 'app:1.2.4'], versionTags: true},
    })) {
      it(`is written once: ${what}`, async () => {
        const [first = '', second = ''] = request.images ?? [];
        await refused(new RegExp(`^${first} and ${second} would both be written to .*/app:`), {}, request);
        refusal(/would both be written/, () =>
          planExplicit({
            ...requestOfTest(request),
            sourceRegistry: 'a.example.com',
            sourceStage: 'a',
            destRegistry: 'b.example.com',
            destStage: 'b',
          }),
        );
      });
    }

    it('is written for each of two repositories', async () => {
      const {images} = await planned({}, {images: ['app:1.0', 'web:1.0'], tags: ['stable']});
      expect(images).to.have.length(2);
    });

    it('is met where two images come out as one repository', async () => {
      const files = {
        ...config('prod-eu', 'registry: {url: r.example.com}'),
        ...config('prod-us', 'registry: {url: "r.example.com/{stage}/x"}'),
      };
      await refused(/app:1.0 and x\/app:1.0 would both/, files, {images: ['app:1.0', 'x/app:1.0']});
    });

    it('has no digest behind it', async () => {
      await refused(/has a digest/, {}, {tags: [`stable@${one}`]});
    });
  });

  describe('and comes out as one repository with another', () => {
    const shared = (eu: string, us: string) => ({
      ...config('prod-eu', `registry: {${eu}}`),
      ...config('prod-us', `registry: {${us}}`),
    });
    const url = 'url: r.example.com/x';

    it('is one destination with both names, in text and JSON', async () => {
      const plan = await planned(shared(url, 'url: R.example.com:443/x/'));
      const report = plannedReport(plan);
      const [destination, ...more] = report.images[0]?.destinations ?? [];
      expect(more).to.deep.equal([]);
      expect(destination).to.deep.include({environment: 'prod-eu', environments: ['prod-eu', 'prod-us']});
      expect(renderReport(report)).to.match(/^ {2}prod-eu, prod-us +prod +planned$/m);
    });

    for (const [what, eu, us] of [
      [
        'http and https on a port that is written',
        'url: "r.example.com:5000/x", plainHttp: true',
        'url: "r.example.com:5000/x"',
      ],
      ['credentials and none', `${url}, credentials: docker`, url],
      ['two kinds of credentials', `${url}, credentials: docker`, `${url}, credentials: gcp`],
    ] as const) {
      it(`is refused with other settings: ${what}`, async () => {
        await refused(/prod-eu and prod-us are one repository.*different settings/, shared(eu, us));
        const plan = await planned(shared(eu, us), {environments: ['prod-us']});
        expect(leadsTo(plan)).to.deep.equal(['prod-us prod']);
      });
    }

    it('is another repository on another port: http has 80 and https 443', async () => {
      const plan = await planned(shared(`${url}, plainHttp: true`, url));
      expect(leadsTo(plan)).to.deep.equal(['prod-eu prod', 'prod-us prod']);
      await refused(
        /different settings: http and https/,
        shared('url: "r.example.com:443/x", plainHttp: true', url),
      );
    });
  });
});
