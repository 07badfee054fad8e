import type {ImagePlace} from '../../access/place.ts';
import {usageError} from '../../usage-error.ts';
import {hostname} from '../../environments/location.ts';
import {isLoopback} from '../../http/address.ts';
import {isHost, isLayoutPath, isRepositoryPath, layoutPrefix, type ImageName} from '../../oci/reference.ts';
import {refuseSharedTags} from './shared-tag.ts';
import {distinctImages, extraTagsFor, imagePlace, tagOrDigestOf, type Naming, type Plan} from './plan.ts';

/** A promotion whose registries the user gives: no environments repository has a say in it. */
export interface ExplicitRequest extends Naming {
  readonly images: readonly ImageName[];
  /** `HOST[:PORT][/PATH]`, or `oci:PATH` with an absolute path. */
  readonly sourceRegistry: string;
  /** What follows the registry's path before the image: a stage, or any path. */
  readonly sourceStage: string;
  readonly destRegistry: string;
  readonly destStage: string;
}

/**
 * The plan of an explicit promotion. Raises `invalid-registry` (exit code 2) for what is no registry or path, and as
 * distinctImages, extraTagsFor and refuseSharedTags do.
 */
export function planExplicit(request: ExplicitRequest): Plan {
  const {sourceRegistry, sourceStage, destRegistry, destStage} = request;
  const images = distinctImages(request).map(({image, label, destination}) => {
    const source = placeAt(sourceRegistry, sourceStage, image);
    return {
      image,
      label,
      source: image.digest === undefined ? source : imagePlace(source, image.digest),
      destinations: [
        {...placeAt(destRegistry, destStage, destination), extraTags: extraTagsFor(image, request)},
      ],
    };
  });
  refuseSharedTags(images);
  return {tenant: null, fromStage: sourceStage, images, leftOut: []};
}

function placeAt(registry: string, stage: string, image: ImageName): ImagePlace {
  if (registry.startsWith(layoutPrefix)) return placeInFolder(registry, stage, image);
  const base = registry.replace(/^https:\/\//, '').replace(/\/+$/, '');
  const [host = '', ...below] = base.split('/');
  const path = [...below, ...stage.split('/').filter((part) => part !== ''), image.name].join('/');
  if (!isHost(host.toLowerCase()) || !isRemoteOrLocal(host))
    throw invalid(registry, `${JSON.stringify(host)} is no registry host`);
  if (!isRepositoryPath(path)) throw invalid(registry, `${JSON.stringify(path)} is no repository`);
  const plainHttp = !registry.startsWith('https://') && isLoopback(hostname(host));
  const repository = {host: host.toLowerCase(), path, plainHttp};
  return imagePlace({environment: null, label: base, stage, repository}, tagOrDigestOf(image));
}

/** A folder that the user names is made where it is missing. */
function placeInFolder(registry: string, stage: string, image: ImageName): ImagePlace {
  const label = registry.replace(/\/+$/, '');
  const parts = [
    label.slice(layoutPrefix.length),
    ...stage.split('/').filter((part) => part !== ''),
    image.name,
  ];
  const directory = parts.join('/');
  if (!isLayoutPath(directory) || !isRepositoryPath(image.name))
    throw invalid(registry, `${JSON.stringify(directory)} is no path of a layout`);
  return imagePlace({environment: null, label, stage, repository: {directory}}, tagOrDigestOf(image));
}

/** A single word is a part of a path where the host was forgotten: only Docker Hub would make sense of that. */
const isRemoteOrLocal = (host: string): boolean => /[.:]/.test(host) || host.toLowerCase() === 'localhost';

function invalid(registry: string, problem: string): Error {
  return usageError('invalid-registry', `registry ${JSON.stringify(registry)}: ${problem}`, [
    'a registry is written HOST[:PORT][/PATH], for instance europe-west2-docker.pkg.dev/project/tenant/payments',
    'a folder of OCI layouts is written oci:PATH, without a colon, . or .. in the path',
  ]);
}
