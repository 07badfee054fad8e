/** Where a fact stands in the environments repository. */
export interface Origin {
  /** Relative to the repository's root. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `p2p.prod.default-envs[1]` */
  readonly key: string;
}

/** A part of a file as it stands there, for those who know what it means. */
export type Located = {readonly origin: Origin} & (
  | {readonly text: string}
  | {readonly list: readonly Located[]}
  | {readonly map: Readonly<Record<string, Located>>}
);

/** What can be used of an environment's platform: a value that is missing or wrong is left out, and among its flaws. */
export type Platform =
  | {
      readonly vendor: 'gcp';
      readonly projectId?: string;
      readonly projectNumber?: string;
      readonly region?: string;
    }
  | {readonly vendor: 'aws'; readonly accountId?: string; readonly region?: string}
  | {
      readonly vendor: 'azure';
      readonly subscriptionId?: string;
      readonly resourceGroupName?: string;
      readonly region?: string;
      readonly containerRegistry?: string;
    };

export type CredentialKind = 'gcp' | 'aws' | 'azure' | 'docker' | 'anonymous';

/** A registry that is set by hand instead of following from the platform. */
export interface RegistrySetting {
  /** With the placeholders {tenant}, {stage} and {environment}, without a scheme. */
  readonly url: string;
  /** Absent where the file says neither: then http is for loopback hosts only. */
  readonly plainHttp?: boolean;
  readonly credentials?: CredentialKind;
}

/** One cloud account or project with a cluster and a registry. */
export interface Environment {
  readonly name: string;
  readonly tier?: string;
  readonly platform?: Platform;
  /** What is wrong with its platform: told where something follows from it, and not before. */
  readonly flaws?: readonly Problem[];
  readonly registry?: RegistrySetting;
  readonly enabled: boolean;
  readonly origin: Origin;
  /** What its registry follows from: `registry.url` or `platform`. */
  readonly registryOrigin?: Origin;
  /** What it demands of images besides what a stage does. */
  readonly require?: Located;
}

/** The owner of images; an org unit owns delivery units and no images. */
export interface Tenant {
  readonly name: string;
  /** Absent for a legacy tenant. */
  readonly kind?: 'DeliveryUnit' | 'OrgUnit';
  readonly owner?: string;
  readonly environments: readonly string[];
  /** Where its source is kept, `acme/payments`. */
  readonly repositories?: readonly string[];
  readonly origin: Origin;
}

/** A step on the path to production. */
export interface Stage {
  readonly name: string;
  /** The names of its `default-envs`, in their order. */
  readonly environments: readonly string[];
  /** The names of the stages that follow and can be used. */
  readonly next: readonly string[];
  /** Those that are to follow and cannot be used: they do not exist, did not load, or lead back. */
  readonly brokenNext?: readonly string[];
  readonly origin: Origin;
  /** What it demands of images. */
  readonly require?: Located;
}

/** A part of the environments repository that a promotion may or may not use. */
export type Subject =
  | {readonly kind: 'environment' | 'tenant' | 'stage'; readonly name: string}
  /** Whether an environment is enabled. */
  | {readonly kind: 'enabled'; readonly name: string}
  /** Whether a tenant lists an environment. */
  | {readonly kind: 'listing'; readonly name: string; readonly tenant: string};

/** Something in the environments repository that is not as it should be. */
export interface Problem extends Origin {
  /** `expected …, found …` */
  readonly message: string;
  /** What it makes unusable; everything when it is absent. */
  readonly concerns?: readonly Subject[];
}

/** Every name that the repository has, whether or not what it stands for could be read. */
export interface Names {
  /** Those with a folder. */
  readonly environments: readonly string[];
  /** Those of them that are enabled. */
  readonly enabled: readonly string[];
  readonly stages: readonly string[];
}

/** What an environments repository says. The maps keep the files' order and are keyed by name. */
export interface Model {
  readonly names: Names;
  readonly environments: ReadonlyMap<string, Environment>;
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly stages: ReadonlyMap<string, Stage>;
  /** Whose word counts for what stages and environments demand. */
  readonly trust?: Located;
  /** Who signs what is recorded of promotions. */
  readonly record?: Located;
  readonly problems: readonly Problem[];
}
