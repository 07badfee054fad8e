import {expect} from 'chai';
import {Connection} from '../../../src/lib/access/connection.ts';
import type {RegistryPlace} from '../../../src/lib/access/place.ts';
import {RemoteRepository} from '../../../src/lib/copy/remote-repository.ts';
import {anonymous} from '../../../src/lib/distribution/credential.ts';
import {referrersTag} from '../../../src/lib/distribution/referrers-tag.ts';
import {CorectlError, exitCodes} from '../../../src/lib/errors.ts';
import type {ErrorCode} from '../../../src/lib/troubles.ts';
import {attachedTo} from '../../../src/lib/evidence/attached.ts';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import type {Limits} from '../../../src/lib/http/wire.ts';
import {parseImageName, type RepositoryName, type Tag} from '../../../src/lib/oci/reference.ts';
import {
  readRecordedImages,
  type HistoryQuestion,
  type RecordedImage,
} from '../../../src/lib/promotion/history.ts';
import {promotionPredicate} from '../../../src/lib/record/promotion.ts';
import {resolveAtSource} from '../../../src/lib/promoter-manifests/resolve.ts';
import type {PromoterManifest} from '../../../src/lib/promoter-manifests/manifest.ts';
import {takeSnapshot} from '../../../src/lib/snapshot/take.ts';
import {readStatus, type WantedImage} from '../../../src/lib/status/read-status.ts';
import {rowOf} from '../../support/conclusions-table.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {recordedPromotion} from '../../support/recorded-promotion.ts';
import {attest, testKey} from '../../support/signatures.ts';
import {
  asSubject,
  pushArtifact,
  pushImage,
  startTestRegistry,
  type FaultAction,
  type PushedManifest,
} from '../../support/registry.ts';
import {pushBytes, repositoryOf, storeOf, type TestSite} from '../../support/sites.ts';

const answers: Record<string, FaultAction | undefined> = {
  '200': undefined,
  '404': {
    status: 404,
    headers: {'content-type': 'application/json'},
    body: '{"errors":[{"code":"NOT_FOUND"}]}',
  },
  '401': {status: 401},
  '403': {status: 403},
  '405': {status: 405},
  '429': {status: 429},
  '500': {status: 500},
  '502, HTML': {status: 502, headers: {'content-type': 'text/html'}, body: '<h1>Bad Gateway</h1>'},
  reset: {reset: true},
  'no answer': {stall: 'response'},
};

/** An image with a referrer and a signature, and whoever is to find them. */
interface Asked {
  readonly site: TestSite;
  readonly image: PushedManifest;
  readonly connection: Connection;
  readonly repository: RemoteRepository;
  readonly limits: Partial<Limits>;
}

const retries = {attempts: 2, delay: 1};

interface Question {
  /** The requests that get the answer. */
  readonly path: (image: PushedManifest) => RegExp;
  readonly ask: (asked: Asked) => Promise<boolean | 'told'>;
}

