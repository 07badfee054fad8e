/** How corectl tells what it finds on its way to a credential. */
export interface Teller {
  /** One line for the user. */
  readonly warn: (line: string) => void;
}

/** For whoever wants to hear nothing. */
export const silent: Teller = {warn: () => undefined};

/** Tells on stderr, each thing once: stdout stays one document. */
export function tellerOn(write: (text: string) => void): Teller {
  const told = new Set<string>();
  return {
    warn: (line) => {
      if (told.has(line)) return;
      told.add(line);
      write(`warning: ${line}\n`);
    },
  };
}
