import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {expect} from 'chai';
import {workshopOfSuite, type Workshop} from '../support/go-tools.ts';
import {promoteForTest, type Site} from '../support/promotion.ts';
import {describeWith} from '../support/real-tools.ts';
import {metBy, registryKinds, type KindRegistry, type RegistryKind} from '../support/registry-kinds.ts';
import {sitesOfTest} from '../support/sites.ts';
import {pushBareImage, type PushedImage} from '../support/whole-image.ts';

// one image in three repositories: cosign keeps what it makes of it apart in each
const names = ['tags', 'referrers', 'bundle'] as const;

for (const from of registryKinds) {
  describeWith(['cosign', ...from.tools], `what cosign signed at ${from.name}`, function () {
    this.timeout(120_000);
    const signed = signedOfSuite(from);
    for (const to of metBy(from)) {
      describeWith(to.tools, `is verified at ${to === from ? 'another' : to.name}`, () => {
        itIsVerified(signed, to);
      });
    }
  });
}

describeWith(['cosign'], 'an image that is signed after its promotion', function () {
  const sites = sitesOfTest();
  const workshop = workshopOfSuite();

  it('is signed everywhere after the next one, by everyone who signed it', async () => {
    const [source, destination] = [await sites.source({uploadQuery: ''}), await sites.destination()];
    const repository = `http://${source.registry.host}/v2/${source.path}/app`;
    const {index} = await pushBareImage(repository, '1.0.0');
    const cosign: Cosign = async (...args) => (await workshop.run('cosign', args, settings)).toString();
    const sign = (key: string) => cosign('sign', ...withKey(key), referenceTo(source, 'app', index));
    const verify = (key: string) =>
      cosign('verify', ...withPublic(key), referenceTo(destination, 'app', index));
    const promote = () => promoteForTest({from: source, to: [destination]});
    for (const key of ['one', 'other']) await cosign('generate-key-pair', '--output-key-prefix', key);

    await promote();
    const unsigned = await verify('one').catch((error: unknown) => error);
    await sign('one');
    await promote();
    const signedOnce = await verify('one');
    await sign('other');
    const {events} = await promote();

    expect(String(unsigned)).to.contain('no signatures found');
    expect(events.map(({kind}) => kind)).not.to.include('warning');
    for (const output of [signedOnce, await verify('one'), await verify('other')])
      expect(output).to.contain(index);
  });
});

interface Signed {
  readonly source: Site;
  readonly image: PushedImage;
  readonly cosign: Cosign;
}

type Cosign = (...args: readonly string[]) => Promise<string>;

/** Images that are signed and attested in all ways that cosign has, by a key of their own. */
function signedOfSuite(from: RegistryKind): Signed {
  const workshop = workshopOfSuite();
  const cosign: Cosign = async (...args) => (await workshop.run('cosign', args, settings)).toString();
  let registry: KindRegistry;
  let image: PushedImage;
  const source = () => ({name: 'dev', registry, path: 'tenant/payments/extended-test'});
  before(async () => {
    registry = await from.start();
    for (const name of names) {
      image = await pushBareImage(
        `http://${registry.host}/v2/tenant/payments/extended-test/${name}`,
        '1.0.0',
      );
    }
    await makeSignatures({source: source(), image, cosign}, workshop);
  });
  after(() => registry.stop());
  return {
    cosign,
    get source() {
      return source();
    },
    get image() {
      return image;
    },
  };
}

// without a password it would ask for one
const settings = {COSIGN_PASSWORD: '', COSIGN_EXPERIMENTAL: '1'};
const withKey = (name: string) => [
  '--allow-http-registry',
  '--tlog-upload=false',
  '--yes',
  '--key',
  `${name}.key`,
];
const writing = withKey('cosign');
const withPublic = (name: string) => [
  '--allow-http-registry',
  '--insecure-ignore-tlog',
  '--key',
  `${name}.pub`,
];
const reading = withPublic('cosign');
const custom = ['--type', 'custom'];
// whoever has the key needs no other
const nobody = {mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1'};

async function makeSignatures({source, image, cosign}: Signed, workshop: Workshop): Promise<void> {
  await cosign('generate-key-pair');
  await writeFile(path.join(workshop.folder, 'predicate.json'), '{"builder":"test"}');
  await writeFile(path.join(workshop.folder, 'root.json'), JSON.stringify(nobody));
  const about = (name: string) => referenceTo(source, name, image.index);
  const predicate = [...custom, '--predicate', 'predicate.json'];
  await cosign('sign', ...writing, '--recursive', about('tags'));
  await cosign('attest', ...writing, ...predicate, about('tags'));
  await cosign('sign', ...writing, '--recursive', '--registry-referrers-mode=oci-1-1', about('referrers'));
  await cosign('attest', ...writing, ...predicate, '--new-bundle-format', about('bundle'));
}

function itIsVerified(signed: Signed, to: RegistryKind): void {
  const {cosign} = signed;
  let registry: KindRegistry;
  const destination = () => ({name: 'prod', registry, path: 'tenant/payments/prod'});
  const verify = async (command: string, name: string, ...more: string[]) => {
    const [index, platform] = [signed.image.index, ...signed.image.platforms];
    const about = [index, ...(command === 'verify' ? [platform!] : [])];
    const references = about.map((digest) => referenceTo(destination(), name, digest));
    return cosign(command, ...reading, ...more, ...references);
  };

  before(async () => {
    registry = await to.start();
    const images = names.map((name) => `${name}:1.0.0`);
    const {report} = await promoteForTest({images, from: signed.source, to: [destination()]});
    const found = report.images.flatMap(({destinations}) => destinations.map(({status}) => status));
    expect(found).to.deep.equal(['promoted', 'promoted', 'promoted']);
  });
  after(() => registry.stop());

  it('by its tags: the index and what is below it', async () => {
    expect(await verify('verify', 'tags')).to.contain(signed.image.index);
  });

  it('by the attestation under its tag', async () => {
    expect(await verify('verify-attestation', 'tags', ...custom)).to.contain('application/vnd.in-toto+json');
  });

  it('by referrers: the index and what is below it', async () => {
    expect(await verify('verify', 'referrers', '--experimental-oci11')).to.contain(signed.image.index);
  });

  it('by the bundle that refers to it', async () => {
    const bundle = ['--new-bundle-format', '--trusted-root', 'root.json'];
    expect(await verify('verify-attestation', 'bundle', ...custom, ...bundle)).to.contain(
      'application/vnd.in-toto+json',
    );
  });
}

const referenceTo = ({registry, path: folder}: Site, name: string, digest: string): string =>
  `${registry.host}/${folder}/${name}@${digest}`;
