import pLimit, {type LimitFunction} from 'p-limit';
import {readBlob, verified} from '../distribution/blobs.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import {OciError} from '../oci-error.ts';
import type {Session} from '../distribution/session.ts';
import {FanOut, type Branch} from './fan-out.ts';
import {Laggards} from './slow-targets.ts';
import {Mounts} from './mounts.ts';
import {wait} from '../http/pace.ts';
import {pushBlob, type PushOptions} from '../distribution/push-blob.ts';
import {sameRegistry} from '../oci/reference.ts';
import {cancelUpload} from '../distribution/uploads.ts';

/** A repository that is to receive a blob. */
export interface BlobTarget {
  readonly session: Session;
  /** Told the bytes that went out; negative when an upload begins anew. */
  readonly onSent?: (bytes: number) => void;
  /** Whether nobody waits for the blob any more. */
  readonly abandoned?: () => boolean;
}

export type BlobOutcome = {readonly how: 'mounted' | 'copied'} | {readonly error: unknown};

/** What a blob still needs at a target after the mounts. */
interface Missing {
  readonly target: BlobTarget;
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

/** Copies blobs from sources to many targets: mounts where registry is the same, one read of the source for all others. */
export class BlobCopier {
  readonly #large: LimitFunction;
  readonly #small: LimitFunction;
  readonly #mounts = new Mounts();
  readonly #laggards = new Laggards();

  /** `concurrency` is the number of blobs that are read at once; where it is not given, it depends on their size. */
  constructor(concurrency?: number) {
    this.#large = pLimit(concurrency ?? largeAtOnce);
    this.#small = concurrency === undefined ? pLimit(smallAtOnce) : this.#large;
  }

  /**
   * Brings a blob to all targets. Each outcome, in the order of the targets, settles on its own and never rejects.
   */
  copy(node: Descriptor, source: Session, targets: readonly BlobTarget[]): Promise<BlobOutcome>[] {
    const all = targets.map((target): Missing & {outcome: Promise<BlobOutcome>} => {
      let settle: (outcome: BlobOutcome) => void = () => undefined;
      const outcome = new Promise<BlobOutcome>((resolve) => (settle = resolve));
      return {target, settle, outcome};
    });
    void this.#bring(node, source, all);
    return all.map(({outcome}) => outcome);
  }

  /** Mounts where that works and streams to all others together; a mount without an answer does not hold them up for long. */
  async #bring(node: Descriptor, source: Session, all: readonly Missing[]): Promise<void> {
    const missing: Missing[] = [];
    let gone = false;
    const mounts = all.map(async (one) => {
      const mounted = await this.#mounts.attempt(node, source, one.target.session);
      if (mounted === 'mounted') one.settle({how: 'mounted'});
      else if (gone) await this.#stream(node, source, [{...one, begun: mounted}]);
      else missing.push({...one, begun: mounted});
    });
    const late = new AbortController();
    await Promise.race([Promise.all(mounts), wait(mountPatience, late.signal)]);
    late.abort();
    gone = true;
    await this.#stream(node, source, missing);
  }

