import {verified} from '../distribution/blobs.ts';
import {wait} from '../http/pace.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import {OciError} from '../oci-error.ts';
import {FanOut, type Branch} from './fan-out.ts';
import {Mounts} from './mounts.ts';
import {Slots} from './slots.ts';
import {SlowTargets} from './slow-targets.ts';
import type {Source} from './source.ts';
import type {Target} from './target.ts';

/** A target that is to receive a blob. */
export interface BlobTarget {
  readonly target: Target;
  /** Told the bytes that went out; negative when an upload begins anew. */
  readonly onSent?: (bytes: number) => void;
  /** Whether the target was not asked for the blob: it is before it gets it otherwise than by a mount. */
  readonly unasked?: boolean;
  /** Whether nobody waits for the blob any more. */
  readonly abandoned?: () => boolean;
}

/** A blob, where it is read, and who is to receive it. */
export interface Copying {
  readonly node: Descriptor;
  readonly source: Source;
  readonly targets: readonly BlobTarget[];
  /** Told when the common read is not needed any more; targets that go on alone, or follow others, may still wait. */
  readonly onRead: () => void;
}

/** How a blob came to a target: `existing` was there when that was looked at last. One that was mounted may have been there. */
export type Arrival = 'existing' | 'mounted' | 'copied';

export type BlobOutcome = {readonly how: Arrival} | {readonly error: unknown};

/** What one target still waits for, and whom to tell. */
interface Waiting {
  readonly to: BlobTarget;
  /** An upload session that a mount has opened instead. */
  readonly begun?: URL | undefined;
  readonly settle: (outcome: BlobOutcome) => void;
}

/** Several large blobs at once do not make a registry's disk faster; many small ones hide how far away it is. */
const largeAtOnce = 4;
const smallAtOnce = 32;
/** Bytes of the largest blob that counts as small: all that are in flight take as much memory as a few large ones. */
const smallSize = 512 * 1024;

/** Milliseconds that an unanswered mount holds up the targets of other registries. */
const mountPatience = 1000;

/**
 * Copies blobs from sources to many targets: mounts where the registry is the same, one read of the source for all others.
 *
 * Two limits hold whatever goes wrong: at most `concurrency` blobs are read for several targets together, and at most as many
 * uploads are under way to each target. An upload that is tried again keeps its place among the target's uploads, and one that
 * goes on alone takes one.
 */
export class BlobCopier {
  readonly #concurrency: number | undefined;
  readonly #reads: (node: Descriptor) => Slots;
  readonly #uploads = new Map<string, (node: Descriptor) => Slots>();
  readonly #mounts = new Mounts();
  readonly #slow = new SlowTargets();

  /** Where `concurrency` is not given, it depends on the size of the blobs. */
  constructor(concurrency?: number) {
    this.#concurrency = concurrency;
    this.#reads = slotsBySize(concurrency);
  }

  /** Brings a blob to all targets. Each outcome, in the order of the targets, settles on its own and never rejects. */
  copy({node, source, targets, onRead}: Copying): Promise<BlobOutcome>[] {
    const all = targets.map((to): Waiting & {outcome: Promise<BlobOutcome>} => {
      let settle: (outcome: BlobOutcome) => void = () => undefined;
      const outcome = new Promise<BlobOutcome>((resolve) => (settle = resolve));
      return {to, settle, outcome};
    });
    void this.#bring({node, source, onRead}, all);
    return all.map(({outcome}) => outcome);
  }

  /** Uploads a blob to one target, whatever the target says to have. Raises what the upload raises. */
  async send(node: Descriptor, source: Source, target: Target): Promise<void> {
    await this.#uploadsTo(target, node).run(() => target.push(node, () => ownRead(source, node)));
  }

  /** Mounts where that works and streams to all others together; a mount without an answer does not hold them up for long. */
  async #bring({node, source, onRead}: Omit<Copying, 'targets'>, all: readonly Waiting[]): Promise<void> {
    const unmounted: Waiting[] = [];
    let gone = false;
    const mounts = all.map(async (one) => {
      const mounted = await this.#near(node, source, one);
      if (mounted === 'settled') return;
      if (gone) await (await this.#lead(node, source, [{...one, begun: mounted}]))();
      else unmounted.push({...one, begun: mounted});
    });
    const late = new AbortController();
    await Promise.race([Promise.all(mounts), wait(mountPatience, late.signal)]);
    late.abort();
    gone = true;
    const follow = await this.#lead(node, source, unmounted);
    onRead();
    await follow();
  }

