/** A part of a file, and the line of the file that it begins on. */
export interface Part {
  readonly text: string;
  readonly firstLine: number;
}

/** A file in two: its list of images, entry by entry, and what is left of it. */
export interface Parts {
  readonly entries: readonly Part[];
  /** The file with the list's lines emptied: every line stands where it stood. */
  readonly rest: string;
}

/**
 * Takes a long list of images apart, so that its thousands of entries can be read one by one in little memory: the list
 * below `images:`, or the one that is the whole file. Undefined where that cannot be told from the lines alone (several
 * documents, anchors, a list in braces): such a file is read as a whole.
 */
export function partsOf(text: string, where: 'file' | 'images'): Parts | undefined {
  if (/[&*]|^(?:\.\.\.|%)/m.test(text)) return undefined;
  const lines = text.split('\n');
  const marker = lines.findIndex((line) => line.startsWith('---'));
  if (marker >= 0 && !/^---\s*(?:#.*)?$/.test(lines[marker] ?? '')) return undefined;
  if (
    lines.some((line, index) => (index < marker && !isBlank(line)) || (index > marker && /^---/.test(line)))
  )
    return undefined;
  const region = where === 'file' ? {from: marker + 1, to: lines.length} : imagesRegion(lines);
  if (region === undefined) return undefined;
  const entries = entriesIn(lines, region, where === 'file');
  if (entries === undefined) return undefined;
  return {
    entries,
    rest: lines.map((line, at) => (at < region.from || at >= region.to ? line : '')).join('\n'),
  };
}

interface Region {
  readonly from: number;
  readonly to: number;
}

/** The lines below `images:` up to the next key of the file. */
function imagesRegion(lines: readonly string[]): Region | undefined {
  const key = lines.findIndex((line) => /^images:\s*(?:#.*)?$/.test(line));
  if (key < 0 || lines.findLastIndex((line) => line.startsWith('images:')) !== key) return undefined;
  const next = lines.findIndex((line, at) => at > key && /^[^\s#-]/.test(line));
  return {from: key + 1, to: next < 0 ? lines.length : next};
}

/** What belongs to an entry is indented further than its dash (YAML 1.2.2, §8.2.1). */
function entriesIn(lines: readonly string[], {from, to}: Region, whole: boolean): Part[] | undefined {
  const first = lines.findIndex((line, at) => at >= from && at < to && !isBlank(line));
  if (first < 0) return whole ? [] : undefined;
  const indent = /^ *(?=- )/.exec(lines[first] ?? '')?.[0];
  if (indent === undefined || (whole && indent !== '')) return undefined;
  const starts: number[] = [];
  for (let at = first; at < to; at += 1) {
    const line = lines[at] ?? '';
    if (line.startsWith(`${indent}- `) || line.trimEnd() === `${indent}-`) starts.push(at);
    // neither an entry nor inside one
    else if (!isBlank(line) && !line.startsWith(`${indent} `)) return undefined;
  }
  return starts.map((start, index) => ({
    text: `${lines.slice(start, starts[index + 1] ?? to).join('\n')}\n`,
    firstLine: start + 1,
  }));
}

const isBlank = (line: string): boolean => /^\s*(?:#.*)?$/.test(line);
