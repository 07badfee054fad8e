import type {Promotion} from '../../src/lib/record/promotion.ts';

const place = {environment: 'dev', stage: 'extended-test', name: 'dev.example.com/app'};

/** A promotion of app:1.0.0 within an environment, as its record tells it. */
export const recordedPromotion: Promotion = {
  tenant: 'payments',
  image: 'app',
  tags: ['1.0.0'],
  fromStage: 'fast-feedback',
  source: {...place, stage: 'fast-feedback'},
  destinations: [place],
  policy: {results: []},
  startedAt: '2026-01-02T03:04:05Z',
  promoter: {name: 'corectl', version: '1.0.0'},
};
