import {pull} from './registry-client.ts';
import {sample, sampleRepositoryPath, type Sandbox} from './sandbox.ts';
import type {SandboxEnvironment} from './sample-repository.ts';
import {CorectlError, exitCodes, messageOf} from '../errors.ts';

/** Where the image is to be found once it was promoted all the way. */
export const places: readonly {readonly environment: SandboxEnvironment; readonly stage: string}[] = [
  {environment: 'dev', stage: 'fast-feedback'},
  {environment: 'dev', stage: 'extended-test'},
  {environment: 'prod-eu', stage: 'prod'},
  {environment: 'prod-us', stage: 'prod'},
];

/**
 * Reads the sample image back from every place, its tag and each piece by digest, and compares byte for byte. Returns
 * the number of comparisons; raises `sandbox-failed` (exit code 1) at the first difference.
 */
export async function verifyEverywhere({registries, image}: Sandbox): Promise<number> {
  let compared = 0;
  for (const {environment, stage} of places) {
    const repository = sampleRepositoryPath(stage);
    const compare = async (wanted: Parameters<typeof pull>[2], expected: Buffer) => {
      const found = await pull(registries[environment], repository, wanted).catch((error: unknown) => {
        throw failed(`${environment}: ${messageOf(error)}`);
      });
      const name = typeof wanted === 'string' ? wanted : wanted.digest;
      if (!found.equals(expected))
        throw failed(`${environment}: ${repository} holds something else as ${name}`);
      compared += 1;
    };
    await compare(sample.tag, image.index.bytes);
    for (const content of [...image.manifests, ...image.blobs]) await compare(content, content.bytes);
  }
  return compared;
}

/** The error for a tour that did not go as it should. */
export function failed(message: string): CorectlError {
  return new CorectlError({
    code: 'sandbox-failed',
    message: `the sandbox's tour failed: ${message}`,
    exitCode: exitCodes.failed,
  });
}
