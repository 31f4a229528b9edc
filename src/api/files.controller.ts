import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Answers } from '../rest/answers.decorator.js';
import type { AuthenticatedRequest } from '../rest/bearer.guard.js';
import { NeedsToken } from '../rest/needs-token.decorator.js';
import { FilesService } from '../services/files/files.service.js';
import { type FileResponse, sendFile } from './file-response.js';

const BYTES = { type: 'string', format: 'binary' };

/** Files that were sent over a connection. */
@ApiTags('files')
@Controller('api/files')
@NeedsToken()
export class FilesController {
  constructor(private readonly files: FilesService) {}

  /** For who sent it and who received it; 404 for everybody else. Ranges and HEAD work. */
  @Get(':id')
  @Answers('Sends a file, or a range of it', { errors: [404] })
  @ApiOkResponse({ description: 'Its bytes.', content: { 'application/octet-stream': { schema: BYTES } } })
  async file(
    @Param('id') id: string,
    @Req() { principal }: AuthenticatedRequest,
    @Res() response: FileResponse,
  ): Promise<void> {
    await sendFile(response, await this.files.readableBy(principal, id));
  }
}
