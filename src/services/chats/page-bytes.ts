/** A page of chats or messages ends early at this size: a frame that no slow reader need fear (protocol, section 4). */
export const MAX_PAGE_BYTES = 512 * 1024;
