import { Controller, Get, Param, Req, Res, UseGuards } from '@nestjs/common';
import { FilesService } from '../services/files/files.service.js';
import { type AuthenticatedRequest, BearerGuard } from './bearer.guard.js';
import { type FileResponse, sendFile } from './file-response.js';

/** Files that were sent over a connection. */
@Controller('api/files')
@UseGuards(BearerGuard)
export class FilesController {
  constructor(private readonly files: FilesService) {}

  /** For who sent it and who received it; 404 for everybody else. Ranges and HEAD work. */
  @Get(':id')
  async file(
    @Param('id') id: string,
    @Req() { principal }: AuthenticatedRequest,
    @Res() response: FileResponse,
  ): Promise<void> {
    await sendFile(response, await this.files.readableBy(principal.userId, id));
  }
}
