/** Milliseconds that the others wait for a target before they go on without it. */
interface Patience {
  /** While it gives no sign: nothing is taken, and no upload ends. */
  readonly silence: number;
  /** By how much they are behind for its sake, although it gives signs. */
  readonly lag: number;
}

/** What the others put up with, by what is known of the target. */
interface Patiences {
  /** Its first upload is being opened: names, connections and tokens take their time. */
  readonly opening: Patience;
  /** It has taken no more than the buffers on the way to it hold. */
  readonly unknown: Patience;
  /** It has shown what it can do: a disk that several registries write to lets each of them wait for seconds. */
  readonly proven: Patience;
}

const usualPatiences: Patiences = {
  opening: {silence: 1500, lag: 1500},
  unknown: {silence: 200, lag: 250},
  proven: {silence: 4000, lag: 1000},
};

/**
 * Bytes that prove what a target can do. Buffers take less, however slow it is: those of two kernels on one machine held up
 * to 11 MB of an upload.
 */
const proof = 16 * 1024 * 1024;

/** One pause adds no more than this to the lag: who pauses takes all that waits for it afterwards, who is slow does not. */
const longestStep = 150;

/** Time in which nobody waits for it makes up for so many times as much in which they do: equal registries take turns. */
const recovery = 3;

/**
 * What it takes while others wait makes up for so many times what the quickest needs for as much. The quickest looks up to
 * three times quicker than it is, as buffers take its part at once: a third is never too little, a twentieth is.
 */
const allowed = 8;

/** Milliseconds between looks at who waits for whom. */
export const lookEvery = 50;

/** A look that comes later than this was late itself: a process that had no turn has seen nothing. */
const longestLook = 2 * lookEvery;

/**
 * Tells whether a target keeps up with the others. Its lag grows by the time that the others wait for it, and shrinks by
 * several times what the quickest of them would need for the bytes that it takes meanwhile. The quickest one's rate is the
 * one that it had until it had to wait. There is no clock in here: each call tells the time, in milliseconds.
 */
export class KeepingUp {
  readonly #quickest: (now: number) => number;
  readonly #patiences: Patiences;
  #at = 0;
  #busy = 0;
  /** Of the quickest, when they began to wait. */
  #rate = 0;
  #lag = 0;
  #silence = 0;
  #taken = 0;
  #completed = 0;
  #largest = 0;
  #underWay = 0;
  #holding = 0;
  #blocking = 0;
  #letGo = false;

  /** `quickest` tells how many bytes the quickest of the others takes in a millisecond. */
  constructor(quickest: (now: number) => number, patiences = usualPatiences) {
    this.#quickest = quickest;
    this.#patiences = patiences;
  }

  /** Bytes that it took per millisecond, of the time in which an upload was under way. */
  rate(now: number): number {
    this.#pass(now);
    return this.#busy > 0 ? this.#taken / this.#busy : 0;
  }

  /** Whether an upload from a common read is under way. */
  get busy(): boolean {
    return this.#underWay > 0;
  }

  /** An upload from a common read begins. */
  begins(now: number): void {
    this.#pass(now);
    this.#underWay += 1;
  }

  /** It ended, or the others do not wait for it any more. */
  ends(now: number): void {
    this.#pass(now);
    this.#underWay -= 1;
  }

  /** It took so many bytes of an upload, `inAll` of that upload so far. */
  took(now: number, bytes: number, inAll: number): void {
    this.#pass(now);
    this.#silence = 0;
    this.#taken += bytes;
    this.#largest = Math.max(this.#largest, inAll);
    if (this.#lag > 0) this.#lag = Math.max(0, this.#lag - (allowed * bytes) / this.#rate);
  }

  /** A blob of so many bytes has arrived. */
  completed(now: number, bytes: number): void {
    this.#pass(now);
    this.#silence = 0;
    this.#completed += bytes;
  }

  /** The others wait for one of its uploads. */
  holds(now: number): void {
    this.#pass(now);
    this.#holding += 1;
  }

  /** They do not wait any more. */
  releases(now: number): void {
    this.#pass(now);
    this.#holding -= 1;
  }

  /** Others wait with all that they have, for any of its uploads. */
  blocks(now: number): void {
    this.#pass(now);
    this.#blocking += 1;
  }

  /** They do not wait any more. */
  unblocks(now: number): void {
    this.#pass(now);
    this.#blocking -= 1;
  }

  /** The others go on without it, from now on. */
  letGo(): void {
    this.#letGo = true;
  }

  /** Whether the others are to go on without it. */
  isBehind(now: number): boolean {
    this.#pass(now);
    const {silence, lag} = this.#patiences[this.#known];
    return this.#letGo || this.#silence >= silence || this.#lag >= lag;
  }

  get #known(): keyof Patiences {
    if (this.#largest >= proof || this.#completed >= proof) return 'proven';
    return this.#taken > 0 ? 'unknown' : 'opening';
  }

  /** The part of its uploads that the others wait for. */
  get #share(): number {
    return this.#blocking > 0 ? 1 : this.#holding / Math.max(this.#underWay, this.#holding, 1);
  }

  #pass(now: number): void {
    const passed = now - this.#at;
    if (passed <= 0) return;
    this.#at = now;
    if (this.#underWay > 0) this.#busy += passed;
    const share = this.#share;
    // the others' rate falls from here on
    if (share > 0 && this.#lag === 0) this.#rate = this.#quickest(now);
    const waited = Math.min(passed, longestLook) * share;
    const before = Math.min(this.#silence, longestStep);
    this.#silence += waited;
    const step = Math.min(this.#silence, longestStep) - before;
    this.#lag = Math.max(0, this.#lag + step - passed * (1 - share) * recovery);
  }
}
