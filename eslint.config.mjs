// Lint, and the half of the architecture that the compiler cannot see: which folder may import what.
// Each block below is an allow list; a new arrow between folders is a change in this file.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import globals from 'globals';

/** Allows only imports that match one of `allowed` (regular expressions on the import path). */
const allowOnly = (where, allowed) => ({
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        {
          regex: `^(?!(${allowed.join('|')})$).*$`,
          message: `${where} may not import this; see ARCHITECTURE.md for the arrows between folders.`,
        },
      ],
    },
  ],
});

const inside =
  '\\./.*|\\.\\./(?!.*(extension|media|protocol|features|workspace|settings|runtime|live|demo|cli|test|scripts)/).*';
const node = 'node:.*';

export default tseslint.config(
  { ignores: ['out/**', 'dist/**', 'node_modules/**', '.cache/**', 'test/fixtures/**', 'samples/**'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    languageOptions: { globals: { ...globals.node } },
    rules: {
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ImportExpression', message: 'Dynamic import hides an arrow between folders; import statically.' },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['server/core/**/*.ts'],
    rules: {
      ...allowOnly('server/core is pure: it', [
        inside,
        'jsonc-parser',
        'yaml',
        'htmlparser2',
        'zod',
        '@huggingface/jinja',
        'ml-.*',
      ]),
      'no-restricted-globals': ['error', 'process', 'console', 'fetch', 'setTimeout', 'Buffer', 'performance'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'The clock is a port: take it from createJouleService.' },
        { object: 'Math', property: 'random', message: 'Core is deterministic: use a seeded generator.' },
      ],
    },
  },
  {
    files: ['server/protocol/**/*.ts'],
    rules: allowOnly('server/protocol', ['\\./.*', 'vscode-languageserver-protocol']),
  },
  { files: ['server/demo/**/*.ts'], rules: allowOnly('server/demo', ['\\./.*', node]) },
  {
    files: ['server/settings/**/*.ts'],
    rules: allowOnly('server/settings', ['\\./.*', '\\.\\./core/.*', 'zod', 'jsonc-parser', node]),
  },
  {
    files: ['server/features/**/*.ts'],
    rules: allowOnly('server/features', [
      '\\./.*',
      '\\.\\./core/.*',
      '\\.\\./protocol/.*',
      '\\.\\./workspace/.*',
      'vscode-languageserver.*',
    ]),
  },
  {
    files: ['server/workspace/**/*.ts'],
    rules: allowOnly('server/workspace', [
      '\\./.*',
      '\\.\\./core/.*',
      '\\.\\./protocol/.*',
      '\\.\\./settings/.*',
      'vscode-languageserver.*',
      node,
    ]),
  },
  {
    files: ['server/runtime/**/*.ts'],
    rules: allowOnly('server/runtime', ['\\./.*', '\\.\\./core/.*', node]),
  },
  {
    files: ['server/runtime/*/**/*.ts'],
    rules: allowOnly('server/runtime', [
      '\\./.*',
      '\\.\\./bpe/.*',
      '\\.\\./\\.\\./core/.*',
      'jsonc-parser',
      'zod',
      node,
    ]),
  },
  {
    files: ['server/live/**/*.ts'],
    rules: allowOnly('server/live', ['\\./.*', '\\.\\./core/index\\.js', 'zod', 'eventsource-parser.*', node]),
  },
  {
    files: ['server/live/*/**/*.ts'],
    rules: allowOnly('server/live', ['\\.\\.?/(?!\\.\\.).*', 'zod', node]),
  },
  {
    // Pure as the core is: times come with each call.
    files: ['server/live/attribution/**/*.ts'],
    rules: {
      ...allowOnly('server/live/attribution is pure: it', ['\\./.*']),
      'no-restricted-globals': ['error', 'process', 'console', 'fetch', 'setTimeout', 'Buffer', 'performance'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Times come with each call.' },
        { object: 'Math', property: 'random', message: 'Attribution is deterministic.' },
      ],
    },
  },
  {
    files: ['server/cli/**/*.ts'],
    rules: allowOnly('server/cli', ['\\./.*', '\\.\\./(core|protocol|settings|runtime|live|demo)/.*', 'zod', node]),
  },
  {
    files: ['extension/**/*.ts'],
    rules: allowOnly('extension', [
      '\\.\\.?/(?!.*(media|test|scripts)/)(?!.*server/(?!protocol/)).*',
      'vscode',
      'vscode-languageclient.*',
      node,
    ]),
  },
  { files: ['media/**/*.ts'], rules: allowOnly('media', ['\\./.*', '(\\.\\./)+server/protocol/.*']) },
  {
    files: ['server/*.ts', 'scripts/**/*.ts'],
    rules: allowOnly('what runs outside VS Code', ['(?!vscode$)(?!.*/(extension|media|test)/).*']),
  },
  {
    // Scripts start before the packages are installed, and import what needs them later. They may use everything.
    files: ['scripts/**/*.mjs', 'scripts/**/*.cjs'],
    // Some functions run in the window of VS Code.
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      'no-restricted-syntax': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-require-imports': 'off',
    },
  },
);
