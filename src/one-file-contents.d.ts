/** What --version tells; the bundler fills it in. */
declare const CORECTL_RELEASE: {version: string; commit: string | null; runtime: string};

/** Made by scripts/one-file-bundle.js. */
declare module 'corectl:package' {
  import type {PJSON} from '@oclif/core/interfaces';
  export function packageDocument(): PJSON;
}
