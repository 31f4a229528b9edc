import type { DynamicModule, Type } from '@nestjs/common';
import type { ModuleSchema } from './database/module-schema.js';

/** A module that somebody adds to the server: its Nest module, and what it keeps in the database. */
export interface Extension extends ModuleSchema {
  /** Its handlers and controllers are found like the server's own; it may ask for all that `extension-api` has. */
  readonly module: Type | DynamicModule;
}
