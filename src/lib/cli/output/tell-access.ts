import {exitCodes, type ExitCode} from '../../errors.ts';
import {refusalsOf, renderAccess} from '../../ui/access-table.ts';
import {renderFailure} from '../../ui/error-text.ts';
import type {BaseCommand} from '../base-command.ts';
import type {TenantAccess} from '../../access/documents.ts';

/**
 * Prints a table for each tenant on stdout, unless a JSON document stands there, and each refusal on stderr; says how the
 * command ends. `repositories`: whether those of a named image were tried, so that a missing one is a refusal.
 */
export function tellAccess(
  command: BaseCommand,
  tenants: readonly TenantAccess[],
  {repositories}: {readonly repositories: boolean},
): {ok: boolean; exitCode: ExitCode} {
  const isOne = tenants.length === 1;
  if (!command.jsonEnabled()) process.stdout.write(tenants.map((one) => tableOf(one, isOne)).join('\n'));
  const refusals = tenants.flatMap(({tenant, environments, error}) =>
    [...(error === null ? [] : [error]), ...refusalsOf(environments, {repositories})].map((refusal) => ({
      ...refusal,
      message: isOne ? refusal.message : `${tenant}: ${refusal.message}`,
    })),
  );
  for (const refusal of refusals) command.note(renderFailure(refusal).trimEnd());
  const ok = refusals.length === 0;
  const exitCode = ok ? exitCodes.success : exitCodes.unreachable;
  process.exitCode = exitCode;
  return {ok, exitCode};
}

function tableOf({tenant, environments}: TenantAccess, isOne: boolean): string {
  const table = renderAccess(environments, {width: process.stdout.columns});
  return isOne ? table : `${tenant}\n${table}`;
}
