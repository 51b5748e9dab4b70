/** What is told to the outside. */

/** What a message is about; receivers choose by it. */
export const MESSAGE_KINDS = [
  'declared',
  'severity',
  'status',
  'resolved',
  'page',
  'acknowledged',
  'role',
  'decision',
  'entry',
  'update',
  'test',
] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];
