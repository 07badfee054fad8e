import {expect} from 'chai';
import {KeepingUp} from '../../../src/lib/copy/keeping-up.ts';
import {randomFrom} from '../../support/random.ts';

const MB = 1_000_000;
/** Milliseconds that pass at a time. */
const step = 2;
/** Blobs that are under way together, and bytes of each. */
const together = 4;
const blob = 64 * MB;
/** Bytes that one may be behind the quickest, over all blobs. */
const slack = together * 4 * MB;

/** A registry, in a model of one read for several: bytes, bytes a second and milliseconds. */
interface Registry {
  /** What it takes alone, at a time. */
  readonly rate: (now: number) => number;
  /** Buffers between it and the reader: full at once, and emptied in pieces. */
  readonly buffer?: number;
  readonly piece?: number;
  /** Whether it takes nothing for a while, having taken so much. */
  readonly pauses?: (now: number, taken: number) => boolean;
}

interface Member extends Registry {
  readonly keepingUp: KeepingUp;
  taken: number;
  due: number;
  gone?: number;
  held: boolean;
}

interface Outcome {
  /** When each was let go, if it was. */
  readonly letGo: readonly (number | undefined)[];
  /** When the others had everything. */
  readonly ended: number;
}

/** Hands `size` bytes to all of them, in virtual time. */
function handOut(registries: readonly Registry[], size: number): Outcome {
  const members: Member[] = [];
  for (const registry of registries) {
    const quickest = (at: number): number =>
      Math.max(...members.filter((one) => one !== member).map(({keepingUp}) => keepingUp.rate(at)));
    const member: Member = {
      ...registry,
      keepingUp: new KeepingUp(quickest),
      taken: 0,
      due: registry.buffer ?? 0,
      held: false,
    };
    members.push(member);
  }
  for (const {keepingUp} of members) for (let i = 0; i < together; i += 1) keepingUp.begins(0);
  let now = 0;
  for (; ; now += step) {
    const present = members.filter(({gone}) => gone === undefined);
    const given = Math.min(size, Math.min(...present.map(({taken}) => taken)) + slack);
    if (present.every(({taken}) => taken >= size)) break;
    for (const one of present) take(one, now, given);
    const starving = given < size && present.some(({taken}) => taken >= given);
    for (const one of present) hold(one, now, starving && one.taken <= given - slack);
    for (const one of present) if (one.held && one.keepingUp.isBehind(now)) one.gone = now;
  }
  return {letGo: members.map(({gone}) => gone), ended: now};
}

function take(one: Member, now: number, given: number): void {
  if (one.pauses?.(now, one.taken) === true) return;
  const {piece = 256_000} = one;
  // what nobody offers is not taken later
  one.due = Math.min(
    one.due + (one.rate(now) * step) / 1000,
    Math.max(one.buffer ?? 0, 2 * piece, one.rate(now) / 10),
  );
  const taken = Math.min(Math.floor(one.due / piece) * piece, given - one.taken);
  if (taken <= 0) return;
  const batches = Math.floor(one.taken / (together * blob));
  one.due -= taken;
  one.taken += taken;
  one.keepingUp.took(now, taken, (one.taken % (together * blob)) / together);
  if (Math.floor(one.taken / (together * blob)) > batches) one.keepingUp.completed(now, together * blob);
}

function hold(one: Member, now: number, held: boolean): void {
  if (held === one.held) return;
  for (let i = 0; i < together; i += 1) {
    if (held) one.keepingUp.holds(now);
    else one.keepingUp.releases(now);
  }
  one.held = held;
}

/** Registries of one disk, which takes so much in all; each pauses for up to three seconds now and then. */
function onOneDisk(count: number, random: () => number): Registry[] {
  return Array.from({length: count}, () => {
    let [from, until] = [NaN, 0];
    return {
      rate: () => ((400 * MB) / count) * (0.7 + 0.6 * random()),
      buffer: 20 * MB,
      pauses: (now: number, taken: number) => {
        // a disk takes its time when there is something to write
        if (taken < 80 * MB) return false;
        if (Number.isNaN(from) || now >= until) [from, until] = nextPause(now, random);
        return now >= from && now < until;
      },
    };
  });
}

function nextPause(now: number, random: () => number): [number, number] {
  const from = now - 1500 * Math.log(1 - random());
  return [from, from + 3000 * random()];
}

describe('whether a target keeps up', () => {
  const usual: Registry = {rate: () => 150 * MB, buffer: 20 * MB};
  /** One that is limited to a part of what the usual one takes, behind buffers that free a megabyte at a time. */
  const limited = (part: number): Registry => ({...usual, rate: () => 150 * MB * part, piece: MB});

  it('is doubted of none of several equal registries on one disk, whichever pauses for seconds, and when', () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const random = randomFrom(seed);
      const {letGo} = handOut(onOneDisk(2 + (seed % 3), random), 1000 * MB);
      expect(
        letGo.every((at) => at === undefined),
        `seed ${seed}: ${letGo.join(', ')}`,
      ).to.equal(true);
    }
  });

  it('is told in time of one that takes a twentieth from the start', () => {
    const alone = handOut([usual, usual], 268 * MB).ended;
    const {letGo, ended} = handOut([usual, usual, limited(1 / 20)], 268 * MB);
    expect(letGo.slice(0, 2)).to.deep.equal([undefined, undefined]);
    expect(letGo[2]).to.be.within(1, 600);
    expect(ended).to.be.at.most(alone * 1.2);
  });

  for (const part of [1 / 2, 1 / 3])
    it(`is never doubted of one that takes ${part.toFixed(2)} of what the others could`, () => {
      expect(handOut([usual, usual, limited(part)], 2000 * MB).letGo).to.deep.equal([
        undefined,
        undefined,
        undefined,
      ]);
    });

  it('is told within three seconds of one that is limited after it has shown what it can do', () => {
    const later: Registry = {...usual, rate: (now) => (now < 2000 ? 150 : 7.5) * MB};
    const {letGo} = handOut([usual, later, usual], 1000 * MB);
    expect(letGo[0]).to.equal(undefined);
    expect(letGo[1]).to.be.within(2000, 5000);
    expect(letGo[2]).to.equal(undefined);
  });

  it('is told of two that are limited beside one that is not', () => {
    const {letGo} = handOut([limited(1 / 20), usual, limited(1 / 20)], 268 * MB);
    expect(letGo[1]).to.equal(undefined);
    for (const at of [letGo[0], letGo[2]]) expect(at).to.be.within(1, 1500);
  });

  it('is told of one that takes nothing more, after it has shown what it can do', () => {
    const silent: Registry = {...usual, pauses: (now) => now > 1000};
    expect(handOut([usual, silent], 1000 * MB).letGo[1]).to.be.within(5000, 6000);
  });

  it('leaves a first upload a second to be opened', () => {
    expect(handOut([usual, {...usual, pauses: (now) => now < 1000}], 500 * MB).letGo[1]).to.equal(undefined);
  });

  it('is not doubted by a process that had no turn for a while itself', () => {
    const keepingUp = new KeepingUp(() => 1000);
    keepingUp.begins(0);
    keepingUp.took(1, 1000, 1000);
    keepingUp.holds(2);
    expect(keepingUp.isBehind(60_000)).to.equal(false);
  });
});
