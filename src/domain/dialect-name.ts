export type DialectName = 'messaging' | 'concord' | 'realtime';
