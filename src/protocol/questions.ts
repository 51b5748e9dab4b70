/**
 * What a console asks the hub, and the answers: only who asks gets them, and none is recorded in an incident. None
 * changes anything, but for `import`, `archive` and `restore`.
 */
import * as v from 'valibot';
import { DIGEST_KINDS } from '../incident/deliveries.ts';
import { digestShape } from '../incident/digest.ts';
import { figuresShape } from '../incident/figures.ts';
import { followUpShape } from '../incident/follow-up.ts';
import {
  byKey,
  incidentIdShape,
  instant,
  maybe,
  severityShape,
  short,
  whole,
  type Fields,
} from '../incident/shapes.ts';
import { summaryShape } from './summary.ts';

/** Bytes of an exported record in one message. */
export const IMPORT_PIECE = 45_000;
/** The longest export that is taken, with its readings, bytes: some 200,000 entries. It is held in memory while it arrives. */
export const IMPORT_BYTES = 64 * 1024 * 1024;

const text = v.string();
const name = short(500);

const QUESTIONS = [
  /** The logs' lines that have a correlation id. */
  v.object({ what: v.literal('trace'), id: v.pipe(short(200), v.minLength(3)) }),
  /** `alerts`: those that fire, which the answer tells the runbooks of. */
  v.object({
    what: v.literal('runbooks'),
    alerts: v.pipe(v.array(v.object({ rule: name, runbook: v.nullable(name) })), v.maxLength(200)),
  }),
  /** `name`: of the runbook, the link to it, or the rule of an alert. */
  v.object({ what: v.literal('runbook'), name }),
  /** Of the incidents declared since then; absent: of all. */
  v.object({ what: v.literal('figures'), since: maybe(instant) }),
  /** What is left to do after incidents: all action items, and the postmortems. */
  v.object({ what: v.literal('follow_up') }),
  /** `of`: absent, what is nearer. `rotation`: of the hand-off; absent, the one that is nearest. */
  v.object({ what: v.literal('digest'), of: maybe(v.picklist(DIGEST_KINDS)), rotation: maybe(short(100)) }),
  /** Incidents, ended ones too, whose id begins so, with or without its date; in the order of their ids, after one. */
  v.object({ what: v.literal('incidents'), begins: maybe(short(100)), after: maybe(incidentIdShape) }),
  /** Bytes of an incident's record as it is stored, from `from` on. */
  v.object({ what: v.literal('record'), incident: incidentIdShape, from: whole(0) }),
  /** The files of what consoles were told in an incident; with `file` the bytes of one, `from` an offset on. */
  v.object({
    what: v.literal('readings'),
    incident: incidentIdShape,
    file: maybe(v.pipe(text, v.regex(/^[a-z0-9-]{1,60}\.readings$/))),
    from: maybe(whole(0)),
  }),
  /** A piece of an exported record, in base64; with the last one it is verified and kept, unless it is a `preview`. */
  v.object({
    what: v.literal('import'),
    /** Of the whole file. */
    size: whole(1),
    at: whole(0),
    bytes: v.pipe(short(IMPORT_PIECE * 2), v.base64()),
    preview: maybe(v.literal(true)),
    /** How many of the last bytes of the file are kept readings. */
    readings: maybe(whole(1)),
  }),
  /** Move an ended record into the archive, if it ended before that. `why`: although something of it is still to do. */
  v.object({ what: v.literal('archive'), incident: incidentIdShape, before: instant, why: maybe(short(500)) }),
  /** Take back what is in a folder of an archive, on the hub's machine. */
  v.object({ what: v.literal('restore'), path: v.pipe(short(4_096), v.minLength(1)) }),
] as const;
export type Question = Fields<(typeof QUESTIONS)[number]>;
/** One that only newer consoles ask. */
const unknownQuestion = v.pipe(
  v.object({ what: text }),
  v.transform((): { readonly what: 'unknown' } => ({ what: 'unknown' })),
);
export const questionShape = byKey('what', QUESTIONS, unknownQuestion);

const trace = v.object({
  /** Oldest first; not safe to draw. `at`: ms since 1970; null where the line tells no time. */
  lines: v.array(v.object({ log: text, at: v.nullable(v.number()), text })),
  /** `trouble`: what was not searched; null: nothing. */
  logs: v.array(v.object({ log: text, lines: whole(0), bytes: whole(0), trouble: v.nullable(text) })),
  /** Older lines that were left out. */
  more: whole(0),
});
export type Trace = Fields<typeof trace>;

