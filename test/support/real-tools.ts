import {existsSync} from 'node:fs';
import path from 'node:path';

/** Programs that some tests compare corectl with; they are Debian packages of the same names. */
export const debianTools = ['docker-registry', 'skopeo'] as const;

/** The same, and those that are built with Go: CONTRIBUTING.md says from where. No run insists on these. */
export const realTools = [
  ...debianTools,
  'crane',
  'regctl',
  'cosign',
  'cosign3',
  'zot',
  'distribution',
  'olareg',
  'act',
  'zsh',
  'fish',
  'pwsh',
  'chromium',
] as const;
export type RealTool = (typeof realTools)[number];

/** Where a program lies on PATH, or undefined. */
export function executable(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

/** Those of the tools that are not installed here. */
export function missing(tools: readonly RealTool[]): RealTool[] {
  return tools.filter((tool) => executable(tool) === undefined);
}

/** How a suite's title says which tool it needs; the summary at the end of a run counts by it. */
export function marker(tool: RealTool): string {
  return `[${tool}]`;
}

/** A suite that needs the tools: skipped, and said so in its title, where one is not installed. */
export function describeWith(
  tools: readonly RealTool[],
  title: string,
  define: (this: Mocha.Suite) => void,
): void {
  const absent = missing(tools);
  const marked = [title, ...tools.map(marker)].join(' ');
  if (absent.length === 0) describe(marked, define);
  else describe.skip(`${marked}: skipped, not installed: ${absent.join(', ')}`, define);
}
