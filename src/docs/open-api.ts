import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Config } from '../config/config.js';
import { errorCodesText } from './texts/error-codes.js';
import { restLimits } from './texts/limits.js';

type PathItemObject = OpenAPIObject['paths'][string];
type ParameterObject = Exclude<NonNullable<NonNullable<PathItemObject['get']>['parameters']>[number], { $ref: string }>;

const ID = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };

const DESCRIPTION = `A token is a JWT: of this server (\`POST /api/tokens\`) or of the issuer that it trusts. Times are ms since the epoch.

\`/api\` is for users, with the same effects as the frames of the WebSocket dialects. Lists are plain arrays, newest first. Every error
is \`{"code","message","details"?}\`.

\`/admin\` is for operators, whose tokens have the role \`admin\`. Lists are pages \`{"items","next"}\`: \`next\` is the \`cursor\` of the next
one. Every error is a problem document (RFC 9457). What changes anything stands in the audit, may be repeated, and is done once for
each \`Idempotency-Key\`.

The WebSocket dialects have a document of their own: [for people](/docs/asyncapi), [for programs](/docs/asyncapi.json).`;

/** The interface as the controllers have it, in OpenAPI's words. */
export function openApiOf(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Parlance')
    .setDescription(descriptionOf(app.get(Config)))
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .build();
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory });
  for (const [path, item] of Object.entries(document.paths)) {
    describePathIds(item);
    if (path.startsWith('/admin/')) nameAsOperators(item);
  }
  return document;
}

function descriptionOf(config: Config): string {
  return `${DESCRIPTION}

## Errors

${errorCodesText()}

## Limits

${restLimits(config)}`;
}

/** Controllers of users and of operators may have the same names. */
function nameAsOperators(item: PathItemObject): void {
  for (const operation of operationsOf(item)) operation.operationId = `admin.${operation.operationId}`;
}

/** Controllers know ids as numbers; which numbers are ids, `PathId` says. */
function describePathIds(item: PathItemObject): void {
  for (const { parameters = [] } of operationsOf(item)) {
    for (const parameter of parameters) {
      if ('in' in parameter && parameter.in === 'path' && isNumber(parameter.schema)) parameter.schema = ID;
    }
  }
}

function operationsOf({ get, post, patch, delete: remove }: PathItemObject) {
  return [get, post, patch, remove].filter((operation) => operation !== undefined);
}

function isNumber(schema: ParameterObject['schema']): boolean {
  return schema !== undefined && 'type' in schema && schema.type === 'number';
}

function operationIdFactory(controller: string, method: string): string {
  const name = controller.replace(/Controller$/, '');
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}.${method}`;
}
