// Far more edges than anybody has: how many requests they are, and how much memory.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {startCli} from '../support/cli.ts';
import {remove, temporaryFolder} from '../support/git.ts';
import {entry, registriesText} from '../support/manifests.ts';
import {generatedImage, startGenerated, type GeneratedRegistry} from '../support/registry-generated.ts';
import {slowTests} from '../support/slow-tests.ts';

const destinations = 40;
// 200,000 edges beside 1,000; 2,000 where there is no time
const [many, some] = [slowTests ? 5000 : 50, 25];
const MiB = 1024 * 1024;

describe('many edges', function () {
  this.timeout(3_000_000);
  let registry: GeneratedRegistry;
  let folder: string;
  beforeEach(async () => {
    registry = await startGenerated();
    folder = temporaryFolder();
    mkdirSync(path.join(folder, 'home'));
  });
  afterEach(async () => {
    await registry.close();
    remove(folder);
  });

  /** Promotes so many images to 40 registries that have them; gives the requests by kind, and the most memory in use. */
  async function promoted(images: number, ...more: string[]) {
    const names = Array.from({length: images}, (_, index) => `image-${index}`);
    const places = Array.from({length: destinations}, (_, index) => `${registry.host}/place-${index}`);
    const entries = names.map((name) => entry(name, {[generatedImage(name).digest]: ['1.0.0']}));
    const file = path.join(folder, 'many.yaml');
    writeFileSync(
      file,
      `${registriesText(`${registry.host}/source`, ...places)}images:\n${entries.join('')}`,
    );
    const before = new Map(registry.counts);
    const words = ['manifest', 'promote', '-m', file, '--confirm', '--no-referrers', '--quiet', ...more];
    const {child, result} = startCli(words, {home: path.join(folder, 'home'), timeoutMs: 3_000_000});
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, peakMemory(child.pid))), 20);
    const {code, stdout, stderr} = await result;
    clearInterval(watch);
    expect(code, stderr).to.equal(0);
    const counts = new Map(
      [...registry.counts].map(([kind, number]) => [kind, number - (before.get(kind) ?? 0)]),
    );
    return {stdout, counts, peak: peak / MiB};
  }

  it(`cost a request each, one for each image, and little memory (${many * destinations})`, async () => {
    const first = await promoted(some);
    const second = await promoted(many);
    for (const [images, {counts, stdout}] of [
      [some, first],
      [many, second],
    ] as const) {
      expect(stdout).to.contain(`${images * destinations} edges up to date`);
      const total = [...counts.values()].reduce((sum, number) => sum + number, 0);
      expect(counts.get('HEAD manifests')).to.equal(images * destinations);
      expect(total).to.be.at.most(images * (destinations + 2) + 10);
    }
    // each edge keeps its line of the report until the end, and the heap may grow by half of that; few edges are lost in what is not collected yet
    const perEdge = ((second.peak - first.peak) * 1024) / ((many - some) * destinations);
    expect(perEdge, 'KiB').to.be.at.most(slowTests ? 8 : 64);
  });
});

/** Bytes that a process had in use at most, so far (Linux); 0 elsewhere, and once it is gone. */
function peakMemory(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
