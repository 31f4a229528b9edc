import { Global, Module } from '@nestjs/common';
import { DomainEvents } from './domain/domain-events.js';
import { ModuleEvents } from './domain/module-events.js';
import { MessagesModule } from './services/messages/messages.module.js';

/** What modules may ask for beside what everybody may: they have to import nothing for it. */
@Global()
@Module({
  imports: [MessagesModule],
  providers: [
    { provide: ModuleEvents, inject: [DomainEvents], useFactory: (events: DomainEvents) => new ModuleEvents(events) },
  ],
  exports: [ModuleEvents, MessagesModule],
})
export class ExtensionPortsModule {}
