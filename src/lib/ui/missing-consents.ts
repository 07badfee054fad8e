import type {MissingConsent} from '../access/missing-consents.ts';
import {ownerOf} from '../credentials/vendor.ts';
import {formatPosition} from '../environments/problem.ts';
import type {MissingConsentDocument} from '../environments/documents.ts';
import type {Allowed} from '../environments/settings.ts';
import {printable} from '../printable.ts';

/** The missing consents as --json has them. */
export function describeMissing(missing: readonly MissingConsent[]): MissingConsentDocument[] {
  return missing.map(({setting, value, environments, needed}) => ({setting, value, environments, needed}));
}

/** What somebody at a terminal is asked. */
export const consentQuestion = (one: MissingConsent): string => `${may(one)}? ${whereOf(one)} [y/N] `;

const named = 5;

export interface ConsentSurroundings {
  /** Where the environments repository came from. */
  readonly source: string;
  /** What is allowed already. */
  readonly kept: Allowed;
  /** The file that keeps it. */
  readonly settings: string;
}

/** Each consent that is missing, and the very lines that would give them all; nothing where none is. */
export function missingConsentLines(
  missing: readonly MissingConsent[],
  {source, kept, settings}: ConsentSurroundings,
): string[] {
  if (missing.length === 0) return [];
  return [
    'the environments repository uses what it cannot allow, and you have not:',
    ...missing.map((one) => `  ${may(one)}: ${whereOf(one)}${one.needed ? '' : instead}`),
    `if all of that is as it should be: corectl init -e ${word(source)} ${missing.map(flagOf).join(' ')}`,
    `or, in ${printable(settings, 300)}, these lines:`,
    ...linesFor(missing, kept),
  ];
}

const instead = "; until then docker's login for it, or none, is used";

function may(one: MissingConsent): string {
  const {value} = one;
  switch (one.setting) {
    case 'trusted-hosts':
      return one.vendor === undefined
        ? `${value} may sign records of promotions, and be shown who the pipeline is`
        : `${value} may be shown a token of ${ownerOf[one.vendor]}`;
    case 'plain-http':
      return `${value} may be spoken to by http`;
    case 'trusted-folders':
      return `images may be kept below ${value}`;
    case 'record-keys':
      return `records of promotions may be signed with ${printable(value, 300)}`;
  }
}

function whereOf({environments, origin}: MissingConsent): string {
  if (environments.length === 0) return formatPosition(origin);
  const more = environments.length > named ? ` and ${environments.length - named} more` : '';
  const names = `${environments.slice(0, named).join(', ')}${more}`;
  return `${environments.length === 1 ? 'environment' : 'environments'} ${names} (${formatPosition(origin)})`;
}

const flags = {
  'trusted-hosts': '--trust-host',
  'plain-http': '--plain-http',
  'trusted-folders': '--trust-folder',
  'record-keys': '--record-key',
};
const lists = {
  'trusted-hosts': 'trustedHosts',
  'plain-http': 'plainHttp',
  'trusted-folders': 'folders',
  'record-keys': 'recordKeys',
} as const;

const flagOf = ({setting, value}: MissingConsent): string => `${flags[setting]} ${word(value)}`;

/** As a shell takes it. */
const word = (text: string): string => (/^[\w.:/@-]+$/.test(text) ? text : `'${printable(text, 300)}'`);

/** With what stands there already: a key stands in the settings once. */
function linesFor(missing: readonly MissingConsent[], kept: Allowed): string[] {
  return (Object.keys(lists) as (keyof typeof lists)[]).flatMap((setting) => {
    const values = missing.filter((one) => one.setting === setting).map(({value}) => value);
    if (values.length === 0) return [];
    const all = [...new Set([...kept[lists[setting]], ...values])];
    return [`  ${setting}: [${all.map((value) => JSON.stringify(value)).join(', ')}]`];
  });
}
