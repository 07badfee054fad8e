#!/usr/bin/env node
// Bundles the sources (half a second) and runs them: `bin/dev.js p2p stages`.
await import('../scripts/build.js');
await import('./run.js');