  /** Streams to one target of each registry, then mounts in the others from there; what cannot be mounted is streamed too. */
  async #stream(node: Descriptor, source: Session, missing: readonly Missing[]): Promise<void> {
    const {leaders, followers} = this.#byRegistry(missing);
    await this.#transfer(node, source, leaders);
    await Promise.all(followers.map((follower) => this.#follow(node, source, follower)));
  }

  async #follow(
    node: Descriptor,
    source: Session,
    {leader, missing}: {leader: Missing; missing: Missing},
  ): Promise<void> {
    const mounted =
      missing.begun ?? (await this.#mounts.attempt(node, leader.target.session, missing.target.session));
    if (mounted === 'mounted') missing.settle({how: 'mounted'});
    else await this.#transfer(node, source, [{...missing, begun: mounted}]);
  }

  /** Resolves as soon as the common read is not needed any more; targets that go on alone settle later. */
  async #transfer(node: Descriptor, source: Session, missing: readonly Missing[]): Promise<void> {
    if (missing.length === 0) return;
    const limit = node.size <= smallSize ? this.#small : this.#large;
    await limit(async () => {
      const wanted = missing.filter((one) => one.target.abandoned?.() !== true);
      await Promise.all(missing.filter((one) => !wanted.includes(one)).map(dropped));
      const fanOut = new FanOut({
        node,
        where: nameOf(source),
        read: (offset) => readBlob(source, node, offset),
        onLetGo: (branch) => letGo.get(branch)?.(),
      });
      const letGo = new Map<Branch, () => void>();
      const firstDone = gate();
      const shared = wanted.map(async (one) => {
        // behind for an earlier blob already: it does not even begin with the others
        if (this.#laggards.has(one.target.session)) {
          void this.#pushAlone(node, source, one);
          return;
        }
        const branch = fanOut.branch();
        const released = gate();
        const leave = () => {
          this.#laggards.pace(one.target.session);
          released.open();
        };
        letGo.set(branch, leave);
        void this.#push(node, source, one, {branch, release: released.open, first: firstDone.open});
        void firstDone.passed.then(async () => {
          if (!(await this.#laggards.await(one.target.session, released.passed))) leave();
        });
        await released.passed;
      });
      // the first bytes are on their way while the uploads are being opened
      fanOut.start();
      await Promise.all(shared);
    });
  }

  /** Uploads from the common read; a second attempt reads on its own and holds nobody back. */
  async #push(
    node: Descriptor,
    source: Session,
    one: Missing,
    {branch, release, first}: Share,
  ): Promise<void> {
    const open = (attempt: number) => {
      if (attempt === 1) return branch.content();
      branch.close();
      release();
      return ownRead(source, node);
    };
    const copied = await settled(one, pushBlob(one.target.session, node, open, optionsOf(one)));
    branch.close();
    release();
    if (copied) first();
  }

  async #pushAlone(node: Descriptor, source: Session, one: Missing): Promise<void> {
    const push = () => pushBlob(one.target.session, node, () => ownRead(source, node), optionsOf(one));
    await settled(one, this.#laggards.pace(one.target.session)(push));
  }

  /** One leader for each registry; who cannot mount from it is streamed to as well. */
  #byRegistry(missing: readonly Missing[]): {
    leaders: Missing[];
    followers: {leader: Missing; missing: Missing}[];
  } {
    const leaders: Missing[] = [];
    const followers: {leader: Missing; missing: Missing}[] = [];
    for (const one of missing) {
      const to = one.target.session;
      const leader = leaders.find(({target: {session}}) => sameRegistry(session.repository, to.repository));
      if (leader === undefined || this.#mounts.refused(leader.target.session, to)) leaders.push(one);
      else followers.push({leader, missing: one});
    }
    return {leaders, followers};
  }
}

/** A target's part in a common read, and how it leaves it. */
interface Share {
  readonly branch: Branch;
  readonly release: () => void;
  /** To be called when the target has the blob. */
  readonly first: () => void;
}

/** Something to wait for, and what lets the waiting go on. */
function gate(): {readonly passed: Promise<void>; readonly open: () => void} {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return {passed, open};
}

const nameOf = ({repository}: Session): string => `${repository.host}/${repository.path}`;

const optionsOf = ({target, begun}: Missing): PushOptions => ({
  begun,
  ...(target.onSent && {onSent: target.onSent}),
});

function ownRead(source: Session, node: Descriptor): AsyncIterable<Buffer> {
  return verified(readBlob(source, node), node, {where: nameOf(source)});
}

/** Settles what nobody waits for any more, and ends the upload that a mount may have begun. */
async function dropped({target, begun, settle}: Missing): Promise<void> {
  if (begun !== undefined) await cancelUpload(target.session, begun);
  settle({error: new OciError('interrupted', 'not needed any more')});
}

async function settled({settle}: Missing, push: Promise<void>): Promise<boolean> {
  try {
    await push;
    settle({how: 'copied'});
    return true;
  } catch (error) {
    settle({error});
    return false;
  }
}
