// A terminal's screen as far as corectl uses one: what a person sees after all that was written.

/** Colours are ignored; everything that corectl does not send raises, so that nothing goes by unseen. */
export class ScreenModel {
  /** What scrolled out at the top. */
  readonly scrollback: string[] = [];
  #columns: number;
  #height: number;
  #rows: string[] = [''];
  #row = 0;
  #column = 0;
  #wraps = true;
  #rest = '';
  cursorIsVisible = true;

  constructor(columns: number, height: number) {
    this.#columns = columns;
    this.#height = height;
  }

  /** The lines on the screen, without blank ones at the end. */
  get lines(): string[] {
    return this.#rows.map((row) => row.trimEnd()).filter((_, index, all) => all.slice(index).some(Boolean));
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** As terminals do that keep what no longer fits: a line that is too long becomes several. */
  resize(columns: number, height: number): void {
    const broken = (row: string) => row.trimEnd().match(new RegExp(`.{1,${columns}}`, 'gu')) ?? [''];
    const above = this.#rows.slice(0, this.#row).flatMap(broken);
    this.#rows = [...above, ...this.#rows.slice(this.#row).flatMap(broken)];
    this.#row = above.length;
    [this.#columns, this.#height] = [columns, height];
    this.#scroll();
  }

  write(text: string): void {
    const pattern = /\u001b\[(\??)([\d;]*)([A-Za-z])|\u001b\[?\??[\d;]*$|[^]/gu;
    const all = this.#rest + text;
    this.#rest = '';
    for (const [token, mark, parameters = '', command] of all.matchAll(pattern)) {
      if (command !== undefined) this.#control(`${mark ?? ''}${command}`, parameters);
      else if (token.startsWith('\u001b')) this.#rest = token;
      else this.#print(token);
    }
  }

  #control(command: string, parameters: string): void {
    const rows = this.#rows;
    switch (command) {
      case 'A':
        this.#row = Math.max(0, this.#row - Number(parameters || 1));
        return;
      case 'G':
        this.#column = Number(parameters || 1) - 1;
        return;
      case 'J':
        rows[this.#row] = (rows[this.#row] ?? '').slice(0, this.#column);
        rows.length = this.#row + 1;
        return;
      case 'm':
        return;
      case '?h':
      case '?l':
        if (parameters === '25') this.cursorIsVisible = command === '?h';
        else if (parameters === '7') this.#wraps = command === '?h';
        return;
      default:
        throw new Error(`the screen model does not know ESC [ ${parameters} ${command}`);
    }
  }

  #print(character: string): void {
    if (character === '\r') this.#column = 0;
    else if (character === '\n') this.#feed();
    else {
      if (this.#column >= this.#columns) {
        if (this.#wraps) this.#feed();
        else this.#column = this.#columns - 1;
      }
      const row = (this.#rows[this.#row] ?? '').padEnd(this.#column);
      this.#rows[this.#row] = row.slice(0, this.#column) + character + row.slice(this.#column + 1);
      this.#column += 1;
    }
  }

  /** A line feed as terminals' drivers send it on: with a carriage return. */
  #feed(): void {
    this.#column = 0;
    this.#row += 1;
    this.#rows[this.#row] ??= '';
    this.#scroll();
  }

  #scroll(): void {
    const over = Math.max(0, this.#row + 1 - this.#height);
    this.scrollback.push(...this.#rows.splice(0, over));
    this.#row -= over;
    this.#rows.length = Math.min(this.#rows.length, this.#height);
  }
}
