import type {Report} from '../src/lib/promotion/report.ts';

/** The outputs that follow from a report. */
export function outputsOf({images}: Report): {digest: string; promoted: string} {
  const destinations = images.flatMap((image) => image.destinations);
  return {
    digest: images.flatMap(({digest}) => digest ?? []).join('\n'),
    promoted: String(destinations.some(({status}) => status === 'promoted')),
  };
}

/** The report as Markdown, for the page of the workflow's run. */
export function summaryOf({images, dryRun, fromStage, tenant, error}: Report): string {
  const whose = tenant === null ? '' : ` of ${cell(tenant)}`;
  return [
    `### Promotion${whose} from ${cell(fromStage)}${dryRun ? ' (dry run)' : ''}`,
    '',
    '| image | digest | environment | stage | outcome | reference |',
    '| --- | --- | --- | --- | --- | --- |',
    ...images.flatMap(rows),
    ...(error === null ? [] : ['', `**${cell(error.message)}**`]),
    '',
  ].join('\n');
}

function rows({image, digest, destinations}: Report['images'][number]): string[] {
  return destinations.map(({environment, stage, status, reference, error}) => {
    const outcome = error === null ? status : `${status}: ${error.message}`;
    const cells = [image, digest ?? '-', environment ?? '-', stage, outcome, reference];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
}

/** Text from registries and repositories must not become a link, an image or a cell of its own. */
const cell = (text: string): string =>
  text.replace(/[\\`*_~[\]<>|!&@]/g, (character) => `&#${character.charCodeAt(0)};`).replace(/\s+/g, ' ');
