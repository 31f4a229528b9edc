export const dialectNames = ['messaging', 'concord', 'realtime'] as const;
export type DialectName = (typeof dialectNames)[number];
