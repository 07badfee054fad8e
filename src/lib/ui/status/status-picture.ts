import type {StatusCell, StatusImage, StatusReport} from '../../status/report.ts';
import {escaped, groupClass, groupColours} from './markup.ts';
import {cellWords} from './status-words.ts';

/** Lengths in units of the picture; a character of the type below is 7.3 wide at 12. */
const size = {cell: 168, row: 62, head: 92, name: 190, gap: 4, margin: 16} as const;

/** Where images are as one SVG picture that needs nothing from elsewhere, and is a table for those who listen to it. */
export function statusPicture({tenant, images}: StatusReport, now: number): string {
  const places = images[0]?.cells ?? [];
  const width = size.margin * 2 + size.name + Math.max(2, places.length) * size.cell;
  const height = size.margin + size.head + Math.max(1, images.length) * size.row + size.margin;
  const title = `Images of ${escaped(tenant)}`;
  const time = new Date(now).toISOString().slice(0, 16).replace('T', ' ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="table" aria-label="${title}">
<title>${title}</title>
<desc>As of ${time} UTC, by stage and environment. Equal letters in a row are equal digests.</desc>
<style>${style}</style>
<rect class="back" width="100%" height="100%"/>
<text class="title" x="${size.margin}" y="32">${title}</text>
<text class="quiet" x="${size.margin}" y="52">as of ${time} UTC</text>
<g role="row">${heading('image', '', 0)}${places.map(({stage, environment}, at) => heading(environment, stage, at + 1)).join('')}</g>
${images.length === 0 ? `<text class="quiet" x="${size.margin}" y="${size.head + 40}">The tenant has no images.</text>` : images.map((image, row) => imageRow(image, row, now)).join('\n')}
</svg>
`;
}

const leftOf = (column: number): number =>
  size.margin + (column === 0 ? 0 : size.name + (column - 1) * size.cell);

function heading(text: string, above: string, column: number): string {
  const x = leftOf(column);
  return `<g role="columnheader" aria-label="${escaped(`${above} ${text}`)}"><text class="quiet" x="${x}" y="78">${short(above, 21)}</text><text class="head" x="${x}" y="96">${short(text, 21)}</text></g>`;
}

function imageRow({image, cells}: StatusImage, row: number, now: number): string {
  const y = size.margin + size.head + row * size.row;
  const name = `<g role="rowheader"><text class="head" x="${size.margin}" y="${y + 22}">${short(image, 24)}<title>${escaped(image)}</title></text></g>`;
  return `<g role="row">${name}${cells.map((cell, at) => imageCell(cell, {x: leftOf(at + 1), y, now})).join('')}</g>`;
}

function imageCell(cell: StatusCell, {x, y, now}: {x: number; y: number; now: number}): string {
  const {version, letter, digest, age, size: bytes, record, note} = cellWords(cell, now);
  const about = [age, bytes, record].filter((one) => one !== '').join(' · ');
  const label = [cell.stage, cell.environment, version, letter, digest, about, note].filter(
    (one) => one !== '',
  );
  const line = (kind: string, text: string, down: number) =>
    text === '' ? '' : `<text class="${kind}" x="${x + 8}" y="${y + down}">${text}</text>`;
  return [
    `<g role="cell" aria-label="${escaped(label.join(', '))}">`,
    `<rect class="${groupClass(cell.group)}" x="${x}" y="${y}" width="${size.cell - size.gap}" height="${size.row - size.gap}" rx="5"/>`,
    line('head', short(version, note === '' ? 20 : 13), 18),
    note === ''
      ? ''
      : `<text class="mark" text-anchor="end" x="${x + size.cell - size.gap - 8}" y="${y + 18}">${short(note, version === '-' ? 19 : 7)}</text>`,
    line('code', letter === '' ? '' : `<tspan class="letter">${letter}</tspan> ${escaped(digest)}`, 35),
    line('quiet', escaped(about), 51),
    `</g>`,
  ].join('');
}

/** As much of a text as there is room for. */
const short = (text: string, room: number): string =>
  escaped(text.length <= room ? text : `${text.slice(0, room - 1)}…`);

const colours = (which: 0 | 1): string =>
  groupColours.map((pair, at) => `.g${at}{fill:${pair[which]}}`).join('');

const style = `text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1c1e21}.title{font:600 18px system-ui,sans-serif}.head{font-weight:600}.letter{font-weight:700}.quiet{fill:#565d66}.mark{fill:#a40e26;font-weight:600}.back{fill:#fff}.none{fill:none;stroke:#d0d4da;stroke-dasharray:4 3}${colours(0)}@media (prefers-color-scheme:dark){text{fill:#e8eaed}.quiet{fill:#b4bbc4}.mark{fill:#ffb3b1}.back{fill:#15181c}.none{stroke:#3d444d}${colours(1)}}`;
