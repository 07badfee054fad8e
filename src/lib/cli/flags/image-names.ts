import {messageOf} from '../../errors.ts';
import {largestFile, readNamedFile} from '../../named-file.ts';
import {printable} from '../../printable.ts';
import {usageError} from '../../usage-error.ts';

/**
 * The images named as arguments and, one a line, in a file; `-` is stdin. Raises `usage` when the file cannot be read, and
 * when no image is named at all.
 */
export async function imageNames(
  given: readonly string[] | undefined,
  file: string | undefined,
): Promise<string[]> {
  const names = [...(given ?? []), ...(file === undefined ? [] : linesOf(await textOf(file)))];
  if (names.length > 0) return names;
  throw usageError('usage', 'no image is named', [
    'name one: app:1.2.3, or give a file of them with --images-file',
  ]);
}

function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(?:^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}

async function textOf(file: string): Promise<string> {
  try {
    return file === '-' ? await stdin() : readNamedFile(file);
  } catch (error) {
    const reason = printable(messageOf(error));
    throw usageError('usage', `--images-file ${printable(file)} cannot be read: ${reason}`, [
      'name a file with one image a line',
    ]);
  }
}

async function stdin(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestFile) throw new Error(`it is larger than ${largestFile} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
