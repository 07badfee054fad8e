declare const CORECTL_BUILD: string | undefined;

/** Which sources and libraries this corectl was made of: equal for equal ones, wherever it is installed. The bundler fills it in. */
export const build: string = typeof CORECTL_BUILD === 'string' ? CORECTL_BUILD : 'sources';
