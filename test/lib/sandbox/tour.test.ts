import {expect} from 'chai';
import {existsSync} from 'node:fs';
import {readFile, stat} from 'node:fs/promises';
import path from 'node:path';
import {pushImage} from '../../../src/lib/sandbox/registry-client.ts';
import {openSandbox, sample, sampleRepositoryPath, type Sandbox} from '../../../src/lib/sandbox/sandbox.ts';
import {takeTour} from '../../../src/lib/sandbox/tour.ts';
import {places} from '../../../src/lib/sandbox/verify.ts';

describe("the sandbox's tour", () => {
  let sandbox: Sandbox;
  let printed: string[];
  const signal = new AbortController().signal;
  beforeEach(async () => {
    printed = [];
    sandbox = await openSandbox({PATH: process.env.PATH});
  });
  afterEach(() => sandbox.close());

  const tour = (run: (args: readonly string[]) => Promise<number>) =>
    takeTour(sandbox, {run, print: (text) => printed.push(text), signal});
  const failure = async (run: (args: readonly string[]) => Promise<number>) => {
    const error = (await tour(run).catch((error: unknown) => error)) as Error;
    expect(error).to.include({code: 'sandbox-failed', exitCode: 1});
    return error.message;
  };
  /** Promotes the way a promotion leaves things, except that it may change what it brings. */
  const promote = async (args: readonly string[], image = sandbox.image) => {
    if (args.includes('--dry-run') || !args.includes('promote')) return 0;
    const [from, done] = [args.at(-1), printed.filter((text) => text.includes('fast-feedback\n')).length];
    if (from === 'fast-feedback' && done > 1) return 0;
    for (const {environment, stage} of places) {
      if (stage !== (from === 'fast-feedback' ? 'extended-test' : 'prod')) continue;
      await pushImage(sandbox.registries[environment], sampleRepositoryPath(stage), {image, tag: sample.tag});
    }
    return 0;
  };

  it('ends well when every place holds the image', async () => {
    expect(await tour(promote)).to.match(/^Verified: app:1\.0\.0 is the same at all 4 places, 60 digests/);
    expect(printed.join('')).to.contain('$ corectl p2p stages --tenant payments\n');
  });

  it('fails at the command that fails', async () => {
    expect(await failure((args) => Promise.resolve(args.includes('stages') ? 3 : 0))).to.match(
      /"corectl p2p stages --tenant payments" ended with exit code 3/,
    );
  });

  it('fails when nothing was promoted', async () => {
    expect(await failure(() => Promise.resolve(0))).to.match(/dev: .* 404$/);
  });

  it('fails when a tag leads to something else', async () => {
    const {image} = sandbox;
    const other = {...image, index: image.manifests[0]!};
    expect(await failure((args) => promote(args, args.at(-1) === 'extended-test' ? other : image))).to.match(
      /prod-eu: .* holds something else as 1\.0\.0$/,
    );
  });

  it('fails when a dry run writes', async () => {
    const write = async (args: readonly string[]) => {
      if (args.includes('--dry-run')) await promote(['promote', 'extended-test']);
      return 0;
    };
    expect(await failure(write)).to.match(/--dry-run" wrote to a registry/);
  });

  it('keeps the logins to the owner and takes no login but these', async () => {
    const file = path.join(sandbox.dockerConfig, 'config.json');
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    const {auths} = JSON.parse(await readFile(file, 'utf8')) as {auths: Record<string, unknown>};
    expect(Object.keys(auths)).to.have.members(Object.values(sandbox.registries).map(({host}) => host));
    const stranger = {...sandbox.registries.dev, password: 'guessed'};
    const error = await pushImage(stranger, 'x/y', {image: sandbox.image, tag: 't'}).catch(
      (error: unknown) => error,
    );
    expect((error as Error).message).to.match(/401$/);
  });

  it('leaves nothing behind when it is closed', async () => {
    expect(existsSync(sandbox.folder)).to.equal(true);
    await sandbox.close();
    expect(existsSync(sandbox.folder)).to.equal(false);
  });

  it('cannot be opened without git, says so and leaves nothing behind', async () => {
    const error = (await openSandbox({PATH: '/nowhere'}).catch((error: unknown) => error)) as Error;
    expect(error.message).to.match(/^cannot make the sample environments repository/);
    expect(error).to.include({code: 'sandbox', exitCode: 1});
  });
});
