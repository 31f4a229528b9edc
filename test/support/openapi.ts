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

const JSON_TYPE = /^application\/(problem\+)?json$/;

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
    return this.routesBelow('/api/');
  }

  /** All of them below `/admin`. */
  get operatorRoutes(): readonly string[] {
    return this.routesBelow('/admin/');
  }

  /** Those that say that they need a token. */
  get guardedRoutes(): readonly string[] {
    return this.routes.filter((route) => {
      const [method = '', path = ''] = route.split(' ');
      const { security = [{}] } = this.operation(method, path) ?? {};
      return security.every((scheme) => 'bearer' in scheme);
    });
  }

  /** Whether the route that this path is of has the parameter. */
  takes(method: string, path: string, parameter: string): boolean {
    const { parameters = [] } = this.operation(method, this.templateOf(path)) ?? {};
    return parameters.some(({ name }) => name === parameter);
  }

  /** @returns what is wrong with an answer by this document; undefined: nothing, or it knows no such route */
  faultIn(method: string, path: string, status: number, body: unknown): string | undefined {
    const operation = this.operation(method, this.templateOf(path));
    if (!operation) return undefined;
    const response = operation.responses[String(status)];
    if (!response) return `${status} is no documented answer`;
    const schema = Object.entries(response.content ?? {}).find(([type]) => JSON_TYPE.test(type))?.[1].schema;
    if (!schema) return body === null ? undefined : 'there is a body, and none is documented';
    return faultIn(body, schema, this.document.components.schemas);
  }

  private routesBelow(prefix: string): readonly string[] {
    const paths = Object.entries(this.document.paths).filter(([path]) => path.startsWith(prefix));
    return paths.flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
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
