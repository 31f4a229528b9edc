import { Module } from '@nestjs/common';
import { DiskStore } from './disk-store.js';
import { FilesRepository } from './files.repository.js';
import { FilesService } from './files.service.js';

/** Files that users send: their bytes on disk, who may read them in the database. */
@Module({
  providers: [DiskStore, FilesRepository, FilesService],
  exports: [FilesService],
})
export class FilesModule {}
