import {printable} from '../printable.ts';

/** Bytes of warnings that one answer may carry (distribution-spec, §Warnings); what comes beyond is not looked at. */
const bytesOfOneAnswer = 4096;
/** Different warnings of one host that are told: a host that always finds new words must not hide everything else. */
const toldOfOneHost = 20;

/**
 * What registries have to say besides their answers: `Warning: 299 - "…"`. Each warning is told once for its host, as one
 * harmless line, and nothing else is done about it (distribution-spec, §Warnings).
 */
export class Warnings {
  readonly #tell: (warning: string) => void;
  readonly #told = new Map<string, Set<string>>();

  constructor(tell: (warning: string) => void) {
    this.#tell = tell;
  }

  /** Takes the warnings out of an answer's headers, names and values in turn. */
  read(host: string, rawHeaders: readonly string[]): void {
    const texts = warningsIn(rawHeaders);
    if (texts.length === 0) return;
    const told = this.#told.get(host) ?? new Set();
    this.#told.set(host, told);
    for (const text of texts) {
      if (told.has(text) || told.size === toldOfOneHost) continue;
      told.add(text);
      this.#tell(`${host}: ${text}`);
    }
  }
}

function warningsIn(rawHeaders: readonly string[]): string[] {
  const values = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === 'warning');
  const all = values.join(', ').slice(0, bytesOfOneAnswer);
  return [...all.matchAll(/(?:^|,)\s*299 - "((?:[^"\\]|\\.)*)"/g)]
    .map(([, quoted = '']) => printable(quoted.replace(/\\(.)/g, '$1'), 1000))
    .filter((text) => text !== '');
}
