import type {DestinationReport, Report} from '../../src/lib/promotion/report.ts';

const none = {total: 0, existing: 0, mounted: 0, copied: 0};

/** A destination's line of a report: promoted to prod-eu unless told otherwise. */
export function destinationReport(changes: Partial<DestinationReport> = {}): DestinationReport {
  return {
    environment: 'prod-eu',
    environments: [changes.environment ?? 'prod-eu'],
    stage: 'prod',
    reference: 'eu.example.com/tenant/payments/prod/app:1.2.3',
    status: 'promoted',
    existingDigest: null,
    contentVerified: true,
    blobs: {total: 14, existing: 2, mounted: 11, copied: 1},
    bytes: {total: 48_211_032, existing: 120, mounted: 48_200_000, copied: 10_912},
    referrers: {total: 0, copied: 0},
    tags: [],
    record: null,
    durationMs: 1800,
    error: null,
    ...changes,
  };
}

/** A destination that was not written to. */
export function untouched(changes: Partial<DestinationReport>): DestinationReport {
  return destinationReport({blobs: none, bytes: none, durationMs: 12, ...changes});
}

/** A report on one image and the destinations. */
export function report(destinations: DestinationReport[], changes: Partial<Report> = {}): Report {
  return {
    ok: true,
    dryRun: false,
    tenant: 'payments',
    fromStage: 'extended-test',
    exitCode: 0,
    durationMs: 2140,
    images: [
      {
        image: 'app:1.2.3',
        digest: `sha256:${'ab'.repeat(32)}`,
        mediaType: 'application/vnd.oci.image.index.v1+json',
        source: {
          environment: 'gcp-dev',
          stage: 'extended-test',
          reference: 'dev.example.com/tenant/payments/extended-test/app:1.2.3',
        },
        destinations,
        policy: null,
        leftOut: [],
      },
    ],
    error: null,
    ...changes,
  };
}
