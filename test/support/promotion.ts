// One promotion in this process: between built-in registries, along stages made up for the test.
import type {ImagePlace} from '../../src/lib/access/place.ts';
import type {Environment} from '../../src/lib/environments/model.ts';
import {anonymous, type Credential, type Identity} from '../../src/lib/distribution/credential.ts';
import type {Session} from '../../src/lib/distribution/session.ts';
import type {Limits} from '../../src/lib/http/wire.ts';
import type {RetryPolicy} from '../../src/lib/http/retry.ts';
import {formatImageName, parseImageName, type Repository, type Tag} from '../../src/lib/oci/reference.ts';
import {Connection} from '../../src/lib/access/connection.ts';
import {noConsents} from '../../src/lib/credentials/consents.ts';
import type {Digest} from '../../src/lib/oci/digest.ts';
import type {PromotionEvent} from '../../src/lib/promotion/events.ts';
import {onRegistry} from '../../src/lib/access/place.ts';
import {imagePlace, tagOrDigestOf, type Plan} from '../../src/lib/promotion/planning/plan.ts';
import type {DestinationReport, Report} from '../../src/lib/promotion/report.ts';
import {reportOf} from '../../src/lib/promotion/report-of-run.ts';
import {runPlan, type RunOptions} from '../../src/lib/promotion/run.ts';
import {expectNothingPrinted, plant} from './canary.ts';
import {expectPublished} from './published.ts';
import {hostsOf} from './registry.ts';

/** One environment: its registry, and the path before the image's name. */
export interface Site {
  readonly name: string;
  /** With a `url` of https it is spoken to so. */
  readonly registry: {readonly host: string; readonly url?: string};
  readonly path: string;
  /** Or what supplies it: anew, when a registry refused what was supplied before. */
  readonly credential?: Credential | ((renew: boolean) => Credential);
}

/** One whose images are in OCI image layouts below a folder. */
export interface FolderSite {
  readonly name: string;
  readonly folder: string;
  readonly path: string;
}

export type AnySite = Site | FolderSite;

export interface PromotionOfTest extends Partial<Omit<RunOptions, 'emit' | 'onTrouble'>> {
  readonly keepGoing?: boolean;
  readonly images?: readonly string[];
  readonly from: AnySite;
  readonly to: readonly AnySite[];
  readonly limits?: Partial<Limits>;
  readonly retries?: Partial<RetryPolicy>;
  /** Certificates of authorities to be trusted. */
  readonly ca?: readonly string[];
}

export interface PromotionResult {
  readonly report: Report;
  readonly events: readonly PromotionEvent[];
  /** The verbose log. */
  readonly trace: readonly string[];
  /** By environment, of the first image. */
  readonly destination: (environment: string) => DestinationReport;
}

/** Promotes `app:1.0.0`, or the images named, and checks the report's shape. Retries are as many as ever, and fast. */
export async function promoteForTest(options: PromotionOfTest): Promise<PromotionResult> {
  const {from, to, images = ['app:1.0.0'], limits, retries, ca, signal} = options;
  const events: PromotionEvent[] = [];
  const trace: string[] = [];
  const sites = new Map([from, ...to].map((site) => [site.name, site]));
  const connection = new Connection({
    identityOf: ({label}, side) => identityOf(sites.get(label)!, side),
    consents: {
      ...noConsents,
      folders: [...sites.values()].flatMap((site) => ('folder' in site ? site.folder : [])),
    },
    retries: {delay: 5, ...retries},
    trace: (line) => trace.push(line),
    warn: (message) => events.push({kind: 'warning', message}),
    ...(limits && {limits}),
    ca,
    signal,
  });
  try {
    const {dryRun = false, keepGoing = false} = options;
    const plan = planOf(images, from, to);
    const result = await runPlan(plan, connection, {
      overwrite: false,
      referrers: true,
      verifyContent: false,
      onTrouble: keepGoing ? 'drop' : 'stop',
      allOrNothing: false,
      concurrency: 4,
      ...options,
      dryRun,
      emit: (event) => events.push(event),
    });
    const report = reportOf(plan, dryRun, result);
    expectPublished('p2p-promote', report);
    expectNothingPrinted('a report', JSON.stringify([report, events, trace]));
    const destination = (environment: string) =>
      report.images[0]!.destinations.find((one) => one.environment === environment)!;
    return {report, events, trace, destination};
  } finally {
    connection.close();
  }
}

/** A session with a site's repository, to look at it as a client does. */
export function sessionWith(site: Site, image: string): Session {
  const connection = new Connection({identityOf: () => identityOf(site, 'destination')});
  const place = onRegistry(placeAt(site, 'prod', image, 'any' as Tag));
  if (place === undefined) throw new Error(`${site.name} is no registry`);
  return connection.session(place, 'destination');
}

function planOf(images: readonly string[], from: AnySite, to: readonly AnySite[]): Plan {
  return {
    tenant: 'payments',
    fromStage: 'extended-test',
    images: images.map(parseImageName).map((image) => ({
      image,
      label: formatImageName(image),
      source: placeAt(from, 'extended-test', image.name, image.digest ?? tagOrDigestOf(image)),
      destinations: to.map((site) => placeAt(site, 'prod', image.name, tagOrDigestOf(image))),
    })),
    leftOut: [],
  };
}

function placeAt(site: AnySite, stage: string, image: string, tagOrDigest: Tag | Digest): ImagePlace {
  const {name} = site;
  const repository = repositoryAt(site, image);
  const origin = {file: `environments/${name}/config.yaml`, line: 1, column: 1, key: ''};
  const environment: Environment = {name, enabled: true, origin};
  return imagePlace({environment, label: name, stage, repository}, tagOrDigest);
}

function repositoryAt(site: AnySite, image: string): Repository {
  if ('folder' in site) return {directory: `${site.folder}/${site.path}/${image}`, below: site.folder};
  const {registry, path} = site;
  return {
    host: registry.host,
    path: `${path}/${image}`,
    plainHttp: registry.url?.startsWith('https:') !== true,
  };
}

function identityOf(site: AnySite, side: string): Identity {
  const {name} = site;
  const {credential = anonymous} = 'folder' in site ? {} : site;
  return {
    id: `${side}:${name}`,
    describe: () => `the test's login for ${name}`,
    credential: ({renew = false}) => {
      const found = typeof credential === 'function' ? credential(renew) : credential;
      if (found.kind === 'basic' && !('folder' in site)) plant(found.password, ...hostsOf(site.registry));
      return Promise.resolve(found);
    },
  };
}
