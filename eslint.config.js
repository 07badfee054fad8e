import tseslint from 'typescript-eslint';

/** A pattern of syntax that is refused, with a sentence for whoever wrote it. */
const refuse = (selector, message) => ({selector, message});

export default tseslint.config(
  {ignores: ['dist', 'coverage', 'node_modules']},
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true}],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
      'max-lines': ['error', {max: 350, skipBlankLines: false, skipComments: false}],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        {
          name: 'fetch',
          message: 'fetch keeps streamed bodies in memory: requests go through src/lib/http on node:http.',
        },
      ],
    },
  },
  {
    files: ['src/lib/**/*.ts'],
    ignores: ['src/lib/cli/**', 'src/lib/credentials/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        refuse(
          'MemberExpression[object.name="process"][property.name="env"]',
          'The environment is read in commands/, cli/ and credentials/ only: take the value as a parameter.',
        ),
        refuse(
          'CallExpression[callee.object.name="Date"][callee.property.name="now"], NewExpression[callee.name="Date"][arguments.length=0]',
          'The clock is read in commands/, cli/ and credentials/ only: take `now` as a parameter.',
        ),
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // chai asserts by property access
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines': 'off',
    },
  },
);
