/** What a person does most, and the keys it takes: typed by keystrokes.test.ts, listed at the end of docs/keys.md. */
export const WORDS = 'words';
export interface Job {
  readonly does: string;
  /** Named keys and single characters; `WORDS` stands for what only a person knows. */
  readonly keys: readonly string[];
  /** What `WORDS` stands for. */
  readonly words?: string;
  /** How many keys it may take, those of the words not counted. */
  readonly most: number;
}

export const JOBS = {
  acknowledge: { does: 'acknowledge', keys: ['Alt-A', 'Enter'], most: 2 },
  takeCommand: { does: 'take command nobody has', keys: ['F4', 'Enter'], most: 2 },
  nameScribe: { does: 'name the scribe, bob', keys: ['F4', 'Tab', 'b', 'Enter'], most: 4 },
  nameComms: { does: 'name comms, carol', keys: ['F4', 'Tab', 'c', 'Enter'], most: 4 },
  severity: {
    does: 'set the severity that the impact suggests, of 30 % of users',
    keys: ['F2', 'Tab', '3', '0', 'Enter'],
    most: 6,
  },
  status: { does: 'set the next status', keys: ['F3', 'Enter'], most: 2 },
  update: { does: 'tell the public', keys: ['F8', WORDS, 'Enter'], words: 'the sentence', most: 3 },
  decide: {
    does: 'ask for strong objections to a decision',
    keys: ['Alt-W', WORDS, 'Enter'],
    words: 'the text',
    most: 3,
  },
  handOver: { does: 'offer command to bob', keys: ['F7', 'b', 'Enter'], most: 3 },
  accept: { does: 'accept command that is offered', keys: ['Enter'], most: 1 },
  resolve: { does: 'resolve with an item open', keys: ['F3', 'Enter', 'Enter'], most: 3 },
  unread: { does: 'jump to the first unread entry', keys: ['Alt-J'], most: 1 },
} as const satisfies Readonly<Record<string, Job>>;
