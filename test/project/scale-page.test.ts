import {readFileSync} from 'node:fs';
import {expect} from 'chai';
import {parse} from 'yaml';

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
