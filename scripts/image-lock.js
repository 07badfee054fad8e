// Locks the packages of the container image to what the archive has now: node scripts/image-lock.js
import {writeFileSync} from 'node:fs';
import {architectures, lockFile, newestPackages} from './debian.js';
import {baseParts, debugParts} from './image-parts.js';

const names = Object.keys({...baseParts, ...debugParts});
const lock = Object.fromEntries(architectures.map((one) => [one, newestPackages(names, one)]));
writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`);
