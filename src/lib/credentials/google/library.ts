// What is used of google-auth-library: as a CommonJS library it could not be imported lazily by name otherwise.
export {ExternalAccountClient} from 'google-auth-library';
