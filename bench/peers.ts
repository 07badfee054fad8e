import {executable} from '../test/support/real-tools.ts';
import type {Run} from './measure.ts';

/** A program that copies images, too. */
export interface Peer {
  readonly name: string;
  /** Copies an image with all of its platforms over plain HTTP; both are given as `HOST/REPOSITORY:TAG`. */
  readonly copy: (from: string, to: string) => Run;
}

/** The programs that corectl is compared with, in the order of the table. */
export const peerNames = ['skopeo', 'crane', 'regctl'] as const;

/** Those that are on PATH; `env` is what they see, `folder` is theirs to write to. */
export function installedPeers(env: Readonly<Record<string, string>>, folder: string): Peer[] {
  return peerNames
    .filter((name) => executable(name) !== undefined)
    .map((name) => ({
      name,
      copy: (from, to) => ({
        command: name,
        args: argumentsOf[name](from, to),
        env: {...env, XDG_RUNTIME_DIR: folder},
      }),
    }));
}

const argumentsOf: Record<(typeof peerNames)[number], (from: string, to: string) => string[]> = {
  skopeo: (from, to) => [
    'copy',
    '--quiet',
    '--all',
    '--preserve-digests',
    '--src-tls-verify=false',
    '--dest-tls-verify=false',
    `docker://${from}`,
    `docker://${to}`,
  ],
  crane: (from, to) => ['copy', '--insecure', from, to],
  regctl: (from, to) => [
    ...new Set([from, to].map((reference) => `--host=reg=${hostOf(reference)},tls=disabled`)),
    ...['image', 'copy', from, to],
  ],
};

function hostOf(reference: string): string {
  return reference.slice(0, reference.indexOf('/'));
}
