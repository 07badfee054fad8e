import pLimit, {type LimitFunction} from 'p-limit';
import {readBlob, verified} from './blobs.ts';
import type {Descriptor} from './descriptor.ts';
import {OciError} from './errors.ts';
import type {Session} from './exchange.ts';
import {FanOut, type Branch} from './fan-out.ts';
import {wait} from './pace.ts';
import {pushBlob, type PushOptions} from './push-blob.ts';
import {canonicalHost, formatReference, sameRegistry} from './reference.ts';
import {cancelUpload, mountBlob} from './uploads.ts';

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

/** Milliseconds that an unanswered mount holds up the targets of other registries. */
const mountPatience = 1000;

/** Bytes in flight are bounded by this many uploads at a time to a target that goes on alone. */
const aloneAtOnce = 2;

/** Copies blobs from sources to many targets: mounts where registry is the same, one read of the source for all others. */
export class BlobCopier {
  readonly #transfers: LimitFunction;
  /** By pair of identities and host: whether mounts work; the first one finds out for all. */
  readonly #mounts = new Map<string, Promise<boolean>>();
  /** The pairs for which they are known not to work. */
  readonly #mountless = new Set<string>();
  /** Targets that fell behind or failed: they read on their own from then on. */
  readonly #alone = new Map<string, LimitFunction>();

  /** `concurrency` is the number of blobs that are read for several targets at once. */
  constructor(concurrency: number) {
    this.#transfers = pLimit(concurrency);
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
      const mounted = await this.#mount(node, source, one.target);
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
    const mounted = missing.begun ?? (await this.#mount(node, leader.target.session, missing.target));
    if (mounted === 'mounted') missing.settle({how: 'mounted'});
    else await this.#transfer(node, source, [{...missing, begun: mounted}]);
  }

  /** Resolves as soon as the common read is not needed any more; targets that go on alone settle later. */
  async #transfer(node: Descriptor, source: Session, missing: readonly Missing[]): Promise<void> {
    if (missing.length === 0) return;
    await this.#transfers(async () => {
      const wanted = missing.filter((one) => one.target.abandoned?.() !== true);
      await Promise.all(missing.filter((one) => !wanted.includes(one)).map(dropped));
      const fanOut = new FanOut({
        node,
        where: nameOf(source),
        read: (offset) => readBlob(source, node, offset),
        onLetGo: (branch) => letGo.get(branch)?.(),
      });
      const letGo = new Map<Branch, () => void>();
      const shared = wanted.map(async (one) => {
        // behind for an earlier blob already: it does not even begin with the others
        if (this.#alone.has(keyOf(one.target))) {
          void this.#pushAlone(node, source, one);
          return;
        }
        const branch = fanOut.branch();
        await new Promise<void>((release) => {
          letGo.set(branch, () => {
            this.#ownPace(one.target);
            release();
          });
          void this.#push(node, source, one, {branch, release});
        });
      });
      await Promise.all(shared);
    });
  }

  /** Uploads from the common read; a second attempt reads on its own and holds nobody back. */
  async #push(node: Descriptor, source: Session, one: Missing, {branch, release}: Share): Promise<void> {
    const open = (attempt: number) => {
      if (attempt === 1) return branch.content();
      branch.close();
      release();
      return ownRead(source, node);
    };
    await settled(one, pushBlob(one.target.session, node, open, optionsOf(one)));
    branch.close();
    release();
  }

  async #pushAlone(node: Descriptor, source: Session, one: Missing): Promise<void> {
    const push = () => pushBlob(one.target.session, node, () => ownRead(source, node), optionsOf(one));
    await settled(one, this.#ownPace(one.target)(push));
  }

  #ownPace(target: BlobTarget): LimitFunction {
    const key = keyOf(target);
    let limit = this.#alone.get(key);
    if (limit === undefined) {
      limit = pLimit(aloneAtOnce);
      this.#alone.set(key, limit);
    }
    return limit;
  }

  /** Mounts where that can work; else gives the upload session that the registry opened instead, if it did. */
  async #mount(node: Descriptor, from: Session, {session}: BlobTarget): Promise<'mounted' | URL | undefined> {
    if (
      !sameRegistry(from.repository, session.repository) ||
      from.repository.path === session.repository.path
    )
      return undefined;
    const key = pairOf(from, session);
    const known = this.#mounts.get(key);
    if (known !== undefined && !(await known)) return undefined;
    const attempt = mountBlob(session, node.digest, from.repository);
    const works = attempt.then(
      () => true,
      () => {
        this.#mountless.add(key);
        return false;
      },
    );
    if (known === undefined) this.#mounts.set(key, works);
    else if (!(await works)) this.#mounts.set(key, works);
    return attempt.catch(() => undefined);
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
      if (leader === undefined || this.#mountless.has(pairOf(leader.target.session, to))) leaders.push(one);
      else followers.push({leader, missing: one});
    }
    return {leaders, followers};
  }
}

/** A target's part in a common read, and how it leaves it. */
interface Share {
  readonly branch: Branch;
  readonly release: () => void;
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

async function settled({settle}: Missing, push: Promise<void>): Promise<void> {
  try {
    await push;
    settle({how: 'copied'});
  } catch (error) {
    settle({error});
  }
}

/** What a mount's success depends on: who asks for whose blobs, and where. */
function pairOf(from: Session, to: Session): string {
  return `${from.authorizer.identity.id} ${to.authorizer.identity.id} ${canonicalHost(to.repository)}`;
}

function keyOf({session}: BlobTarget): string {
  return `${session.authorizer.identity.id} ${formatReference(session.repository, '')}`;
}
