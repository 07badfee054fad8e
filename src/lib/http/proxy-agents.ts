// One file for the libraries that are needed behind a proxy only, so that the bundler can put them in a chunk of their own.
export {HttpProxyAgent} from 'http-proxy-agent';
export {HttpsProxyAgent} from 'https-proxy-agent';
export {getProxyForUrl} from 'proxy-from-env';
