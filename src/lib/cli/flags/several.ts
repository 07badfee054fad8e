/** For flags that take one value each time they are given, and leave what follows to the arguments. */
export const several = {multiple: true, multipleNonGreedy: true} as const;
