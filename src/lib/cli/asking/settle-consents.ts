import {missingConsents, type MissingConsent} from '../../access/missing-consents.ts';
import {keepConsents} from '../../environments/checkout/keep-consents.ts';
import {cloneDirectory, homeDirectory} from '../../environments/home.ts';
import {mayBeSignedBy, mayRecordWith, type Consents} from '../../credentials/consents.ts';
import type {Vendor} from '../../credentials/vendor.ts';
import type {Model} from '../../environments/model.ts';
import type {Installed} from '../../environments/checkout/install.ts';
import {readAllowed, type Allowed} from '../../environments/settings.ts';
import {ask, mayAsk} from '../../ui/ask.ts';
import {consentQuestion, missingConsentLines} from '../../ui/missing-consents.ts';
import type {BaseCommand} from '../base-command.ts';
import {readerIn} from '../runs/demands.ts';
import {allowedBy, consentsOf, keyPlace, type ConsentFlags} from '../flags/consents.ts';

/**
 * Keeps what flags allow, and asks somebody at a terminal for each consent without which no image gets where the repository
 * wants it; what is missing then is told with the lines that would give it, and returned.
 */
export async function settleConsents(
  command: BaseCommand,
  {model, plan}: Pick<Installed, 'model' | 'plan'>,
  {flags = {}, signal}: {readonly flags?: ConsentFlags; readonly signal: AbortSignal},
): Promise<readonly MissingConsent[]> {
  const {env} = process;
  const home = homeDirectory(env);
  const consents = await consentsOf(flags, env);
  const missing = [...missingConsents(model, consents), ...(await missingRecordConsent(model, consents))];
  const given = mayAsk() ? await givenBySomebody(missing, signal) : [];
  const more = withAnswers(allowedBy(flags, process.cwd()), given);
  await keepConsents(home, more, {signal});
  const left = missing.filter((one) => !given.includes(one));
  const {settings} = await consentsOf({}, env);
  const surroundings = {source: plan.source.url, kept: await readAllowed(home), settings};
  for (const line of missingConsentLines(left, surroundings)) command.note(line);
  return left;
}

/** The key or the services that records would be signed with, where the user has not allowed that. */
async function missingRecordConsent(model: Model, consents: Consents): Promise<MissingConsent[]> {
  const {record} = model;
  if (record === undefined) return [];
  const {parseRecordSettings} = await import('../../record/settings.ts');
  const {settings} = parseRecordSettings(record);
  const about = {environments: [], origin: record.origin, needed: true};
  if (settings.kind === 'keyless') {
    const hosts = await hostsToSign(model, consents);
    return hosts.map((value) => ({setting: 'trusted-hosts', value, ...about}));
  }
  if (settings.kind !== 'key') return [];
  const value = keyPlace(settings.key, process.cwd());
  const host = await hostOfKey(settings.key, consents);
  return [
    ...(mayRecordWith(value, consents) ? [] : [{setting: 'record-keys', value, ...about} as const]),
    ...(host === undefined ? [] : [{setting: 'trusted-hosts', ...host, ...about} as const]),
  ];
}

/** The host that a key service's URI has a cloud's credentials shown to, where the user does not vouch for it. */
async function hostOfKey(
  key: string,
  consents: Consents,
): Promise<{readonly value: string; readonly vendor?: Vendor} | undefined> {
  const {parseKeyAddress} = await import('../../record/key-service/address.ts');
  const address = parseKeyAddress(key);
  if (address === undefined || address.service === 'vault') return undefined;
  const {unvouched} = await import('../runs/key-service.ts');
  const host = unvouched(address, consents)?.host;
  return host === undefined ? undefined : {value: host, vendor: address.service};
}

/** The services that would sign and are not allowed to; none where the trust root names none: a promotion tells that. */
async function hostsToSign(model: Model, consents: Consents): Promise<string[]> {
  const {rootOf, servicesOf} = await import('../runs/keyless.ts');
  const [{addressesOf}, clone] = [
    await import('../../record/keyless/services.ts'),
    cloneDirectory(homeDirectory(process.env)),
  ];
  try {
    const services = servicesOf(rootOf({trust: model.trust, read: readerIn(clone)}), new Date());
    const unknown = addressesOf(services).filter((one) => !mayBeSignedBy(one, consents));
    return [...new Set(unknown.map(({host}) => host))];
  } catch {
    return [];
  }
}

async function givenBySomebody(
  missing: readonly MissingConsent[],
  signal: AbortSignal,
): Promise<MissingConsent[]> {
  const given: MissingConsent[] = [];
  for (const one of missing.filter(({needed}) => needed))
    if (/^y(?:es)?$/i.test(await ask(consentQuestion(one), signal))) given.push(one);
  return given;
}

function withAnswers(allowed: Allowed, given: readonly MissingConsent[]): Allowed {
  const of = (setting: MissingConsent['setting']) =>
    given.filter((one) => one.setting === setting).map(({value}) => value);
  return {
    trustedHosts: [...allowed.trustedHosts, ...of('trusted-hosts')],
    plainHttp: [...allowed.plainHttp, ...of('plain-http')],
    folders: [...allowed.folders, ...of('trusted-folders')],
    recordKeys: [...allowed.recordKeys, ...of('record-keys')],
  };
}
