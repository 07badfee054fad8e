import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {placeFlags} from '../../lib/cli/flags/place-flags.ts';
import {tenantFlag, tenantNamed} from '../../lib/cli/flags/tenant-flag.ts';
import type {MatrixDocument} from '../../lib/environments/documents.ts';
import {homeDirectory} from '../../lib/environments/home.ts';
import {openEnvironments} from '../../lib/environments/open.ts';
import {matrixOf} from '../../lib/promotion/planning/matrix.ts';
import {jsonText} from '../../lib/printable.ts';
import {leftOutLine} from '../../lib/ui/left-out.ts';

export default class Matrix extends BaseCommand {
  static override summary = 'print the environments of stages as a matrix for GitHub workflows';
  static override description =
    'One line {"include":[…]} for strategy.matrix, with an entry for each environment of each stage that is meant for the tenant: environment (and deploy_env, as P2P has it), stage, tier, vendor, region, registry and repository. With --from-stage those of the next stages. Asks no registry.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --tenant payments --from-stage extended-test',
    {
      description:
        'In a step of a workflow, for the matrix of a later job: ${{ fromJSON(needs.JOB.outputs.matrix) }}',
      command:
        'echo "matrix=$(<%= config.bin %> <%= command.id %> --tenant payments --stage prod)" >> "$GITHUB_OUTPUT"',
    },
  ];
  static override flags = {
    ...tenantFlag,
    'from-stage': Flags.string({helpValue: 'STAGE', description: 'the stages that follow this one'}),
    ...placeFlags,
  };

  override async run(): Promise<MatrixDocument> {
    const {flags} = await this.parse(Matrix);
    const tenant = tenantNamed(flags.tenant, process.env);
    const {model} = await openEnvironments(homeDirectory(process.env));
    const {'from-stage': fromStage, stage: stages = [], environment: environments = []} = flags;
    const {matrix, leftOut} = matrixOf(model, {tenant, fromStage, stages, environments});
    if (leftOut.length > 0) this.note(leftOutLine(leftOut));
    this.log(jsonText(matrix).replace(/\n\s*/g, ''));
    return matrix;
  }
}
