import type {ImageShape} from './image.ts';

/** Many layers for each of two platforms. */
export const layeredShape: ImageShape = {
  platforms: ['amd64', 'arm64'],
  layers: 40,
  layerSize: 64 * 1024,
};

/** Layers as small as those of `layeredShape`, and fewer: what takes time is the way there. */
export const smallShape: ImageShape = {platforms: ['amd64'], layers: 30, layerSize: 64 * 1024};

/** As little as an image can be. */
export const tinyShape: ImageShape = {platforms: ['amd64'], layers: 1, layerSize: 64};

/** Eight layers of so many bytes together. */
export function largeShape(size: number): ImageShape {
  const layers = 8;
  return {platforms: ['amd64'], layers, layerSize: Math.ceil(size / layers)};
}