const runbookHead = {
  name: text,
  title: text,
  alerts: v.array(text),
  severity: v.nullable(severityShape),
};
/** `rules`: of the alerts that were asked about, those that it is for. */
const runbookSummary = v.object({ ...runbookHead, steps: whole(0), runs: whole(0), rules: v.array(text) });
export type RunbookSummary = Fields<typeof runbookSummary>;

const param = v.object({
  name: text,
  /** Null: it must be given, or stands in the hub's environment. */
  default: v.nullable(text),
  about: v.nullable(text),
  /** Other values are refused; none: any. */
  choices: v.array(text),
  /** Its value is masked wherever it would be kept or shown. */
  isSecret: v.boolean(),
});
const step = v.object({
  /** Unique in its runbook; made from its section where it was given none. */
  name: text,
  /** `mutate` also where only its words look so. */
  kind: v.picklist(['observe', 'mutate', 'ask', 'note']),
  /** What it can be run as, or another one's name such as `yaml`; null: words for people. */
  language: v.nullable(text),
  /** Without the prompts of a terminal. */
  text,
  /** What its block shows as printed by its commands. */
  output: v.nullable(text),
  /** The names of what has to be filled in: `${{name}}`, and `<name>` and `$NAME` in commands. */
  params: v.array(text),
  target: v.nullable(text),
  /** The built-in step that does it, such as `redis.expire-missing`; the text only says what that does. */
  uses: v.nullable(text),
  /** A preview that counts more is refused. */
  max: v.nullable(v.number()),
  /** True: a person has to type what it is about to do, even where Enter would do. */
  isTyped: v.boolean(),
  undo: v.nullable(text),
  /** Of the fence, from 1. */
  line: whole(1),
  /** False: it is shown and copied, never run. */
  isExecutable: v.boolean(),
});
export type RunbookStep = Fields<typeof step>;

const runbook = v.object({
  ...runbookHead,
  file: text,
  /** The Markdown, line by line as in the file; front matter and comments are empty lines. */
  text,
  params: v.array(param),
  /** In reading order. */
  steps: v.array(step),
  /**
   * `level` and `line` are of the heading; `anchor` is as in the link `#quick-diagnosis`; `endLine` is the last line, those
   * of the sections below it included.
   */
  sections: v.array(v.object({ title: text, level: whole(1), anchor: text, line: whole(1), endLine: whole(1) })),
  /** The lines that say when to call whom. */
  escalations: v.array(v.object({ text, level: v.nullable(v.picklist(['L2', 'L3', 'L4'])), line: whole(1) })),
  /** Templates of URLs. */
  links: v.array(v.object({ name: text, url: text })),
});
/** A runbook as a console shows it. */
export type RunbookView = Fields<typeof runbook>;

/** `bytes`: base64. `size` and `head` are of the whole record when it was read. */
const recordBytes = v.object({ bytes: text, size: whole(0), head: whole(0) });
/** `isHere`: there is an incident of that name already. `aside`: where a damaged record that it replaced is now. */
const imported = v.object({ incident: incidentIdShape, head: whole(1), isHere: v.boolean(), aside: maybe(text) });

/** The files, or bytes of one in base64; null: it was given up meanwhile. */
const readings = v.object({
  files: maybe(v.array(v.object({ name: text, size: whole(0) }))),
  bytes: maybe(v.nullable(text)),
});

/** `kept`: why it was not moved; else where it is now, and the hash of its last line. */
const archived = v.object({ kept: maybe(text), place: maybe(text), lastHash: maybe(text) });
export type Archived = Fields<typeof archived>;
/** `more`: ask again, after the last. `archived`: how many are in the archive, and the first of those whose ids begin so. */
const incidentList = v.object({
  found: v.array(summaryShape),
  more: v.boolean(),
  archived: v.object({ count: whole(0), first: v.array(text) }),
});

/** One of them, by what was asked; `fault`: why there is no answer. */
export const answerShape = v.object({
  fault: maybe(text),
  trace: maybe(trace),
  runbooks: maybe(v.array(runbookSummary)),
  /** Null: there is none of that name. */
  runbook: maybe(v.nullable(runbook)),
  /** The section that was meant; absent: all of it. */
  anchor: maybe(text),
  figures: maybe(figuresShape),
  followUp: maybe(followUpShape),
  digest: maybe(digestShape),
  record: maybe(recordBytes),
  readings: maybe(readings),
  /** Null: more pieces are to come. */
  imported: maybe(v.nullable(imported)),
  incidents: maybe(incidentList),
  archived: maybe(archived),
});
export type Answer = Fields<typeof answerShape>;
