import {listInside, walkInside} from '../environments/reading/files.ts';
import type {Problem} from '../environments/model.ts';
import {wholeFile} from '../environments/reading/read-file.ts';

/** The two files of a thin manifest, by their paths below the tree's root. */
export interface Project {
  readonly name: string;
  readonly manifest: string;
  readonly images: string;
}

/** The names of a tree of thin manifests; they are fixed, as people and tools go by them. */
const halves = {
  manifests: 'promoter-manifest.yaml',
  images: 'images.yaml',
} as const;
type Half = keyof typeof halves;

/** The files that a project of that name has. */
export function projectNamed(name: string): Project {
  return {
    name,
    manifest: `manifests/${name}/${halves.manifests}`,
    images: `images/${name}/${halves.images}`,
  };
}

export interface Tree {
  readonly projects: readonly Project[];
  readonly problems: readonly Problem[];
  /** What belongs to no project, and is not read: the image promoter of Kubernetes passes it by as well. */
  readonly strays: readonly Problem[];
}

/**
 * The projects of a tree, sorted: every folder of `manifests` and of `images` with the file of its half is one, and has to
 * have both files. Folders without any and YAML files that stand elsewhere belong to no project, and are problems where
 * there is no project at all; other files are left alone.
 */
export function projectsIn(root: string): Tree {
  const problems: Problem[] = [];
  const strays: Problem[] = [];
  const files = new Map<Half, Set<string>>();
  for (const half of ['manifests', 'images'] as const) {
    const found = listInside(root, half);
    if (found === 'missing' || 'instead' in found) {
      const instead = found === 'missing' ? 'nothing' : found.instead;
      problems.push(wholeFile(half, `expected a folder with a folder for each project, found ${instead}`));
      continue;
    }
    const walked = walkInside(root, half);
    problems.push(...unread(walked));
    strays.push(...misplaced(half, walked));
    files.set(half, new Set(walked.map(({path}) => path)));
  }
  const names = new Set([...foldersOf(root, 'manifests'), ...foldersOf(root, 'images')]);
  const found = [...names].sort(byCodePoint).map(projectNamed);
  const complete = found.filter((project) => {
    const missing = missingHalves(project, files);
    if (missing.length === 2) strays.push(...withoutHalves(root, project));
    else problems.push(...missing);
    return missing.length === 0;
  });
  // a tree of which nothing is read is not a tree with nothing to do
  const isLost = complete.length === 0 && problems.length === 0;
  const lost =
    strays.length > 0 ? strays : [wholeFile('manifests', 'expected a folder for each project, found none')];
  return {projects: complete, problems: isLost ? lost : problems, strays: isLost ? [] : strays};
}

function missingHalves({name, manifest, images}: Project, files: ReadonlyMap<Half, Set<string>>): Problem[] {
  const missing = [
    ...(files.get('manifests')?.has(manifest) === true ? [] : [manifest]),
    ...(files.get('images')?.has(images) === true ? [] : [images]),
  ];
  return missing.map((file) =>
    wholeFile(file, `expected both halves of project ${name}, found nothing here`),
  );
}

function withoutHalves(root: string, {name, manifest, images}: Project): Problem[] {
  return (['manifests', 'images'] as const)
    .filter((half) => foldersOf(root, half).includes(name))
    .map((half) =>
      wholeFile(`${half}/${name}`, `expected a project with ${manifest} and ${images}, found neither`),
    );
}

/** The order of texts that is the same everywhere. */
export const byCodePoint = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function misplaced(half: Half, walked: readonly {path: string}[]): Problem[] {
  return walked
    .map(({path}) => path)
    .filter((path) => /\.ya?ml$/i.test(path) && !isInPlace(half, path))
    .map((path) => wholeFile(path, `expected ${half}/PROJECT/${halves[half]}, found another YAML file`));
}

/** What nothing is read from, a whole project perhaps. */
function unread(walked: ReturnType<typeof walkInside>): Problem[] {
  return walked
    .filter(({kind}) => kind === 'link' || kind === 'other')
    .map(({path}) =>
      wholeFile(
        path,
        'expected a file or folder to read, found a symbolic link, a device or a folder that may not be read: it is not followed',
      ),
    );
}

function isInPlace(half: Half, path: string): boolean {
  const [folder, , name, ...deeper] = path.split('/');
  return folder === half && name === halves[half] && deeper.length === 0;
}

function foldersOf(root: string, half: Half): string[] {
  const found = listInside(root, half);
  if (found === 'missing' || 'instead' in found) return [];
  return found.content
    .filter(({name, kind}) => kind === 'folder' && !name.startsWith('.'))
    .map(({name}) => name);
}