  /**
   * Settles what can be mounted, or is there; else gives the upload that was opened instead, if one was. Where mounts do not
   * work a target is asked first whether it needs the blob: an upload would be opened for each that it has.
   */
  async #near(node: Descriptor, source: Source, one: Waiting): Promise<'settled' | URL | undefined> {
    const {target, unasked = false} = one.to;
    try {
      // not awaited where there is none: the first attempt is to be known to the next blob
      const known = unasked ? this.#mounts.outcome(source, target) : undefined;
      const asksFirst = known !== undefined && (await known) !== 'mounted';
      if (asksFirst && (await isThere(node, one))) return 'settled';
      const mounted = await this.#mounts.attempt(node, source, target);
      if (mounted === 'mounted') one.settle({how: 'mounted'});
      else if (!unasked || asksFirst || !(await isThere(node, {...one, begun: mounted}))) return mounted;
    } catch (error) {
      one.settle({error});
    }
    return 'settled';
  }

  /** Streams to one target of each registry. What it gives mounts in the others from there, or streams where that fails. */
  async #lead(node: Descriptor, source: Source, waiting: readonly Waiting[]): Promise<() => Promise<void>> {
    const {leaders, followers} = this.#byRegistry(waiting);
    await this.#transfer(node, source, leaders);
    const follow = async ({leader, follower}: (typeof followers)[number]) => {
      const {target} = follower.to;
      const mounted = follower.begun ?? (await this.#mounts.attempt(node, leader.to.target, target));
      if (mounted === 'mounted') follower.settle({how: 'mounted'});
      else await this.#transfer(node, source, [{...follower, begun: mounted}]);
    };
    return async () => {
      await Promise.all(followers.map(follow));
    };
  }

  /** Resolves as soon as the common read is not needed any more; targets that go on alone settle later. */
  async #transfer(node: Descriptor, source: Source, waiting: readonly Waiting[]): Promise<void> {
    if (waiting.length === 0) return;
    await this.#reads(node).run(async () => {
      const wanted = waiting.filter(({to}) => to.abandoned?.() !== true);
      await Promise.all(waiting.filter((one) => !wanted.includes(one)).map(drop));
      const ready = await Promise.all(wanted.map((one) => this.#joins(node, one, wanted)));
      for (const one of wanted.filter((_, i) => !ready[i])) void this.#pushAlone(node, source, one);
      await this.#pushTogether(
        node,
        source,
        wanted.filter((_, i) => ready[i]),
      );
    });
  }

  /** Takes a place of the target for an upload from the common read; false for one that the others do not wait for. */
  async #joins(node: Descriptor, {to: {target}}: Waiting, all: readonly Waiting[]): Promise<boolean> {
    if (this.#slow.has(target)) return false;
    const slots = this.#uploadsTo(target, node);
    const taken = slots.take();
    const othersWait = () => this.#isAnyIdle(all, target);
    const inTime = all.length === 1 || (await this.#slow.await(target, taken, othersWait));
    // one that comes too late is handed on
    if (!inTime)
      void taken.then(() => {
        slots.give();
      });
    else await taken;
    return inTime;
  }

  /** Whether one of the others has nothing to do. */
  #isAnyIdle(all: readonly Waiting[], {key}: Target): boolean {
    return all.some(({to: {target}}) => target.key !== key && !this.#slow.keepingUp(target).busy);
  }

  /** Reads once for all of them. Resolves when none of them needs that read any more. */
  async #pushTogether(node: Descriptor, source: Source, together: readonly Waiting[]): Promise<void> {
    const read = (offset: number) => source.blob(node, offset);
    const fanOut = new FanOut({node, where: source.name, read});
    const first = gate();
    const othersWait = (target: Target) => this.#reads(node).wanted && this.#isAnyIdle(together, target);
    const shares = together.map((one) => {
      const share = {one, first, ...this.#joined(fanOut, one.to.target)};
      void this.#pushShare(node, source, share);
      void this.#watchShare(share, othersWait);
      return share.left.passed;
    });
    // the first bytes are on their way while the uploads are being opened
    fanOut.start();
    await Promise.all(shares);
  }

  /** Gives a target its part in a common read, until it has what it needs or is let go. */
  #joined(fanOut: FanOut, target: Target): Pick<Share, 'branch' | 'left' | 'letGo'> {
    const left = gate();
    const letGo = () => {
      this.#slow.add(target);
      left.open();
    };
    const keepingUp = this.#slow.keepingUp(target);
    keepingUp.begins(performance.now());
    void left.passed.then(() => {
      keepingUp.ends(performance.now());
    });
    return {branch: fanOut.branch(keepingUp, letGo), left, letGo};
  }

  /** From when one target has the blob, lets another go where the others wait for it for too long. */
  async #watchShare(
    {one, left, letGo, first}: Share,
    othersWait: (target: Target) => boolean,
  ): Promise<void> {
    const {target} = one.to;
    await first.passed;
    if (!(await this.#slow.await(target, left.passed, () => othersWait(target)))) letGo();
  }

  /** Uploads from the common read, in a place of the target that is taken; a second attempt reads on its own. */
  async #pushShare(node: Descriptor, source: Source, {one, branch, left, first}: Share): Promise<void> {
    const open = (attempt: number) => {
      if (attempt === 1) return branch.content();
      branch.close();
      left.open();
      return ownRead(source, node);
    };
    const copied = await settled(one, one.to.target.push(node, open, optionsOf(one)));
    branch.close();
    this.#uploadsTo(one.to.target, node).give();
    left.open();
    if (!copied) return;
    branch.keepingUp.completed(performance.now(), node.size);
    first.open();
  }

  async #pushAlone(node: Descriptor, source: Source, one: Waiting): Promise<void> {
    const {target, abandoned} = one.to;
    const push = async () => {
      if (abandoned?.() === true) await drop(one);
      else
        await settled(
          one,
          target.push(node, () => ownRead(source, node), optionsOf(one)),
        );
    };
    await this.#slow.alone(target).run(() => this.#uploadsTo(target, node).run(push));
  }

  #uploadsTo({key}: Target, node: Descriptor): Slots {
    const slots = this.#uploads.get(key) ?? slotsBySize(this.#concurrency);
    this.#uploads.set(key, slots);
    return slots(node);
  }

  /** One leader for each registry; who cannot mount from it is streamed to as well. */
  #byRegistry(waiting: readonly Waiting[]): {
    leaders: Waiting[];
    followers: {leader: Waiting; follower: Waiting}[];
  } {
    const leaders: Waiting[] = [];
    const followers: {leader: Waiting; follower: Waiting}[] = [];
    for (const one of waiting) {
      const leader = leaders.find(({to}) => this.#mounts.possible(to.target, one.to.target));
      if (leader === undefined) leaders.push(one);
      else followers.push({leader, follower: one});
    }
    return {leaders, followers};
  }
}

