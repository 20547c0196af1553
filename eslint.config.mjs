import js from '@eslint/js';
import globals from 'globals';

const rules = {
  ...js.configs.recommended.rules,
  eqeqeq: 'error',
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'no-unused-vars': ['error', { caughtErrors: 'none' }],
  'no-var': 'error',
  'prefer-const': 'error',
};

export default [
  { ignores: ['node_modules/', 'bin/', 'data/', 'artifacts/', '**/*.min.js', '**/vendor/'] },
  {
    // Our own pages and the sandboxes' pages: plain scripts, no modules, no build step.
    files: ['static/**/*.js', 'server/sandbox/**/*.js'],
    languageOptions: { sourceType: 'script', globals: globals.browser },
    rules: { ...rules, strict: ['error', 'safe'] },
  },
  {
    // The Marketplace's event handlers, which its platform runs with CommonJS.
    files: ['server/server.js', 'server/lib/**/*.js'],
    languageOptions: { sourceType: 'commonjs', globals: globals.node },
    rules: { ...rules, complexity: ['error', 7], 'require-await': 'error' },
  },
  {
    files: ['server/server.js'],
    languageOptions: { globals: { $request: 'readonly', renderData: 'readonly', exports: 'writable' } },
  },
  {
    // The installation page and the agent's panel, into which the platform loads its client.
    files: ['iparams/**/*.js', 'app/**/*.js'],
    languageOptions: { sourceType: 'script', globals: { ...globals.browser, app: 'readonly' } },
    rules: { ...rules, strict: ['error', 'global'], complexity: ['error', 7], 'require-await': 'error' },
  },
  {
    files: ['server/server_test/**/*.mjs'],
    languageOptions: { sourceType: 'module', globals: globals.node },
    rules,
  },
];
