'use strict';

const { readFileSync } = require('node:fs');
const { join } = require('node:path');

// The compiler that builds the server compiles the tests, with the very same options.
const swc = JSON.parse(readFileSync(join(__dirname, '.swcrc'), 'utf8'));
delete swc.$schema;

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test', '<rootDir>/examples'],
  testMatch: ['<rootDir>/{src,test,examples}/**/*.spec.ts', '<rootDir>/{test,examples}/**/*.e2e-spec.ts'],
  transform: { '^.+\\.(ts|js|mjs)$': ['@swc/jest', { ...swc, swcrc: false }] },
  // jose, which jwks-rsa needs, is published as ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!(jose)/)'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  // Relative imports name the compiled file (./x.js); under jest that is ./x.ts.
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // The same sources as those that the tests import, and not what was built of them.
    '^#extension-api$': '<rootDir>/src/extension-api',
    '^#examples/(.*)\\.js$': '<rootDir>/examples/$1',
  },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/retry-once.ts'],
  reporters: ['default', '<rootDir>/test/support/reporter.cjs'],
  testTimeout: 30_000,
  // Each worker drives a server and a share of one PostgreSQL: more workers than half the cores only fight for them.
  maxWorkers: '50%',
  // Each file leaves some of its modules behind: after two hundred a worker would spend its time on its heap's limit.
  workerIdleMemoryLimit: '1200MB',
};
