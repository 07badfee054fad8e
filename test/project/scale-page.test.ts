import {readFileSync} from 'node:fs';
import {expect} from 'chai';
import {parse} from 'yaml';
import {lockTimes} from '../../src/lib/environments/lock/held-lock.ts';
import {defaultPaceLimits} from '../../src/lib/http/pace.ts';

interface Container {
  readonly args?: readonly string[];
  readonly env?: readonly {readonly name: string; readonly value?: string}[];
  readonly volumeMounts?: readonly {readonly name: string}[];
}

interface Job {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: {
    readonly completions: number;
    readonly parallelism: number;
    readonly completionMode: string;
    readonly backoffLimitPerIndex?: number;
    readonly template: {
      readonly spec: {
        readonly restartPolicy: string;
        readonly containers: readonly Container[];
        readonly volumes: readonly {readonly name: string}[];
      };
    };
  };
}

const page = readFileSync(new URL('../../docs/scale.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, block = '']) => block);

describe('docs/scale.md', () => {
  it('has blocks that are YAML', () => {
    expect(blocks.length).to.equal(3);
    for (const block of blocks) expect(parse(block)).to.be.an('object');
  });

  it('says how many requests a host gets at once', () => {
    const [, first, most] = /begins with (\d+) requests at once to a host, has up to (\d+)/.exec(page) ?? [];
    expect([Number(first), Number(most)]).to.deep.equal([defaultPaceLimits.first, defaultPaceLimits.most]);
  });

  it('says how long a lock lives', () => {
    const [, ...seconds] =
      /renews it every (\d+) s\. [^]*?stood still for (\d+) s [^]*?could not renew it for (\d+) s/.exec(
        page,
      ) ?? [];
    const {renewal, dead, lost} = lockTimes;
    expect(seconds.map((one) => Number(one) * 1000)).to.deep.equal([renewal, dead, lost]);
  });

  it('has an Indexed Job whose completions are what --shard auto hears', () => {
    const {apiVersion, kind, spec} = parse(blocks.find((block) => block.includes('kind: Job')) ?? '') as Job;
    expect([apiVersion, kind]).to.deep.equal(['batch/v1', 'Job']);
    expect(Object.keys(spec)).to.have.members([
      ...['completions', 'parallelism', 'completionMode', 'backoffLimitPerIndex', 'template'],
    ]);
    expect(spec.completionMode).to.equal('Indexed');
    expect(spec.parallelism).to.be.at.most(spec.completions);
    const {restartPolicy, containers, volumes} = spec.template.spec;
    // backoffLimitPerIndex is for pods that are not restarted in place
    expect(restartPolicy).to.equal('Never');
    const [container] = containers;
    expect(container?.env?.find(({name}) => name === 'JOB_COMPLETIONS')?.value).to.equal(
      String(spec.completions),
    );
    expect(container?.args?.join(' ')).to.contain('--shard auto --json');
    const known = volumes.map(({name}) => name);
    for (const {name} of container?.volumeMounts ?? []) expect(known).to.include(name);
  });
});
