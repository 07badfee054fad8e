import type {PromotionRequest} from '../../src/lib/promotion/planning/plan.ts';
import {parseImageName} from '../../src/lib/oci/reference.ts';

export type RequestOfTest = Partial<Omit<PromotionRequest, 'images'>> & {readonly images?: readonly string[]};

/** What a user asks for: app:1.0 of payments, from extended-test on, unless told otherwise. */
export const requestOfTest = ({images = ['app:1.0'], ...changes}: RequestOfTest = {}): PromotionRequest => ({
  tenant: 'payments',
  fromStage: 'extended-test',
  toStages: [],
  environments: [],
  tags: [],
  versionTags: false,
  versionTemplates: [],
  ...changes,
  images: images.map(parseImageName),
});
