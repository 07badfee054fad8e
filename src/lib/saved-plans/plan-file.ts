import {CorectlError} from '../errors.ts';
import {readOwnDocument} from '../own-document.ts';
import {replaceNamedFile} from '../replace-file.ts';
import {digestOf, type Digest} from '../oci/digest.ts';
import {jsonText, printable} from '../printable.ts';
import {codeOf} from '../system-error.ts';
import {planVersion, savedPlanShape, type SavedPlan} from './saved-plan.ts';

/** Bytes of a plan file: 200,000 destinations, each with less than 1 KiB, fit. */
const sizeLimit = 256 * 1024 * 1024;

/** Writes a plan, whole or not at all. Raises `file-system` for no file and no such folder, else what the file system says. */
export async function writePlanFile(file: string, plan: Omit<SavedPlan, 'checksum'>): Promise<void> {
  const {corectlPlan, ...rest} = plan;
  const document = {corectlPlan, checksum: checksumOf(plan), ...rest};
  try {
    await replaceNamedFile(file, `${jsonText(document)}\n`);
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? noFolder(file, error) : error;
  }
}

const noFolder = (file: string, cause: unknown) =>
  new CorectlError({
    code: 'file-system',
    message: `cannot save the plan as ${printable(file)}: there is no such folder`,
    suggestions: ['make the folder, or name a file in another one'],
    cause,
  });

/**
 * Reads a plan. Raises `invalid-plan` (exit code 2) for a file that is not there, and for everything that is not as it was
 * written: cut, edited, of a newer corectl, or no plan at all.
 */
export async function readPlanFile(file: string): Promise<SavedPlan> {
  const refuse = (why: string) => invalidPlan(file, why);
  const otherwise = 'it is no plan that corectl saved';
  const document = await readOwnDocument(file, {limit: sizeLimit, otherwise, refuse});
  const {corectlPlan: version, checksum, ...rest} = document;
  if (typeof version === 'number' && version > planVersion)
    throw invalidPlan(file, `it is of form ${version}, and this corectl reads up to ${planVersion}`, [
      'apply it with the corectl that wrote it, or a newer one',
    ]);
  if (version !== planVersion) throw invalidPlan(file, 'it is no plan that corectl saved');
  if (checksum !== checksumOf({corectlPlan: version, ...rest}))
    throw invalidPlan(file, 'its content is not what its checksum tells: it was edited');
  const shaped = savedPlanShape.safeParse(document);
  if (!shaped.success) throw invalidPlan(file, shaped.error.issues.slice(0, 3).map(issueLine).join('; '));
  const other = shaped.data.images.find(({image, digest}) => (image.split('@')[1] ?? digest) !== digest);
  if (other === undefined) return shaped.data;
  throw invalidPlan(
    file,
    `${other.image} is named by its digest, and is ${other.digest} there: it was edited`,
  );
}

/** `images.0.digest: expected a digest` */
function issueLine(issue: Issue): string {
  const [where, field] = [
    issue.path.join('.'),
    issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined,
  ];
  return field === undefined
    ? `${where}: ${issue.message}`
    : `${where}: unknown field ${JSON.stringify(field)}`;
}

type Issue = NonNullable<ReturnType<typeof savedPlanShape.safeParse>['error']>['issues'][number];

/** White space does not count, so that a plan may be laid out anew; the order of its keys does. */
function checksumOf(content: object): Digest {
  return digestOf(Buffer.from(JSON.stringify(content)));
}

/** The error for a file that holds no plan which may be carried out. */
export function invalidPlan(
  file: string,
  why: string,
  suggestions = ['make it anew: corectl p2p promote … --dry-run --save-plan FILE'],
): CorectlError {
  return new CorectlError({
    code: 'invalid-plan',
    message: `plan ${printable(file)}: ${printable(why)}`,
    suggestions,
  });
}
