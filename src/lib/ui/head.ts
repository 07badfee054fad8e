import {printable} from '../printable.ts';

/** What a promotion is about, in one line: where a log begins. */
export interface Head {
  readonly version: string;
  readonly tenant: string | null;
  /** Empty where manifests tell. */
  readonly fromStage: string;
  /** Of the environments repository, where one is asked. */
  readonly commit: string | undefined;
}

/** `corectl 1.2.3, tenant payments, from fast-feedback, environments repository at 1a2b3c4d5e6f` */
export function headLine({version, tenant, fromStage, commit}: Head): string {
  const parts = [
    `corectl ${version}`,
    ...(tenant === null ? [] : [`tenant ${tenant}`]),
    ...(fromStage === '' ? [] : [`from ${fromStage}`]),
    ...(commit === undefined ? [] : [`environments repository at ${commit.slice(0, 12)}`]),
  ];
  return printable(parts.join(', '), 1000);
}
