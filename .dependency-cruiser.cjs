'use strict';

// The import table of ARCHITECTURE.md. A folder may import itself, what stands beside it here, and packages except those
// refused further down. What wires the rooms together (main.ts, app.module.ts, configure-app.ts) may import everything.

const DISPATCH_DECORATOR = String.raw`^src/dispatch/[^/]+\.decorator\.ts$`;
/** What holds for frames holds for bodies: one set of rules for both. */
const DTO_CHECKING = String.raw`^src/dispatch/payload-validator\.ts$`;
const DIALECT_INTERFACE = '^src/dialects/[^/]+$';
const HUB = String.raw`^src/delivery/(hub|feed|delivery\.module|topics/topic-(hub|feed))\.ts$`;
/** What carries messages between servers, and what it is told. */
const BUS = String.raw`^src/delivery/bus/(bus|subjects)\.ts$`;
/** What payloads are checked by. */
const DTOS = String.raw`^src/services/(dto/|.*\.dto\.ts$)`;
const BELOW_THE_SERVICES = '^src/services/(chats|users|files|dto)/';
const LOG_WRITING = String.raw`^src/log/(log|chat-store|writer)\.ts$`;

/** A spec may use test/support and the real neighbours of what it tests. */
const SPECS = String.raw`\.spec\.ts$`;
/** Of examples: those drive a whole server. */
const E2E_SPECS = String.raw`\.e2e-spec\.ts$`;

/** The operator's own modules, and what is said where they do not fit. */
const MODULES = String.raw`^src/(extensions|extension|start-failure)\.ts$`;

const table = {
  domain: [],
  config: [],
  auth: ['^src/domain/', '^src/config/', DISPATCH_DECORATOR],
  cli: ['^src/domain/', '^src/config/', '^src/auth/', '^src/database/', MODULES],
  database: ['^src/domain/', '^src/config/'],
  log: ['^src/domain/', '^src/database/', '^src/config/'],
  dispatch: ['^src/domain/'],
  delivery: ['^src/domain/', DIALECT_INTERFACE, '^src/log/', '^src/config/', '^src/nats/'],
  gateway: ['^src/domain/', DIALECT_INTERFACE, '^src/dispatch/', HUB, '^src/auth/', '^src/config/'],
  admin: ['^src/domain/', '^src/services/', '^src/rest/', '^src/auth/', '^src/config/'],
  api: ['^src/domain/', '^src/services/', '^src/rest/', '^src/auth/', '^src/config/'],
  docs: ['^src/domain/', '^src/dispatch/', DTOS, '^src/config/'],
  rest: ['^src/domain/', '^src/services/dto/', '^src/auth/', '^src/config/', DTO_CHECKING],
  health: ['^src/domain/', '^src/database/', BUS, '^src/config/'],
  nats: [],
  outgoing: ['^src/domain/', '^src/config/', '^src/database/', '^src/nats/'],
  observability: ['^src/domain/', '^src/config/'],
};

const folders = Object.entries(table).map(([folder, allowed]) => ({
  name: `imports-of-${folder}`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: SPECS },
  to: { path: '^src/', pathNot: [`^src/${folder}/`, ...allowed] },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...folders,
    {
      name: 'domain-is-plain',
      comment: 'The domain knows no framework, no database and no socket: it imports no package at all.',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: SPECS },
      to: { pathNot: '^src/' },
    },
    {
      name: 'dialects-are-strangers',
      comment: 'A dialect is a pure codec over the domain.',
      severity: 'error',
      from: { path: '^src/dialects/([^/]+)/', pathNot: SPECS },
      to: { path: '^src/', pathNot: ['^src/domain/', '^src/dialects/$1/', DIALECT_INTERFACE] },
    },
    {
      name: 'dialect-interface',
      severity: 'error',
      from: { path: DIALECT_INTERFACE },
      to: { path: '^src/', pathNot: ['^src/domain/', DIALECT_INTERFACE] },
    },
    {
      name: 'services-are-strangers',
      comment: 'A service that must react to what another does listens to its event.',
      severity: 'error',
      from: { path: '^src/services/([^/]+)/', pathNot: SPECS },
      to: {
        path: '^src/',
        pathNot: [
          '^src/domain/',
          '^src/config/',
          '^src/log/',
          '^src/database/',
          DISPATCH_DECORATOR,
          '^src/services/$1/',
          BELOW_THE_SERVICES,
        ],
      },
    },
    {
      name: 'delivery-reads-the-log',
      comment: 'Delivery reads chats and moves cursors; only services write into a chat.',
      severity: 'error',
      from: { path: '^src/delivery/', pathNot: SPECS },
      to: { path: LOG_WRITING },
    },
    {
      name: 'edges-use-services',
      comment: 'REST goes through the services, never round them.',
      severity: 'error',
      from: { path: '^src/(admin|api)/', pathNot: SPECS },
      to: { path: String.raw`\.(repository|entity)\.ts$` },
    },
    {
      name: 'sql-stays-below',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(database|log|services)/', '^src/[^/]+$', SPECS] },
      to: { path: '^node_modules/(pg|typeorm|@nestjs/typeorm)/' },
    },
    {
      name: 'sockets-stay-above',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(gateway|cli)/', '^src/[^/]+$', SPECS] },
      to: { path: '^node_modules/(ws|@nestjs/platform-ws|@nestjs/websockets)/' },
    },
    {
      name: 'nobody-imports-the-wiring',
      severity: 'error',
      // Programs of their own bring wiring of their own.
      from: { path: '^src/[^/]+/', pathNot: [SPECS, '^src/cli/'] },
      to: { path: '^src/[^/]+$' },
    },
    {
      name: 'one-barrel',
      comment: 'src/extension-api.ts is the only file that gathers others.',
      severity: 'error',
      from: {},
      to: { path: '^src/.*/index\\.ts$' },
    },
    {
      name: 'modules-use-the-extension-api',
      comment: 'What is not in src/extension-api.ts may change at any time.',
      severity: 'error',
      from: { path: '^examples/([^/]+)/', pathNot: E2E_SPECS },
      to: { path: '^(src|test|examples)/', pathNot: ['^examples/$1/', '^src/extension-api\\.ts$'] },
    },
    {
      name: 'no-tests-in-the-product',
      severity: 'error',
      from: { path: '^src/', pathNot: SPECS },
      to: { path: ['^test/', SPECS] },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared',
      comment: 'What runs in production stands under dependencies.',
      severity: 'error',
      from: { path: '^src/', pathNot: SPECS },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      // What package.json calls #extension-api is the source here: it need not have been built.
      conditionNames: ['types', 'require', 'node', 'default'],
    },
  },
};
