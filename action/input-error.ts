/** An input that the workflow has to mend. */
export class InputError extends Error {
  override readonly name = 'InputError';
}
