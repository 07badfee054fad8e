#!/usr/bin/env node
// Bundles the sources (half a second) and runs them: `bin/dev.js p2p stages`.
void import('../scripts/build.js').then(() => require('./run.js'));
