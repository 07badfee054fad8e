/** What may be done in a repository, in the words of the token specification. */
export type Action = 'pull' | 'push' | 'delete';

/** Actions in one repository; in the registry as a whole, which is its catalog, where the name is empty. */
export interface Access {
  readonly repository: string;
  readonly actions: readonly Action[];
}

/** Actions in all repositories below a path. */
export interface Permission {
  /** A repository's path or the beginning of it, whole components; empty for all. */
  readonly prefix: string;
  readonly actions: readonly Action[];
}

const allActions: readonly Action[] = ['pull', 'push', 'delete'];

/** What a request's credential allows. */
export type Permits = (repository: string, action: Action) => boolean;

/** Who may come in with a password. */
export interface User {
  readonly name: string;
  readonly password: string;
  /** All actions everywhere unless told otherwise. */
  readonly permissions?: readonly Permission[];
  /** An OAuth2 refresh token that stands for this user at the token service. */
  readonly refreshToken?: string;
}

/** Whether one of the permissions allows the action in the repository. */
export function isPermitted(permissions: readonly Permission[], repository: string, action: Action): boolean {
  return permissions.some(
    ({prefix, actions}) =>
      actions.includes(action) &&
      (prefix === '' || repository === prefix || repository.startsWith(`${prefix}/`)),
  );
}

export const everything: readonly Permission[] = [{prefix: '', actions: allActions}];

/** Reading the list of all repositories: for those who may read everything. */
export const catalogAccess: Access = {repository: '', actions: ['pull']};

const catalogScope = 'registry:catalog:*';

/** `repository:path:pull,push`, as challenges and token requests write it (token specification, scope.md). */
export function formatScope({repository, actions}: Access): string {
  if (repository === '') return catalogScope;
  return `repository:${repository}:${actions.join(',')}`;
}

/** Reads a scope back; a path may hold colons. Resolves to nothing for what is no repository's scope. */
export function parseScope(scope: string): Access | undefined {
  if (scope === catalogScope) return catalogAccess;
  const found = /^repository:(?<repository>.+):(?<actions>[^:]*)$/.exec(scope)?.groups;
  if (!found) return undefined;
  const asked = (found.actions ?? '').split(',');
  const actions = asked.includes('*') ? allActions : allActions.filter((action) => asked.includes(action));
  return {repository: found.repository ?? '', actions};
}
