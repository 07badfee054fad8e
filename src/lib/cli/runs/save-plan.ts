import type {Manner} from './carry-out.ts';
import type {OpenedEnvironments} from '../../environments/open.ts';
import type {Report} from '../../promotion/report.ts';
import {planOfReport} from '../../saved-plans/plan-of-report.ts';
import {writePlanFile} from '../../saved-plans/plan-file.ts';
import {savedRequest, type AnyRequest} from '../../saved-plans/request.ts';

export interface PlanToSave {
  readonly request: AnyRequest;
  /** The file that says what is demanded, where both registries are given. */
  readonly policy: string | undefined;
  readonly manner: Manner;
  /** Absent where both registries are given. */
  readonly environments: Pick<OpenedEnvironments, 'source' | 'commit'> | undefined;
}

/**
 * Writes the plan of a dry run that found nothing in its way, and says what to do with it; of another one nothing is written.
 * The sentence is for people.
 */
export async function savePlan(
  file: string,
  report: Report,
  {request, policy, manner, environments}: PlanToSave,
): Promise<string> {
  if (!report.ok) return `the plan was not saved: it could not be carried out as it is`;
  const {onTrouble, overwrite, referrers, verifyContent, allOrNothing, createRepositories} = manner;
  const plan = planOfReport(report, {
    createdAt: new Date().toISOString(),
    environmentsRepository: environments
      ? {source: environments.source, commit: environments.commit ?? null}
      : null,
    request: savedRequest(request, policy),
    manner: {
      ...{overwrite, referrers, verifyContent, allOrNothing, createRepositories},
      keepGoing: onTrouble === 'drop',
    },
  });
  await writePlanFile(file, plan);
  return `plan saved; to carry it out: corectl p2p apply ${file}`;
}
