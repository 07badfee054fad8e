import {readFile, stat} from 'node:fs/promises';
import type {Located, Problem} from '../../environments/model.ts';
import {formatProblem} from '../../environments/problem.ts';
import {mayRecordWith} from '../../credentials/consents.ts';
import {untrustedKey} from '../../credentials/untrusted.ts';
import {CorectlError} from '../../errors.ts';
import {printable} from '../../printable.ts';
import {parseKeyAddress} from '../../record/key-service/address.ts';
import type {Plan} from '../../promotion/planning/plan.ts';
import type {Recorder} from '../../promotion/recorder.ts';
import type {Promotion} from '../../record/promotion.ts';
import type {SigningKey} from '../../record/signing-key.ts';
import {usageError} from '../../usage-error.ts';
import {consentsOf, keyPlace, type ConsentFlags} from '../flags/consents.ts';
import type {Trusted} from './demands.ts';
import {ciRunOf} from '../ci-run.ts';

/** How promotions are recorded, and what is said of where that is written. */
export interface WhatToRecord {
  /** The `record` of an environments repository or policy file. */
  readonly settings: Located | undefined;
  /** Whose records count, for those that are signed keyless. */
  readonly trusted?: Trusted | undefined;
  /** The environments repository that the plan follows from, if it does. */
  readonly environments?: {readonly repository: string; readonly commit?: string | undefined} | undefined;
}

interface RecordingOptions {
  readonly plan: Pick<Plan, 'tenant' | 'fromStage'>;
  readonly now: Date;
  /** Of corectl. */
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  /** What the user allows for this run besides the settings. */
  readonly flags: ConsentFlags & {readonly 'ca-file'?: string | undefined};
}

/**
 * Who leaves records of a promotion, as `record` of the environments repository or of a policy file says; undefined where
 * nothing is recorded. Loads nothing then. Raises `invalid-policy` for settings that cannot be read, `untrusted-key` for a key
 * that the user has not allowed, `invalid-signing-key`, and what keeps a key service from signing: what is to be recorded is not
 * promoted without its record.
 */
export async function recorderFor(
  what: WhatToRecord | undefined,
  options: RecordingOptions,
): Promise<Recorder | undefined> {
  if (what?.settings === undefined) return undefined;
  const [{parseRecordSettings}, {recorder}] = await Promise.all([
    import('../../record/settings.ts'),
    import('../../promotion/write-records.ts'),
  ]);
  const {settings, problems} = parseRecordSettings(what.settings);
  if (problems.length > 0) throw notUnderstood(problems);
  const about = aboutOf(what, options);
  switch (settings.kind) {
    case 'none':
      return undefined;
    case 'unsigned':
      return recorder({attestationTag: false, about});
    case 'keyless': {
      const {keylessFor} = await import('./keyless.ts');
      return recorder({signer: await keylessFor(what.trusted, options), attestationTag: false, about});
    }
    case 'key': {
      const key = await keyAt(settings.key, options);
      const {keySigner} = await import('../../record/signer.ts');
      return recorder({signer: keySigner(key), attestationTag: settings.attestationTag, about});
    }
  }
}

const notUnderstood = (problems: readonly Problem[]): CorectlError =>
  usageError(
    'invalid-policy',
    'it is not understood how promotions are to be recorded',
    problems.map(formatProblem),
  );

function aboutOf({environments}: WhatToRecord, {plan, now, version, env}: RecordingOptions) {
  const {tenant, fromStage} = plan;
  const run = ciRunOf(env);
  const known: Pick<Promotion, 'tenant' | 'fromStage' | 'environments' | 'startedAt' | 'promoter' | 'run'> = {
    ...(tenant !== null && {tenant}),
    fromStage,
    ...(environments && {environments}),
    startedAt: now.toISOString(),
    promoter: {name: 'corectl', version},
    ...(run && {run}),
  };
  return known;
}

/** Bytes of a private key: one of 16,384 bits in RSA has thirteen thousand in PEM. */
const keyLimit = 64 * 1024;

const scheme = 'env://';

/**
 * The private key that `env://NAME`, a path or a key service's URI leads to, where the user allows it to be used. Nothing of what
 * is found there is ever shown.
 */
async function keyAt(place: string, {env, flags}: RecordingOptions): Promise<SigningKey> {
  const consents = await consentsOf(flags, env);
  const known = keyPlace(place, process.cwd());
  if (!mayRecordWith(known, consents)) throw untrustedKey(known, consents);
  const address = parseKeyAddress(place);
  if (address !== undefined) {
    const {keyOfService} = await import('./key-service.ts');
    return keyOfService(address, {env, flags, consents});
  }
  const {signingKey} = await import('../../record/signing-key.ts');
  const pem = place.startsWith(scheme) ? env[place.slice(scheme.length)] : await fileAt(place);
  if (pem === undefined || pem === '') throw noKey(place);
  return signingKey(pem, printable(place), env.CORECTL_RECORD_PASSPHRASE);
}

async function fileAt(file: string): Promise<string | undefined> {
  try {
    const status = await stat(file);
    return status.isFile() && status.size <= keyLimit ? await readFile(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

function noKey(place: string): CorectlError {
  return new CorectlError({
    code: 'invalid-signing-key',
    message: `promotions are to be recorded, and there is no signing key in ${printable(place)}`,
    suggestions: [
      place.startsWith(scheme)
        ? `give the step that promotes the key in ${printable(place.slice(scheme.length))}, in PEM`
        : 'a file is named by its absolute path, or from the folder that corectl runs in',
    ],
  });
}
