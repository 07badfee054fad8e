import {expect} from 'chai';
import {digestOf} from '../../src/lib/oci/digest.ts';
import {workshopOfSuite, type Workshop} from '../support/go-tools.ts';
import {promoteForTest, type Site} from '../support/promotion.ts';
import {describeWith} from '../support/real-tools.ts';
import {metBy, registryKinds, type KindRegistry, type RegistryKind} from '../support/registry-kinds.ts';
import {pushDockerImage, pushWholeImage, type PushedImage} from '../support/whole-image.ts';

for (const from of registryKinds) {
  for (const to of metBy(from)) {
    const tools = [...new Set([...from.tools, ...to.tools])];
    const title = `a promotion from ${from.name} to ${to === from ? 'another' : to.name}`;
    describeWith(['crane', ...tools], title, function () {
      const between = registriesOfSuite(from, to);
      itArrives(between, to);
      if (from.docker) itSpeaksOfDocker(between, to);
    });
  }
  describeWith(['crane', ...from.tools], `a promotion within ${from.name}`, function () {
    itArrives(registriesOfSuite(from), from);
  });
}

interface Between {
  readonly source: Site;
  readonly destination: Site;
  readonly workshop: Workshop;
  /** Requests to the destination that may have written something. */
  writes(): Promise<string[]>;
}

/** Two registries, or one, for all tests of a suite. */
function registriesOfSuite(from: RegistryKind, to?: RegistryKind): Between {
  const workshop = workshopOfSuite();
  let source: KindRegistry;
  let destination: KindRegistry;
  before(async () => {
    source = await from.start();
    destination = to ? await to.start() : source;
  });
  after(async () => {
    await Promise.all([...new Set([source, destination])].map((registry) => registry.stop()));
  });
  return {
    workshop,
    get source() {
      return {name: 'dev', registry: source, path: 'tenant/payments/extended-test'};
    },
    get destination() {
      return {name: 'prod', registry: destination, path: 'tenant/payments/prod'};
    },
    writes: () => destination.writes(),
  };
}

function itArrives(between: Between, kind: RegistryKind): void {
  let image: PushedImage;

  it('brings everything that belongs to the image', async () => {
    const {source, destination} = between;
    image = await pushWholeImage(urlOf(source), '1.0.0');
    const {report} = await promoteForTest({from: source, to: [destination]});
    expect(report.error).to.equal(null);
    expect(report.images[0]).to.include({digest: image.index});
    expect(report.images[0]!.destinations[0]).to.include({status: 'promoted', error: null});
  });

  it('leaves what crane finds to be the same, byte for byte', async () => {
    await expectWhole(between, image, '1.0.0');
    const {workshop, destination} = between;
    const signature = await workshop.run('crane', ['digest', `${nameOf(destination)}:${image.signature!}`]);
    expect(image.manifests).to.include(signature.toString().trim());
  });

  describeWith(['regctl'], 'and regctl', () => {
    it('finds the same referrers at the index, at a platform, and at a referrer', async () => {
      for (const [subject, artifactTypes] of image.referrers) {
        expect(await listed(between, subject)).to.deep.equal(artifactTypes);
      }
      const tree = await regctl(between, ['artifact', 'tree', `${nameOf(between.destination)}:1.0.0`]);
      for (const digest of image.referrers.keys()) expect(tree).to.include(digest);
    });
  });

  it('has nothing left to do', async () => {
    const {source, destination} = between;
    const before = await between.writes();
    const {report} = await promoteForTest({from: source, to: [destination]});
    expect(report.images[0]!.destinations[0]).to.include({status: 'up-to-date'});
    expect((await between.writes()).slice(before.length)).to.deep.equal([]);
    expect(before, `writes that ${kind.name} logged`).not.to.be.empty;
  });
}

function itSpeaksOfDocker(between: Between, to: RegistryKind): void {
  const images = ['app:docker'];

  if (to.docker) {
    it("keeps Docker's media types", async () => {
      const {source, destination} = between;
      const image = await pushDockerImage(urlOf(source), 'docker');
      const {report} = await promoteForTest({images, from: source, to: [destination]});
      expect(report.images[0]!.destinations[0]).to.include({status: 'promoted', error: null});
      await expectWhole(between, image, 'docker');
    });
    return;
  }

  it("says so where Docker's media types are refused, and writes no tag", async () => {
    const {source, destination} = between;
    await pushDockerImage(urlOf(source), 'docker');
    const {report} = await promoteForTest({images, from: source, to: [destination]});
    const {status, error} = report.images[0]!.destinations[0]!;
    expect(status).to.equal('failed');
    expect(error?.message).to.match(/^destination prod \(prod\): PUT manifest .*: HTTP 415 MANIFEST_INVALID/);
    expect(error?.suggestions).to.have.lengthOf(1);
    expect(error?.suggestions[0])
      .to.contain('manifests of type application/vnd.docker.distribution.manifest.v2+json')
      .and.contain('build the image with OCI media types');
    const tags = await between.workshop.run('crane', ['ls', nameOf(destination)]);
    expect(tags.toString().split('\n')).not.to.include('docker');
  });
}

async function expectWhole({workshop, destination}: Between, image: PushedImage, tag: string): Promise<void> {
  const name = nameOf(destination);
  const crane = (...args: string[]) => workshop.run('crane', args);
  expect((await crane('digest', `${name}:${tag}`)).toString().trim()).to.equal(image.index);
  for (const digest of image.manifests) {
    expect(digestOf(await crane('manifest', `${name}@${digest}`))).to.equal(digest);
  }
  for (const digest of image.blobs) {
    expect(digestOf(await crane('blob', `${name}@${digest}`))).to.equal(digest);
  }
  // attestations are no images: their layers are no archives
  for (const digest of image.platforms) await crane('validate', '--remote', `${name}@${digest}`);
}

async function listed(between: Between, subject: string): Promise<string[]> {
  const args = ['artifact', 'list', '--format', 'body', `${nameOf(between.destination)}@${subject}`];
  const {manifests} = JSON.parse(await regctl(between, args)) as {manifests: {artifactType: string}[]};
  return manifests.map(({artifactType}) => artifactType);
}

async function regctl({workshop, destination}: Between, args: readonly string[]): Promise<string> {
  const host = `reg=${destination.registry.host},tls=disabled`;
  return (await workshop.run('regctl', ['--host', host, ...args])).toString();
}

const nameOf = ({registry, path}: Site): string => `${registry.host}/${path}/app`;

const urlOf = ({registry, path}: Site): string => `http://${registry.host}/v2/${path}/app`;
