// What a container runtime does with an image of an OCI layout, without one: unpack its layers, and run a program in that root.
import {execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';

/** An image's config, as far as a runtime heeds it. */
export interface ImageConfig {
  readonly architecture: string;
  readonly created: string;
  readonly config: {
    readonly User: string;
    readonly Env: readonly string[];
    readonly Entrypoint?: readonly string[];
    readonly Cmd: readonly string[];
    readonly Volumes: Readonly<Record<string, object>>;
  };
}

interface Manifest {
  readonly manifests: readonly {digest: string; platform: {architecture: string}}[];
  readonly config: {digest: string};
  readonly layers: readonly {digest: string}[];
}

/** A root that was unpacked, and the config of its image. */
export interface Unpacked {
  readonly root: string;
  readonly image: ImageConfig;
}

/** Unpacks the image of a tag for amd64 into a new folder. */
export function unpacked(layout: string, tag: string, root: string): Unpacked {
  const blob = (digest: string) => path.join(layout, 'blobs', ...digest.split(':'));
  const read = (digest: string) => JSON.parse(readFileSync(blob(digest), 'utf8')) as unknown;
  const index = JSON.parse(readFileSync(path.join(layout, 'index.json'), 'utf8')) as {
    manifests: {digest: string; annotations: Record<string, string>}[];
  };
  const tagged = index.manifests.find((one) => one.annotations['org.opencontainers.image.ref.name'] === tag)!;
  const {manifests} = read(tagged.digest) as Manifest;
  const {digest} = manifests.find(({platform}) => platform.architecture === 'amd64')!;
  const {config, layers} = read(digest) as Manifest;
  mkdirSync(root, {recursive: true});
  chmodSync(root, 0o755);
  for (const layer of layers) execFileSync('tar', ['-xzpf', blob(layer.digest), '-C', root]);
  // what runtimes put into every root
  for (const folder of ['proc', 'dev']) mkdirSync(path.join(root, folder));
  writeFileSync(path.join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
  return {root, image: read(config.digest) as ImageConfig};
}

export interface ContainerOptions {
  /** The user's number. */
  readonly user: number;
  /** A folder of the machine that is there as well, under the same path. */
  readonly shared?: string;
}

// the root is read-only but for its volumes; $0 is it, then user, shared folder, volumes, and the command
const steps = `
root=$0 user=$1 shared=$2 volumes=$3; shift 3
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev"
for device in null zero random urandom; do
  : > "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"
done
for volume in $volumes; do mount -t tmpfs -o mode=1777 tmpfs "$root$volume"; done
if [ -n "$shared" ]; then mkdir -p "$root$shared"; mount --bind "$shared" "$root$shared"; fi
mount -o remount,bind,ro "$root"
exec /usr/sbin/chroot --userspec="$user:$user" --groups= "$root" "$@"`;

/** The words that run a command in the root, to be followed by it: read-only, without a terminal, and as a user that nobody knows. */
export function inContainer({root, image}: Unpacked, {user, shared = ''}: ContainerOptions): string[] {
  const volumes = Object.keys(image.config.Volumes).join(' ');
  const words = ['unshare', '--mount', '--pid', '--fork', 'sh', '-ec', steps, root];
  return [...words, String(user), shared, volumes];
}

/** What the image says of the environment. */
export const environmentOf = ({image}: Unpacked): Record<string, string> =>
  Object.fromEntries(image.config.Env.map((entry) => entry.split(/=(.*)/s) as [string, string]));
