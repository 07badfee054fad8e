/** One challenge of a WWW-Authenticate header (RFC 9110 §11.3): its scheme and parameter names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;

/**
 * Reads all challenges out of an answer's raw headers (name, value, name, value, …). Node joins several header lines into
 * one in `headers`; what is in one line may hold several challenges all the same. Malformed rests are dropped.
 */
export function challengesOf(rawHeaders: readonly string[]): Challenge[] {
  return rawHeaders.flatMap((name, i) =>
    i % 2 === 0 && name.toLowerCase() === 'www-authenticate' ? parseChallenges(rawHeaders[i + 1] ?? '') : [],
  );
}

/** The challenges in one header value. */
export function parseChallenges(value: string): Challenge[] {
  const challenges: {scheme: string; parameters: Map<string, string>}[] = [];
  const scan = new Scanner(value);
  while (!scan.ended()) {
    const word = scan.match(token);
    if (word === undefined) {
      // a stray comma or something that is no challenge at all
      if (!scan.skip(',')) break;
      continue;
    }
    const parameter = scan.skip('=') ? scan.value() : undefined;
    const current = challenges.at(-1);
    if (parameter === undefined) challenges.push({scheme: word.toLowerCase(), parameters: new Map()});
    else current?.parameters.set(word.toLowerCase(), parameter);
  }
  return challenges;
}

/** Reads a header value piece by piece; optional white space around each piece is skipped. */
class Scanner {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
    this.#space();
  }

  ended(): boolean {
    return this.#position >= this.#text.length;
  }

  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#position = pattern.lastIndex;
    this.#space();
    return found[1] ?? found[0];
  }

  skip(character: string): boolean {
    if (this.#text[this.#position] !== character) return false;
    this.#position += 1;
    this.#space();
    return true;
  }

  /** A token or a quoted string; the empty text when there is neither, as after `empty=`. */
  value(): string {
    return this.match(quoted)?.replace(/\\(.)/g, '$1') ?? this.match(token) ?? '';
  }

  #space(): void {
    while (this.#text[this.#position] === ' ' || this.#text[this.#position] === '\t') this.#position += 1;
  }
}
