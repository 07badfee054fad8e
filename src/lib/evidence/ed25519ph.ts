export {ed25519ph} from '@noble/curves/ed25519.js';
