import type {CorectlError} from '../errors.ts';
import type {RuleResult} from '../policy/evaluate.ts';
import {printable} from '../printable.ts';
import type {PromotionListener} from './events.ts';
import type {ImagePreview} from './preflight.ts';
import type {RuleReport} from './report.ts';

/** Who says what is shown of images, before anything of a plan is written. */
export interface Judge {
  /** Asked once nothing else stands in the way. */
  judge(images: readonly ImagePreview[], emit: PromotionListener): Promise<Judgement>;
}

export interface Judgement {
  /** Rule by rule; nothing for an image of which nothing is demanded. */
  readonly verdicts: ReadonlyMap<ImagePreview, readonly RuleResult[]>;
  /** Why what is not shown does not matter this time. */
  readonly override?: string | undefined;
  /** Why the images may not be promoted, if so. */
  readonly refusal?: CorectlError | undefined;
}

/** A rule's outcome, as reports and records tell it. */
export const ruleReport = ({rule, origin, mode, passed, found, wanted}: RuleResult): RuleReport => ({
  rule: printable(rule),
  at: printable(`${origin.file}:${origin.line}`),
  mode,
  passed,
  found: printable(found, 1000),
  wanted: printable(wanted, 1000),
});
