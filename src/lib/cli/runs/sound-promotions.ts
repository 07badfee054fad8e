import type {ManifestSource} from '../../promoter-manifests/load.ts';
import {invalidManifests, problemLines, strayLines} from '../../promoter-manifests/problems-error.ts';
import {readPromotions, type Promotions} from '../../promoter-manifests/promotions.ts';
import type {BaseCommand} from '../base-command.ts';

/**
 * What manifests promote, for a command that goes on with sound ones only. Tells each problem on stderr, warns of what belongs
 * to no project, and raises `invalid-manifests` where there is any problem.
 */
export function soundPromotions(command: BaseCommand, source: ManifestSource): Promotions {
  const promotions = readPromotions(source, process.cwd());
  strayLines(promotions.strays).forEach(command.noteWarning);
  for (const line of problemLines(promotions.problems)) command.note(line);
  if (promotions.problems.length > 0) throw invalidManifests(promotions.problems);
  return promotions;
}
