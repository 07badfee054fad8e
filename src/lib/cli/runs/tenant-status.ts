import {leftOutOfCheck, placesToCheck, type StagePlace} from '../../access/places-to-check.ts';
import type {Connection} from '../../access/connection.ts';
import {cloneDirectory, homeDirectory} from '../../environments/home.ts';
import type {Model} from '../../environments/model.ts';
import {openEnvironments} from '../../environments/open.ts';
import {errorReport, exitCodes, type ErrorReport} from '../../errors.ts';
import {isRepositoryPath, parseImageName} from '../../oci/reference.ts';
import {readStatus, type WantedImage} from '../../status/read-status.ts';
import type {ReadRecord} from '../../status/record-state.ts';
import type {StatusImage, StatusReport} from '../../status/report.ts';
import {tenantImages} from '../../status/tenant-images.ts';
import {usageError} from '../../usage-error.ts';
import type {AuthOverrideFlags} from '../flags/auth-overrides.ts';
import type {BaseCommand} from '../base-command.ts';
import {trustedBy} from './demands.ts';
import {identitiesBy, withRegistries} from './with-registries.ts';
import type {NetworkFlags} from '../flags/network-flags.ts';

/** Whose images are looked for, and where; empty lists mean all. */
export interface StatusRequest {
  /** `NAME` or `NAME:TAG`. */
  readonly images: readonly string[];
  readonly tenant: string;
  readonly stages: readonly string[];
  readonly environments: readonly string[];
}

/** What is done with the status: `read` reads it anew each time, and the signal is the user's interruption. */
type UseOfStatus = (read: () => Promise<StatusReport>, signal: AbortSignal) => Promise<StatusReport>;

/** Has `use` read where images are. Raises what the request and the environments repository are refused for. */
export async function withStatus(
  command: BaseCommand,
  request: StatusRequest,
  {flags, use}: {readonly flags: AuthOverrideFlags & NetworkFlags; readonly use: UseOfStatus},
): Promise<StatusReport> {
  const home = homeDirectory(process.env);
  const {model} = await openEnvironments(home);
  const readRecord = await recordsOf(model, request.tenant, cloneDirectory(home));
  const named = request.images.map(parseNamed);
  // what is wrong with the request shows here, before anybody is asked
  const places = placesOf(model, request, anyImage);
  const destinations = [...new Set(places.map(({label}) => label))].map((name) => [name]);
  return withRegistries(
    command,
    {flags, readOnly: true, identities: identitiesBy(flags, {tenant: request.tenant, destinations})},
    ({connection, signal}) =>
      use(() => readAll({model, request, named, places, connection, readRecord}), signal),
  );
}

/** Reads what is recorded of promotions; undefined, and nothing loaded, where the repository has none recorded. */
async function recordsOf(model: Model, tenant: string, clone: string): Promise<ReadRecord | undefined> {
  if (model.record === undefined) return undefined;
  const [{recordReader}, {recordSigners}] = await Promise.all([
    import('../../status/record-state.ts'),
    import('../../policy/record-signers.ts'),
  ]);
  const {trust, requires, ...sources} = trustedBy(model, tenant, clone);
  const {signers} = await recordSigners(trust, requires, sources);
  const stages = new Set([...model.stages.values()].flatMap(({next}) => next));
  return recordReader({signers, stages});
}

/** Stands for an image's name where none is known. */
const anyImage = 'image';

type Named = Pick<WantedImage, 'name' | 'tag'>;

function parseNamed(text: string): Named {
  if (!text.includes(':') && isRepositoryPath(text)) return {name: text};
  const {name, tag, digest} = parseImageName(text);
  if (digest === undefined) return {name, tag};
  throw usageError('invalid-reference', `${JSON.stringify(text)}: a digest is looked for under no tag`, [
    `name the image, or one of its tags: ${name}`,
  ]);
}

interface ReadingAll {
  readonly model: Model;
  readonly request: StatusRequest;
  readonly named: readonly Named[];
  readonly places: readonly StagePlace[];
  readonly connection: Connection;
  readonly readRecord: ReadRecord | undefined;
}

const onlyNamed = {names: [], notes: [], failure: undefined};

async function readAll(options: ReadingAll): Promise<StatusReport> {
  const {model, request, named, places, connection, readRecord} = options;
  const {names, notes, failure} =
    named.length > 0 ? onlyNamed : await tenantImages(places, anyImage, connection);
  const wanted = [...named, ...names.map((name): Named => ({name}))].map((one): WantedImage => ({
    ...one,
    places: placesOf(model, request, one.name),
  }));
  const images = await readStatus(wanted, connection, readRecord);
  const error = errorOf(images, named.length > 0) ?? (failure ? errorReport(failure) : null);
  const {tenant} = request;
  return {
    ok: error === null,
    exitCode: exitCodeOf(error),
    tenant,
    images,
    leftOut: leftOutOfCheck(model, request),
    notes: [...notes],
    error,
  };
}

/** Along the path. */
function placesOf(model: Model, {tenant, stages, environments}: StatusRequest, image: string): StagePlace[] {
  const groups = placesToCheck(model, {tenant, stages, environments, image, sources: false});
  const order = [...model.stages.keys()];
  return groups
    .flatMap(({places}) => places)
    .sort((one, other) => order.indexOf(one.stage) - order.indexOf(other.stage));
}

const notThere = 'image-not-found';

/** What makes the whole fail: a registry that did, or an image that was named and is nowhere. */
function errorOf(images: readonly StatusImage[], isNamed: boolean): ErrorReport | null {
  const failed = images.flatMap(({cells}) => cells).find(({error}) => error !== null);
  if (failed !== undefined) return failed.error;
  const missing = images.find(({cells}) => cells.every(({state}) => state === 'missing'));
  if (!isNamed || missing === undefined) return null;
  return {
    code: notThere,
    message: `${missing.image} is in none of the stages' environments`,
    suggestions: ['check name and tag; a registry may also hide what this identity may not read'],
    side: null,
  };
}

function exitCodeOf(error: ErrorReport | null): number {
  if (error === null) return exitCodes.success;
  return error.code === notThere ? exitCodes.imageNotFound : exitCodes.unreachable;
}
