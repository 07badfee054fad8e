const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** A number of bytes for people, in decimal units and about three digits: `999 B`, `10.9 kB`, `48.2 MB`, `1.5 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (unit < units.length - 1 && Number(rounded(value, unit)) >= 1000) {
    value /= 1000;
    unit += 1;
  }
  return `${rounded(value, unit)} ${units[unit] ?? ''}`;
}

function rounded(value: number, unit: number): string {
  if (unit === 0 || value >= 99.95) return value.toFixed(0);
  return value.toFixed(1).replace(/\.0$/, '');
}
