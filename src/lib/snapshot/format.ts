import type {Snapshot} from './snapshot.ts';

export const snapshotFormats = ['yaml', 'csv', 'json'] as const;
export type SnapshotFormat = (typeof snapshotFormats)[number];

/** A snapshot as text, the last line ended. */
export function formatSnapshot(snapshot: Snapshot, format: SnapshotFormat): string {
  switch (format) {
    case 'yaml':
      return yaml(snapshot);
    case 'csv':
      return csv(snapshot);
    case 'json':
      return `${JSON.stringify(asList(snapshot), null, 2)}\n`;
  }
}

/** As `images.yaml` holds it. */
export function asList(snapshot: Snapshot): {name: string; dmap: Record<string, readonly string[]>}[] {
  return snapshot.map(({name, digests}) => ({
    name,
    dmap: Object.fromEntries(digests.map(({digest, tags}) => [digest, tags])),
  }));
}

/** `images.yaml` with a digest a line: what changes in one digest changes one line of a diff. */
function yaml(snapshot: Snapshot): string {
  if (snapshot.length === 0) return '[]\n';
  const lines = snapshot.flatMap(({name, digests}) => [
    `- name: ${plain(name) ? name : JSON.stringify(name)}`,
    '  dmap:',
    ...digests.map(({digest, tags}) => `    "${digest}": [${tags.map((tag) => `"${tag}"`).join(', ')}]`),
  ]);
  return `${lines.join('\n')}\n`;
}

/** Whether YAML readers that guess types take the name for text. */
const plain = (name: string): boolean =>
  /^[a-z][a-z0-9._/-]*$/.test(name) && !/^(?:true|false|null|yes|no|on|off|y|n)$/.test(name);

function csv(snapshot: Snapshot): string {
  const rows = snapshot.flatMap(({name, digests}) =>
    digests.flatMap(({digest, tags}) => {
      const under = tags.length === 0 ? ['-'] : tags.map((tag) => `${name}:${tag}`);
      return under.map((one) => `${name}@${digest},${one}\n`);
    }),
  );
  return rows.join('');
}