/** Everybody who asks a registry whether something is there, by the first cell of the table's row. */
const questions: Record<string, Question> = {
  'the image, at the source': {
    path: () => /\/manifests\/1\.0\.0$/,
    ask: async ({site, limits}) => {
      const {report} = await promoteForTest({from: site, to: [], retries, limits});
      if (report.exitCode === exitCodes.imageNotFound) return false;
      if (report.exitCode !== exitCodes.success) {
        const {code, ...told} = report.error!;
        throw new CorectlError({...told, code: code as ErrorCode, side: 'source'});
      }
      return true;
    },
  },
  'a tag, at a destination': {
    path: () => /\/manifests\/1\.0\.0$/,
    ask: async ({repository}) => (await repository.digestOf('1.0.0' as Tag)) !== undefined,
  },
  'a manifest': {
    path: ({digest}) => new RegExp(`/manifests/${digest}$`),
    ask: async ({repository, image}) =>
      (await repository.missing({manifests: [image], blobs: []})).manifests.length === 0,
  },
  'a blob': {
    path: ({blobs: [config]}) => new RegExp(`/blobs/${config!.digest}$`),
    ask: async ({repository, image: {blobs}}) =>
      (await repository.missing({manifests: [], blobs: blobs.slice(0, 1)})).blobs.length === 0,
  },
  'a tag of cosign': {
    path: () => /\.sig$/,
    ask: async ({repository, image}) =>
      (await repository.find(`${referrersTag(image.digest)}.sig` as Tag)) !== undefined,
  },
  'referrers, by the API': {
    path: () => /\/referrers\//,
    ask: async ({repository, image, site}) => {
      await storeOf(site).deleteTag(referrersTag(image.digest));
      const {descriptors, refused} = await repository.referrers(image.digest);
      return refused === undefined ? descriptors.length > 0 : 'told';
    },
  },
  'referrers, by their tag': {
    path: ({digest}) => new RegExp(`/manifests/${referrersTag(digest)}$`),
    ask: async ({repository, image, site}) => {
      site.registry.faults.add({path: /\/referrers\//, action: {status: 404}});
      const {descriptors, refused} = await repository.referrers(image.digest);
      return refused === undefined ? descriptors.length > 0 : 'told';
    },
  },
  'a list of tags': {
    path: () => /\/tags\/list/,
    ask: async ({repository}) => (await repository.tags()).length > 0,
  },
  'a list of tags, for a snapshot': {path: () => /\/tags\/list/, ask: snapshot},
  'a manifest, for a snapshot': {path: () => /\/manifests\/1\.0\.0$/, ask: snapshot},
  'a tag, for `manifest add`': {
    path: () => /\/manifests\/1\.0\.0$/,
    ask: async ({site, connection}) => {
      const {host} = site.registry;
      const source = {name: host, host, path: site.path, plainHttp: true, line: 1, column: 1};
      await resolveAtSource({source} as unknown as PromoterManifest, parseImageName('app:1.0.0'), connection);
      return true;
    },
  },
  'a signature, for a policy': {
    path: () => /\.sig$/,
    ask: async ({repository, image}) => {
      const {list} = await attachedTo(repository, image.digest);
      return list.some(({tag}) => tag?.endsWith('.sig') === true);
    },
  },
  'referrers, for a policy': {
    path: () => /\/referrers\//,
    ask: async ({repository, image, site}) => {
      await storeOf(site).deleteTag(referrersTag(image.digest));
      const {list, refused} = await attachedTo(repository, image.digest);
      return refused === undefined ? list.some(({tag}) => tag === undefined) : 'told';
    },
  },
  'a tag, for `p2p history`': {
    path: () => /\/manifests\/1\.0\.0$/,
    ask: async (asked) => (await recorded(asked, {tag: '1.0.0' as Tag})).length > 0,
  },
  'a digest, for `p2p history`': {
    path: ({digest}) => new RegExp(`/manifests/${digest}$`),
    ask: async (asked) => (await recorded(asked, {digest: asked.image.digest})).length > 0,
  },
  'the content of a record, for `p2p history`': {
    path: () => /\/blobs\/sha256:/,
    ask: async (asked) => {
      const statement = {type: promotionPredicate, predicate: recordedPromotion, key: testKey()};
      await attest(asked.site, asked.image.digest, statement);
      const [found] = await recorded(asked, {digest: asked.image.digest});
      return found!.records.length > 0;
    },
  },
  'a tag, for `p2p status`': {
    path: () => /\/manifests\/1\.0\.0$/,
    ask: async ({site, connection}) => {
      const places = [{...placeOf(site), stage: 'dev'}] as unknown as WantedImage['places'];
      const [told] = await readStatus([{name: 'app', tag: '1.0.0' as Tag, places}], connection);
      const {state, error} = told!.cells[0]!;
      if (error !== null)
        throw new CorectlError({
          ...error,
          code: error.code as ErrorCode,
          side: 'destination',
          exitCode: exitCodes.failed,
        });
      return state !== 'missing';
    },
  },
};

/** A limit of a second runs out twice: that is waited for once, for all who ask. */
const unanswered = 'no answer';

describe('what is concluded from an answer', function () {
  this.timeout(120_000);
  const opened: {close(): Promise<void>}[] = [];
  const header = rowOf('asked for');
  let withoutAnswer: Record<string, string>;

  before(async () => {
    const concluded = Object.entries(questions).map(async ([name, question]) => [
      name,
      await conclude(question, await asked(answers[unanswered], question)).catch(String),
    ]);
    withoutAnswer = Object.fromEntries(await Promise.all(concluded)) as typeof withoutAnswer;
  });
  afterEach(closeAll);
  after(closeAll);

  async function closeAll(): Promise<void> {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  }

  it('is told for each of them', () => {
    expect(header).to.deep.equal(Object.keys(answers));
  });

  for (const [name, question] of Object.entries(questions)) {
    it(`about ${name}`, async () => {
      const concluded = Object.entries(answers).map(async ([answer, action]) => [
        answer,
        answer === unanswered ? withoutAnswer[name] : await conclude(question, await asked(action, question)),
      ]);
      const told = rowOf(name);
      expect(Object.fromEntries(await Promise.all(concluded))).to.deep.equal(
        Object.fromEntries(header.map((answer, at) => [answer, told[at]])),
      );
    });
  }

  async function asked(action: FaultAction | undefined, {path}: Question): Promise<Asked> {
    const registry = await startTestRegistry({referrers: true});
    const site = {name: 'dev', registry, path: 'tenant/payments/extended-test'};
    const image = await pushImage(site.registry, repositoryOf(site), '1.0.0');
    const signature = `${referrersTag(image.digest)}.sig`;
    await pushImage(site.registry, repositoryOf(site), signature, {seed: 'signature'});
    const referrer = await pushArtifact(site.registry, repositoryOf(site), undefined, {
      subject: asSubject(image),
    });
    const {mediaType, digest, size} = referrer;
    const list = {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [{mediaType, digest, size}]};
    await pushBytes(site, Buffer.from(JSON.stringify(list)), mediaTypes.ociIndex, referrersTag(image.digest));
    if (action !== undefined) site.registry.faults.add({path: path(image), action});
    // a second is short for a busy machine; whatever fails by that fails all the same
    const limits = action !== undefined && 'stall' in action ? {answer: 1000} : {};
    const identity = {id: 'me', describe: () => 'me', credential: () => Promise.resolve(anonymous)};
    const connection = new Connection({identityOf: () => identity, retries, limits});
    opened.push({
      close: () => {
        connection.close();
        return registry.close();
      },
    });
    const repository = new RemoteRepository(connection.session(placeOf(site), 'destination'));
    return {site, image, connection, repository, limits};
  }
});

/** `there`, `missing`, `told` of a refusal, or `fails`. */
async function conclude({ask}: Question, asked: Asked): Promise<string> {
  try {
    const answer = await ask(asked);
    return answer === 'told' ? 'warning' : answer ? 'there' : 'missing';
  } catch (error) {
    if (!(error instanceof CorectlError)) throw error;
    return error.exitCode === exitCodes.imageNotFound ? 'missing' : 'fails';
  }
}

function recorded(
  {site, connection}: Asked,
  wanted: Pick<HistoryQuestion, 'tag' | 'digest'>,
): Promise<RecordedImage[]> {
  return readRecordedImages({
    ...wanted,
    connection,
    places: [placeOf(site)],
    signers: new Map(),
    untold: () => undefined,
    unreadable: () => undefined,
  });
}

async function snapshot({site, connection}: Asked): Promise<boolean> {
  const {host} = site.registry;
  const root = {host, path: site.path, plainHttp: true};
  const sessionFor = (repository: RepositoryName) =>
    connection.session({environment: null, label: host, stage: null, repository}, 'source');
  const options = {minimal: false, images: ['app'], warn: () => undefined};
  const [app] = await takeSnapshot(root, sessionFor, options);
  return app!.digests.some(({tags}) => tags.includes('1.0.0'));
}

function placeOf(site: TestSite): RegistryPlace {
  const repository = {host: site.registry.host, path: repositoryOf(site), plainHttp: true};
  return {environment: null, label: site.name, stage: null, repository};
}
