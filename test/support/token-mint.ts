// What the token services of the tests hand out, and know again.
import {randomBytes} from 'node:crypto';
import {plant} from './canary.ts';
import type {Answer, Exchange} from '../../src/lib/registry/exchange.ts';

/** Something that was minted for someone and ends. */
export interface Minted {
  readonly token: string;
  /** Who it stands for. */
  readonly holder: string;
  /** What it is good for. */
  readonly use: string;
  /** Milliseconds of the epoch. */
  readonly expires: number;
}

/** All that was ever minted. */
export class Mint {
  readonly #minted = new Map<string, Minted>();
  readonly #fixed: Readonly<Record<string, string>>;
  /** Told of each credential for a registry, which is made known to the registries so. */
  onLogin: (login: Minted) => void = () => undefined;

  /** `fixed` are the credentials for a registry that cannot be told of new ones, by holder. */
  constructor(fixed: Readonly<Record<string, string>> = {}) {
    this.#fixed = fixed;
  }

  issue(use: string, holder: string, seconds: number, token = this.#new(use, holder)): Minted {
    const minted = {token, holder, use, expires: Date.now() + seconds * 1000};
    this.#minted.set(token, minted);
    plant(token);
    if (use === 'login') this.onLogin(minted);
    return minted;
  }

  #new(use: string, holder: string): string {
    return (use === 'login' ? this.#fixed[holder] : undefined) ?? webToken({holder, use});
  }

  /** The token, if it is known, good for this use and has not ended. */
  known(token: string | undefined, use: string): Minted | undefined {
    const minted = this.#minted.get(token ?? '');
    return minted?.use === use && minted.expires > Date.now() ? minted : undefined;
  }

  all(): Minted[] {
    return [...this.#minted.values()];
  }

  /** How often a credential for a registry was minted for someone. */
  logins(holder?: string): number {
    return this.all().filter((one) => one.use === 'login' && (holder === undefined || one.holder === holder))
      .length;
  }
}

/** A part of the service: answers what is its own, and nothing else. */
export type Part = (exchange: Exchange, body: Buffer) => Answer | undefined;

export interface PartContext {
  readonly mint: Mint;
  readonly lifetime: number;
  /** Operations that fail, and how. */
  readonly refusals: Map<string, string>;
}

/** What an id-token is good for: an audience, and a repository as its subject. */
export const idTokenUse = (audience: string): string => `id-token for ${audience}`;

export const bearerOf = ({headers}: Exchange): string | undefined =>
  /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];

/** A token that looks like a JSON web token and is good for nothing anywhere else. */
export function webToken(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({alg: 'none'})}.${part(claims)}.${randomBytes(24).toString('base64url')}`;
}
