import {leftOutLine} from '../left-out.ts';
import type {StatusCell, StatusImage, StatusReport} from '../../status/report.ts';
import {escaped, groupClass, groupColours} from './markup.ts';
import {cellWords} from './status-words.ts';

/** Where images are as one HTML page that needs nothing from elsewhere. `now` is in milliseconds of the epoch. */
export function statusPage({tenant, images, leftOut, notes}: StatusReport, now: number): string {
  const title = `Images of ${escaped(tenant)}`;
  const time = new Date(now).toISOString().slice(0, 16).replace('T', ' ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<h1>${title}</h1>
<p>As of ${time} UTC. Equal letters in a row are equal digests. <b class="mark">drift</b>: another digest than the same tag has earlier along the path, or than the first environment of its stage has. <b class="mark">gap</b>: nothing, although its stage or a later one has the image.</p>
${leftOut.length === 0 ? '' : `<p>${escaped(leftOutLine(leftOut), 4000)}</p>\n`}${notes.map((note) => `<p>Not listed: ${escaped(note, 500)}</p>\n`).join('')}${images.length === 0 ? '<p>The tenant has no images.</p>\n' : table(images, now)}</body>
</html>
`;
}

function table(images: readonly StatusImage[], now: number): string {
  const places = images[0]?.cells ?? [];
  const heads = places.map(
    ({stage, environment}) =>
      `<th role="columnheader" scope="col"><span>${escaped(stage)}</span> ${escaped(environment)}</th>`,
  );
  return `<table role="table" aria-label="Versions by stage and environment">
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">image</th>${heads.join('')}</tr></thead>
<tbody role="rowgroup">
${images.map((image) => imageRow(image, now)).join('')}</tbody>
</table>
`;
}

function imageRow({image, cells}: StatusImage, now: number): string {
  return `<tr role="row"><th role="rowheader" scope="row">${escaped(image)}</th>${cells.map((cell) => imageCell(cell, now)).join('')}</tr>\n`;
}

function imageCell(cell: StatusCell, now: number): string {
  const {version, letter, digest, age, size, record, note} = cellWords(cell, now);
  const place = `${escaped(cell.stage)} · ${escaped(cell.environment)}`;
  const about = [age, size, record].filter((one) => one !== '').join(' · ');
  const parts = [
    `<strong>${escaped(version)}</strong>`,
    letter === '' ? '' : `<code><b>${letter}</b> ${escaped(digest)}</code>`,
    about === '' ? '' : `<small>${escaped(about)}</small>`,
    note === ''
      ? ''
      : `<b class="mark" title="${escaped(cell.error?.message ?? note, 1000)}">${escaped(note)}</b>`,
  ];
  return `<td role="cell" class="${groupClass(cell.group)}" data-place="${place}">${parts.join(' ')}</td>`;
}

const colours = (which: 0 | 1): string =>
  groupColours.map((pair, at) => `.g${at}{background:${pair[which]}}`).join('');

const style = `:root{color-scheme:light dark;--text:#1c1e21;--back:#fff;--line:#d0d4da;--quiet:#565d66;--bad:#a40e26}
body{font:16px/1.45 system-ui,sans-serif;color:var(--text);background:var(--back);margin:1.5rem}
h1{font-size:1.4rem;margin:0 0 .5rem}p{color:var(--quiet);max-width:46rem;margin:.4rem 0 1rem}
table{border-collapse:separate;border-spacing:3px}
th,td{text-align:left;vertical-align:top;padding:.45rem .6rem;border-radius:5px}
thead th{font-weight:600;border-bottom:2px solid var(--line);border-radius:0}
thead span{display:block;font-weight:400;color:var(--quiet);font-size:.85rem}
tbody th{position:sticky;left:0;background:var(--back);overflow-wrap:anywhere}
td{min-width:8.5rem}td strong,td code,td small{display:block}td strong{overflow-wrap:anywhere}
code{font:.85rem ui-monospace,monospace}small{color:var(--quiet);font-size:.85rem}
.none{outline:1px dashed var(--line);outline-offset:-1px}
.mark{color:var(--bad);font-size:.85rem}
${colours(0)}
@media (prefers-color-scheme:dark){:root{--text:#e8eaed;--back:#15181c;--line:#3d444d;--quiet:#b4bbc4;--bad:#ffb3b1}${colours(1)}}
@media (max-width:40rem){body{margin:1rem}table,tbody,tr,td,tbody th{display:block}thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
tbody th{position:static;margin-top:1.2rem;font-size:1.1rem;padding-left:0}td{margin:3px 0}td::before{content:attr(data-place);display:block;font-size:.85rem;color:var(--quiet)}}
`;
