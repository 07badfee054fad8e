import {layoutPrefix} from '../oci/reference.ts';
import {printable} from '../printable.ts';
import type {DestinationReport} from '../promotion/report.ts';

/** A destination as people say it: `prod-eu, prod-us (prod)`. */
export const placeName = (
  destination: Pick<DestinationReport, 'environments' | 'reference' | 'stage'>,
): string => printable(`${environmentNames(destination)} (${destination.stage})`);

/** The environments that a destination is, or what stands for them where a registry was given instead. */
export const environmentNames = ({
  environments,
  reference,
}: Pick<DestinationReport, 'environments' | 'reference'>): string =>
  printable(environments.join(', ') || hostOf(reference));

/** The host of a reference, or what stands for it where it is a folder. */
export const hostOf = (reference: string): string =>
  reference.startsWith(layoutPrefix) ? 'OCI layout' : reference.replace(/\/.*/s, '');
