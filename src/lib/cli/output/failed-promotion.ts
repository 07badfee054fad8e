import {errorReport} from '../../errors.ts';
import type {ExplicitRequest} from '../../promotion/planning/explicit-plan.ts';
import type {PromotionRequest} from '../../promotion/planning/plan.ts';
import type {Report} from '../../promotion/report.ts';
import type {ShardOfRun} from '../../shards/share.ts';
import {unknownShare} from '../flags/shard-flags.ts';

/** What was asked for, as far as it is known when something fails. */
export type Asked = Pick<Report, 'dryRun' | 'tenant' | 'fromStage' | 'shard'>;

/** Before the request could be read. */
export const nothingAsked: Asked = {dryRun: false, tenant: '', fromStage: ''};

type Request =
  | ({readonly form: 'derived'} & Pick<PromotionRequest, 'tenant' | 'fromStage'>)
  | ({readonly form: 'explicit'} & Pick<ExplicitRequest, 'sourceStage'>);

/** What a request in either form asks for, and of which shard. */
export function askedBy(request: Request, dryRun: boolean, shard?: ShardOfRun): Asked {
  const part = shard && {shard: unknownShare(shard)};
  return request.form === 'explicit'
    ? {dryRun, tenant: null, fromStage: request.sourceStage, ...part}
    : {dryRun, tenant: request.tenant, fromStage: request.fromStage, ...part};
}

/** The --json document of a promotion that failed before there was a report; `started` as `performance.now()` told it. */
export function failedPromotion(asked: Asked, started: number, error: unknown): Report {
  return {
    ok: false,
    ...asked,
    exitCode: Number(process.exitCode),
    durationMs: Math.round(performance.now() - started),
    images: [],
    error: errorReport(error),
  };
}