/** A target's part in a common read. */
interface Share {
  readonly one: Waiting;
  readonly branch: Branch;
  /** Opened when the common read is not needed for it any more. */
  readonly left: Gate;
  /** Has the others go on without it. */
  readonly letGo: () => void;
  /** Of all together: opened when a target has the blob. */
  readonly first: Gate;
}

/** Something to wait for, and what lets the waiting go on. */
interface Gate {
  readonly passed: Promise<void>;
  readonly open: () => void;
}

function gate(): Gate {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return {passed, open};
}

/** Places for blobs of any size, or for large and small ones apart. */
function slotsBySize(concurrency: number | undefined): (node: Descriptor) => Slots {
  const large = new Slots(concurrency ?? largeAtOnce);
  const small = concurrency === undefined ? new Slots(smallAtOnce) : large;
  return ({size}) => (size <= smallSize ? small : large);
}

const optionsOf = ({to, begun}: Waiting) => ({begun, onSent: to.onSent});

function ownRead(source: Source, node: Descriptor): AsyncIterable<Buffer> {
  return verified(source.blob(node), node, {where: source.name});
}

/**
 * Asks a target whether it has the blob; settles one that is there. The upload that a mount may have begun is ended unless it
 * is needed.
 */
async function isThere(node: Descriptor, {to: {target}, begun, settle}: Waiting): Promise<boolean> {
  let needed = false;
  try {
    const {blobs} = await target.missing({manifests: [], blobs: [node]});
    needed = blobs.length > 0;
  } finally {
    if (!needed && begun !== undefined) await target.cancel(begun);
  }
  if (!needed) settle({how: 'existing'});
  return !needed;
}

/** Settles what nobody waits for any more, and ends the upload that a mount may have begun. */
async function drop({to, begun, settle}: Waiting): Promise<void> {
  if (begun !== undefined) await to.target.cancel(begun);
  settle({error: new OciError('interrupted', 'not needed any more')});
}

async function settled({settle}: Waiting, push: Promise<void>): Promise<boolean> {
  try {
    await push;
    settle({how: 'copied'});
    return true;
  } catch (error) {
    settle({error});
    return false;
  }
}
