import { faultIn, type Schema } from './json-schema.js';

interface Operation {
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: { readonly $ref?: string } }>>;
  };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: Schema }>> }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** What a server says of its own interface. */
export class OpenApi {
  private constructor(readonly document: Document) {}

  /** @param origin `http://host:port` */
  static async of(origin: string): Promise<OpenApi> {
    const answer = await fetch(`${origin}/docs/openapi.json`);
    return new OpenApi((await answer.json()) as Document);
  }

  /** All of them below `/api`: `GET /api/users/{id}`. */
  get routes(): readonly string[] {
    const paths = Object.entries(this.document.paths).filter(([path]) => path.startsWith('/api/'));
    return paths.flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  }

  /** Those that say that they need a token. */
  get guardedRoutes(): readonly string[] {
    return this.routes.filter((route) => {
      const [method = '', path = ''] = route.split(' ');
      const { security = [{}] } = this.operation(method, path) ?? {};
      return security.every((scheme) => 'bearer' in scheme);
    });
  }

  /** @returns what is wrong with an answer by this document; undefined: nothing, or it knows no such route */
  faultIn(method: string, path: string, status: number, body: unknown): string | undefined {
    const operation = this.operation(method, this.templateOf(path));
    if (!operation) return undefined;
    const response = operation.responses[String(status)];
    if (!response) return `${status} is no documented answer`;
    const schema = response.content?.['application/json']?.schema;
    if (!schema) return body === null ? undefined : 'there is a body, and none is documented';
    return faultIn(body, schema, this.document.components.schemas);
  }

  private operation(method: string, template: string): Operation | undefined {
    return this.document.paths[template]?.[method.toLowerCase()];
  }

  /** Of those that fit the one with the fewest variables, as routers have it. */
  private templateOf(path: string): string {
    const [address = ''] = path.split('?');
    const fitting = Object.keys(this.document.paths).filter((template) => {
      return new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(address);
    });
    return fitting.sort((a, b) => a.split('{').length - b.split('{').length)[0] ?? '';
  }
}
