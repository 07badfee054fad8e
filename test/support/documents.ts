// Every document that corectl writes, by the command that prints it with --json, and the shape that it must have.
import * as z from 'zod';
import {accessOfAllShape, accessShape} from '../../src/lib/access/documents.ts';
import {completionShape} from '../../src/lib/cli/completion/documents.ts';
import {
  environmentsShape,
  installedShape,
  matrixShape,
  stagesShape,
  tenantsShape,
  variablesShape,
} from '../../src/lib/environments/documents.ts';
import {failureShape} from '../../src/lib/error-shape.ts';
import {addedShape, checkedShape, uncheckedShape} from '../../src/lib/promoter-manifests/documents.ts';
import {manifestReportSchema} from '../../src/lib/promoter-manifests/report.ts';
import {
  historyShape,
  latestShape,
  policyCheckShape,
  rollbackShape,
  verifiedShape,
} from '../../src/lib/promotion/documents.ts';
import {eventShapes} from '../../src/lib/promotion/event-shapes.ts';
import {reportSchema} from '../../src/lib/promotion/report.ts';
import {openSandboxShape, tourShape} from '../../src/lib/sandbox/documents.ts';
import {appliedShape} from '../../src/lib/saved-plans/documents.ts';
import {savedPlanShape} from '../../src/lib/saved-plans/saved-plan.ts';
import {snapshotShape} from '../../src/lib/snapshot/documents.ts';
import {statusSchema} from '../../src/lib/status/report.ts';

/** A document with the name of its schema in schemas/v1/. */
export interface PublishedDocument {
  readonly title: string;
  /** Each form that it has, with when it has it. */
  readonly forms: Readonly<Record<string, z.core.$ZodType>>;
}

const failure = {'when it fails': failureShape};

/** By command, as oclif.manifest.json names it. */
const ofCommands: Readonly<Record<string, PublishedDocument['forms']>> = {
  'auth:check': {'for one tenant': accessShape, 'with --all-tenants': accessOfAllShape, ...failure},
  completion: {'': completionShape, ...failure},
  'env:list': {'': environmentsShape, ...failure},
  init: {'': installedShape, ...failure},
  'manifest:add': {'': addedShape, ...failure},
  'manifest:check': {'': checkedShape, 'when it fails': uncheckedShape},
  'manifest:promote': {'': manifestReportSchema},
  'p2p:apply': {'': appliedShape},
  'p2p:export': {'': variablesShape, ...failure},
  'p2p:history': {'': historyShape, ...failure},
  'p2p:latest': {'': latestShape, ...failure},
  'p2p:matrix': {'': matrixShape, ...failure},
  'p2p:promote': {'': reportSchema},
  'p2p:rollback': {'': rollbackShape},
  'p2p:stages': {'': stagesShape, ...failure},
  'p2p:status': {'': statusSchema, ...failure},
  'p2p:verify': {'': verifiedShape, ...failure},
  'policy:check': {'': policyCheckShape, ...failure},
  'report:merge': {
    'of shards of p2p apply': appliedShape,
    'of shards of p2p promote': reportSchema,
    'of shards of manifest promote': manifestReportSchema,
    ...failure,
  },
  sandbox: {'once it is open': openSandboxShape, 'with --run': tourShape, ...failure},
  snapshot: {'': snapshotShape, ...failure},
  'tenant:list': {'': tenantsShape, ...failure},
  update: {'': installedShape, ...failure},
};

/** By the name of the schema: `p2p-promote` for `corectl p2p promote --json`. */
export const publishedDocuments: Readonly<Record<string, PublishedDocument>> = {
  ...Object.fromEntries(
    Object.entries(ofCommands).map(([id, forms]) => [
      id.replaceAll(':', '-'),
      {title: `corectl ${id.replaceAll(':', ' ')} --json`, forms},
    ]),
  ),
  error: {
    title: 'what any command prints with --json when there is nothing else to tell',
    forms: {'': failureShape},
  },
  event: {title: 'a line of --events', forms: eventShapes},
  'saved-plan': {title: 'what corectl p2p promote --save-plan writes', forms: {'': savedPlanShape}},
};

/** One shape for all forms of a document. */
export function shapeOf({forms}: PublishedDocument): z.core.$ZodType {
  const [first, ...others] = Object.values(forms);
  if (first === undefined) throw new Error('a document without a form');
  return others.length === 0 ? first : z.union([first, ...others]);
}
