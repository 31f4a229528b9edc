import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

type PathItemObject = OpenAPIObject['paths'][string];
type ParameterObject = Exclude<NonNullable<NonNullable<PathItemObject['get']>['parameters']>[number], { $ref: string }>;

const ID = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };

const DESCRIPTION = `REST for users, with the same effects as the frames of the WebSocket dialects.

A token is a JWT: of this server (\`POST /api/tokens\`) or of the issuer that it trusts. Lists are plain arrays, newest first.
Times are ms since the epoch. Every error is \`{"code","message","details"?}\`.`;

/** The interface as the controllers have it, in OpenAPI's words. */
export function openApiOf(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Parlance')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .build();
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory });
  for (const path of Object.values(document.paths)) describePathIds(path);
  return document;
}

/** Controllers know ids as numbers; which numbers are ids, `PathId` says. */
function describePathIds({ get, post, patch, delete: remove }: PathItemObject): void {
  for (const { parameters = [] } of [get, post, patch, remove].filter((operation) => operation !== undefined)) {
    for (const parameter of parameters) {
      if ('in' in parameter && parameter.in === 'path' && isNumber(parameter.schema)) parameter.schema = ID;
    }
  }
}

function isNumber(schema: ParameterObject['schema']): boolean {
  return schema !== undefined && 'type' in schema && schema.type === 'number';
}

function operationIdFactory(controller: string, method: string): string {
  const name = controller.replace(/Controller$/, '');
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}.${method}`;
}
