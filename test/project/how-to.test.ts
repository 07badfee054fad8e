import {describeWalk} from '../support/walked-page.ts';

describeWalk('how-to/application-developer.md', {needs: ['make']});
describeWalk('how-to/platform-engineer.md');

const release = 'corectl p2p promote --tenant payments --from-stage extended-test';
const byHand = (image: string, port: number, stage: string) =>
  `corectl p2p promote ${image} --source-registry 127.0.0.1:40001/tenant/payments --source-stage fast-feedback --dest-registry 127.0.0.1:${port}/tenant/payments --dest-stage ${stage}`;

describeWalk('how-to/on-call.md', {
  needs: ['openssl'],
  before: [
    'corectl sandbox',
    'export CORECTL_HOME=/tmp/corectl-sandbox-a1B2c3/home DOCKER_CONFIG=/tmp/corectl-sandbox-a1B2c3/docker',
    'cd /tmp/corectl-sandbox-a1B2c3/environments',
    // promotions leave records
    'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out pipeline.key',
    'openssl pkey -in pipeline.key -pubout -out pipeline.pub',
    'export CORECTL_RECORD_KEY="$(cat pipeline.key)"',
    'sed -i.old \'s/^p2p:/p2p:\\n  trust: {pipeline: {key: pipeline.pub}}\\n  record: {key: "env:\\/\\/CORECTL_RECORD_KEY"}/\' corectl.yaml',
    'git add corectl.yaml pipeline.pub && git commit --quiet --message records && corectl init -e .',
    // other images than app:1.0.0: one is released as 1.1.0, one pushed to one environment as 1.2.0
    "others=($(corectl snapshot 127.0.0.1:40001/tenant/payments/fast-feedback | grep -v 1.0.0 | grep -o 'sha256:[0-9a-f]*'))",
    `${byHand('app@${others[0]}', 40_001, 'extended-test')} --tag 1.1.0`,
    `${byHand('app:1.0.0', 40_001, 'extended-test')} --tag 1.2.0`,
    `${byHand('app@${others[1]}', 40_003, 'prod')} --tag 1.2.0`,
    `${release} app:1.0.0 --tag live`,
    `${release} app:1.1.0 --tag live`,
  ],
});
