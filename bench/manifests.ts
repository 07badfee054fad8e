import {createHash} from 'node:crypto';
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';

/** A folder of thin manifests of one project with three destinations. */
export interface LargeManifests {
  readonly folder: string;
  readonly images: number;
  readonly digests: number;
}

const images = 10_000;
const digestsEach = 3;

/** Writes a list of ten thousand images, as large as those of big projects come to be in years. */
export async function writeManifests(parent: string): Promise<LargeManifests> {
  const folder = path.join(parent, 'manifests-tree');
  const destinations = ['asia', 'eu', 'us'].map((name) => `- name: ${name}.example.com/prod\n`);
  await write(
    path.join(folder, 'manifests/large/promoter-manifest.yaml'),
    `registries:\n- name: staging.example.com/large\n  src: true\n${destinations.join('')}`,
  );
  await write(
    path.join(folder, 'images/large/images.yaml'),
    Array.from({length: images}, (_, image) => entry(image)).join(''),
  );
  return {folder, images, digests: images * digestsEach};
}

function entry(image: number): string {
  const lines = Array.from({length: digestsEach}, (_, at) => {
    const digest = createHash('sha256').update(`${image}-${at}`).digest('hex');
    const tags = at === 0 ? ['1.0', 'latest'] : [`1.${at}`];
    return `    "sha256:${digest}": [${tags.map((tag) => `"${tag}"`).join(', ')}]\n`;
  });
  return `- name: team-${image % 40}/app-${image}\n  dmap:\n${lines.join('')}`;
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), {recursive: true});
  await writeFile(file, text);
}
