/** What the handbook wants done now, in order: one pure list for the panel, the line above the input, the brief and the shell. */
import { clocks, type Due } from './clocks.ts';
import {
  heldLevel,
  isAcknowledged,
  isEnded,
  isOn,
  isTriaged,
  needsRoles,
  type AttachedAlert,
  type Incident,
} from './incident.ts';
import type { HeldLevel } from './paging.ts';
import { plus, type Policy } from './policy.ts';
import type { Severity } from './severity.ts';
import { shellQuoted } from './shell-quote.ts';
import { clockTime } from './time.ts';
import { TRIAGE_QUESTIONS } from './topics/triage.ts';
import { undelivered, unheardPages } from './undelivered.ts';
import { ROLES, roleName, type Instant, type Role } from './vocabulary.ts';

/** The steps of the handbook's loop. */
export type LoopStep = 'observe' | 'orient' | 'decide' | 'act';

export interface NextItem {
  /** `acknowledge`, `update`, …: one word that programs and the console's keys go by. */
  readonly what: string;
  /** The same for people; unsafe text. */
  readonly text: string;
  /** Who may do it: roles, names of people, or `anyone`. */
  readonly by: readonly string[];
  readonly dueAt: Instant | null;
  readonly late: boolean;
  /** The command of the shell that does it; null: there is none yet. */
  readonly command: string | null;
  readonly step: LoopStep;
  /** The entry it is about. */
  readonly ref?: number;
  /** The alert it is about, and its severity. */
  readonly alert?: string;
  readonly severity?: Severity;
  /** The level that a page is asked for. */
  readonly level?: HeldLevel['level'];
}

/** An alert as far as it asks for something. */
export type AskingAlert = Pick<AttachedAlert, 'alert' | 'rule' | 'state' | 'severity' | 'summary'> & {
  readonly since: Instant;
  /** Somebody is on it. */
  readonly acked?: { readonly by: string; readonly until: Instant };
  readonly silencedUntil?: Instant;
  readonly inhibited?: string;
  readonly held?: HeldLevel;
  /** The incident it belongs to; null or absent: none. */
  readonly incident?: string | null;
};

export interface NextContext {
  /** Hub time, ms since 1970. */
  readonly now: number;
  readonly policy: Policy;
  /** Who asks: what is addressed to them counts before chores. */
  readonly me: string;
  /** Alerts that are on; the hub knows them better than the record. */
  readonly alerts?: readonly AskingAlert[];
  /** How long the console of the IC is gone, ms; 0 while there is one. */
  readonly icAbsentMs?: number;
}

interface Asked {
  readonly incident: Incident;
  readonly context: NextContext;
  /** What is due, soonest first. */
  readonly due: readonly Due[];
}
type Item = Omit<NextItem, 'late' | 'dueAt'> & { readonly dueAt?: Instant | null };
type NextRule = (asked: Asked) => readonly (Item | null)[];

/** The order of the list. Deadlines never change it: what is late is marked, and a new alarm still stands above it. */
const RULES: readonly NextRule[] = [
  pages,
  alarms,
  acknowledgement,
  command,
  publicUpdate,
  addressed,
  roles,
  diagnosis,
  triage,
  decisions,
  chores,
];

/** What is to be done now in `incident`, or, with none, about the alerts that are on; the most urgent first. */
export function nextItems(incident: Incident | null, context: NextContext): readonly NextItem[] {
  const asked = incident === null ? null : { incident, context, due: clocks(incident, context.now).due };
  const items =
    asked === null ? [...heldAlerts(context), ...alarms({ incident, context })] : RULES.flatMap((rule) => rule(asked));
  return items.flatMap((item) =>
    item === null ? [] : [{ ...item, dueAt: item.dueAt ?? null, late: isPast(item.dueAt ?? null, context.now) }],
  );
}

const isPast = (at: Instant | null, now: number): boolean => at !== null && Date.parse(at) <= now;

/** Whoever was paged though somebody is on it answers; people are asked about a level that fell due while the hub was down. */
function pages({ incident, context: { now } }: Asked): readonly Item[] {
  const held = heldLevel(incident);
  const called = isEnded(incident) || !isAcknowledged(incident) ? [] : (incident.paging?.pages ?? []);
  return [
    ...called.flatMap(({ level, name, at, answered }): Item[] =>
      answered || name === null
        ? []
        : [
            {
              what: 'page',
              text: `answer the page (${level})`,
              by: [name],
              dueAt: at,
              command: 'warroom ack',
              step: 'observe',
            },
          ],
    ),
    ...(held === undefined ? [] : [askedAbout(held)]),
    ...unheardPages(incident, now).map((one): Item => ({ ...one, what: 'call', by: ['anyone'], step: 'observe' })),
  ];
}

const askedAbout = ({ level, dueAt }: HeldLevel, alert?: string): Item => ({
  what: 'page',
  level,
  ...(alert === undefined ? {} : { alert }),
  text: `page ${level}? due while the hub was down`,
  by: ['anyone'],
  dueAt,
  command: `warroom escalate ${level}${alert === undefined ? '' : ` --alert ${shellQuoted(alert)}`}`,
  step: 'observe',
});

const heldAlerts = ({ alerts = [] }: NextContext): readonly Item[] =>
  alerts.flatMap(({ alert, held, acked }) =>
    held === undefined || acked !== undefined ? [] : [askedAbout(held, alert)],
  );

/**
 * Alarms that nobody is on and that belong here or nowhere: in an incident that runs the serious ones that came after its
 * acknowledgement, else all of them.
 */
function alarms({ incident, context }: { incident: Incident | null; context: NextContext }): readonly Item[] {
  const { alerts = [], policy, now } = context;
  const isRunning = incident !== null && !incident.drill && incident.status !== 'resolved' && !isEnded(incident);
  const known = incident?.timestamps.acknowledgedAt ?? incident?.timestamps.declaredAt ?? null;
  const isNew = ({ state, severity, since, acked, silencedUntil, inhibited, incident: of }: AskingAlert): boolean => {
    if (!isOn(state) || acked !== undefined || inhibited !== undefined) return false;
    if (silencedUntil !== undefined && !isPast(silencedUntil, now)) return false;
    if (of !== undefined && of !== null && of !== incident?.id) return false;
    if (!isRunning) return true;
    return (severity === 'SEV-0' || severity === 'SEV-1') && (known === null || since > known);
  };
  return alerts.filter(isNew).map(({ alert, severity, summary, since }) => ({
    what: 'alarm',
    alert,
    severity,
    text: `${severity} ${summary}`,
    by: ['anyone'],
    dueAt: plus(since, policy.severities[severity].ackMs),
    command: `warroom ack --alert ${shellQuoted(alert)}`,
    step: 'observe',
  }));
}

function acknowledgement({ due }: Asked): readonly Item[] {
  return due.flatMap(({ what, at }) =>
    what === 'ack'
      ? [
          {
            what: 'acknowledge',
            text: 'acknowledge',
            by: ['anyone'],
            dueAt: at,
            command: 'warroom ack',
            step: 'observe',
          },
        ]
      : [],
  );
}

/** Command is offered, vacant where it is needed, or its holder is gone; without need of an IC somebody begins to work. */
function command({ incident, context, due }: Asked): readonly (Item | null)[] {
  const { offer, roles } = incident;
  const { me, policy, icAbsentMs = 0 } = context;
  if (isEnded(incident)) return [];
  const response = due.find(({ what }) => what === 'response')?.at ?? null;
  const isGone = roles.ic !== null && icAbsentMs >= policy.icAbsentMs;
  const take = `warroom role ic ${shellQuoted(me)}`;
  return [
    offer && {
      what: 'answer_offer',
      text: offer.name === me ? `${offer.from} offers you command` : `${offer.name} answers the offer of command`,
      by: [offer.name],
      command: 'warroom accept',
      step: 'decide',
    },
    isGone
      ? {
          what: 'take_ic',
          text: `take over from ${roles.ic}, whose console is gone`,
          by: ['anyone'],
          command: `${take} --why TEXT`,
          step: 'decide',
        }
      : roles.ic === null && needsRoles(incident)
        ? { what: 'take_ic', text: 'take command', by: ['anyone'], dueAt: response, command: take, step: 'decide' }
        : response === null
          ? null
          : {
              what: 'respond',
              text: 'begin to work on it',
              by: ['lead'],
              dueAt: response,
              command: 'warroom status investigating',
              step: 'orient',
            },
  ];
}

/** An update counts as something to do once this share of its span is left; the first one at once. */
const UPDATE_LEFT = 0.2;

function publicUpdate({ incident, due }: Asked): readonly Item[] {
  const next = due.find(({ what }) => what === 'update');
  if (next === undefined) return [];
  const isFirst = incident.lastPublic === null;
  if (!isFirst && next.ofMs !== null && next.leftMs > next.ofMs * UPDATE_LEFT) return [];
  const text = isFirst ? 'first public update' : 'public update';
  return [{ what: 'update', text, by: ['comms', 'ic'], dueAt: next.at, command: 'warroom update TEXT', step: 'act' }];
}

/** Decisions who asks has not answered; open questions and actions that are addressed to them. */
function addressed({ incident, context: { me } }: Asked): readonly Item[] {
  const { rollCall } = incident;
  const isCalled = rollCall !== undefined && !isEnded(incident) && !rollCall.present.includes(me);
  const asked = incident.decisions.filter(
    ({ state, by, agreed, objected }) =>
      state === 'open' && by !== me && !agreed.includes(me) && objected.every(({ name }) => name !== me),
  );
  return [
    ...(isCalled
      ? [
          {
            what: 'answer_roll',
            text: `${rollCall.by} calls the roll: answer`,
            by: ['anyone'],
            command: 'warroom rollcall --here',
            step: 'observe',
          } as const,
        ]
      : []),
    ...asked.map(({ seq, text, by, objectionsUntil }): Item => ({
      what: 'object',
      text: `strong objection? ${by}: #${seq} ${text}`,
      by: ['anyone'],
      dueAt: objectionsUntil ?? null,
      command: `warroom agree ${seq}`,
      step: 'decide',
      ref: seq,
    })),
    ...incident.open.flatMap(({ seq, form, text, to, due }) =>
      to !== me || (form !== 'question' && form !== 'action')
        ? []
        : [{ ...owed(seq, form, text, to), dueAt: due ?? null }],
    ),
  ];
}

const owed = (seq: number, form: 'question' | 'action', text: string, by: string): Item => ({
  what: form,
  text: `${form === 'question' ? 'answer' : 'do'} #${seq} ${text}`,
  by: [by],
  command: `warroom note TEXT --re ${seq}${form === 'action' ? ' --done' : ''}`,
  step: form === 'question' ? 'observe' : 'act',
  ref: seq,
});

function roles({ incident }: Asked): readonly Item[] {
  if (!needsRoles(incident)) return [];
  const vacant = ROLES.filter((role: Role) => (role === 'scribe' || role === 'comms') && incident.roles[role] === null);
  const first = vacant[0];
  if (first === undefined) return [];
  const text = `name ${vacant.map(roleName).join(', ')}`;
  return [{ what: 'roles', text, by: ['ic'], command: `warroom role ${first} NAME`, step: 'orient' }];
}

/** Acknowledged for too long, and the cause is not known: the lead is asked to bring in others. */
function diagnosis({ due, context }: Asked): readonly Item[] {
  return due.flatMap(({ what, at }): Item[] =>
    what === 'identify' && isPast(at, context.now)
      ? [
          {
            what,
            text: 'identify the cause, or escalate',
            by: ['ic', 'lead'],
            dueAt: at,
            command: 'warroom status identified',
            step: 'orient',
          },
        ]
      : [],
  );
}

function triage({ incident }: Asked): readonly Item[] {
  const { triage } = incident;
  const asked = TRIAGE_QUESTIONS.flatMap((_, i) => (triage[i + 1] === undefined ? [i + 1] : []));
  if (asked[0] === undefined || !isTriaged(incident)) return [];
  const text = `${asked.length} of ${TRIAGE_QUESTIONS.length} questions open`;
  return [
    { what: 'triage', text, by: ['anyone'], command: `warroom triage --answer ${asked[0]} TEXT`, step: 'orient' },
  ];
}

/** What waits for the commander: an objection, also before the time for them is over, and how to stabilise once the work is on. */
function decisions({ incident }: Asked): readonly (Item | null)[] {
  const { status, decisions } = incident;
  const isUnstable = status === 'investigating' || status === 'identified';
  return [
    ...decisions.map(({ seq, text, state, objected, objectionsUntil }): Item | null =>
      state === 'stands' || objected.length === 0
        ? null
        : {
            what: 'settle',
            text: `decide in spite of ${objected.map(({ name }) => name).join(', ')}, or withdraw: #${seq} ${text}`,
            by: ['ic'],
            dueAt: state === 'open' ? (objectionsUntil ?? null) : null,
            command: `warroom decision --stands ${seq} --why TEXT`,
            step: 'decide',
            ref: seq,
          },
    ),
    !isUnstable || decisions.some(({ way }) => way !== undefined)
      ? null
      : {
          what: 'decide',
          text: 'decide: rollback, flag or forward',
          by: ['ic'],
          command: 'warroom decision TEXT',
          step: 'decide',
        },
  ];
}

/** What is left: overdue actions of others, the end, the postmortem. */
function chores({ incident, context, due }: Asked): readonly (Item | null)[] {
  const { status, alerts, open, roles } = incident;
  const overdue = open.filter(
    ({ form, to, due }) => form === 'action' && to !== context.me && isPast(due ?? null, context.now),
  );
  const firing = alerts.filter(({ state }) => isOn(state)).length;
  const postmortem = due.find(({ what }) => what === 'postmortem');
  return [
    roles.ic === null || roles.ic !== roles.ops || !needsRoles(incident)
      ? null
      : {
          what: 'roles',
          text: `give OPS to somebody else: ${roles.ic} commands`,
          by: ['ic'],
          command: 'warroom role ops NAME',
          step: 'orient',
        },
    ...undelivered(incident, context.now).map((one): Item => ({
      ...one,
      what: 'deliver',
      by: ['anyone'],
      step: 'act',
    })),
    ...overdue.map(({ seq, text, to, by, due }) => ({
      ...owed(seq, 'action' as const, text, to ?? by),
      dueAt: due ?? null,
    })),
    status === 'monitoring'
      ? {
          what: 'resolve',
          text:
            firing === 0
              ? 'resolve: no alert is on'
              : `resolve; ${firing === 1 ? '1 alert fires' : `${firing} alerts fire`}`,
          by: ['ic'],
          command: 'warroom status resolved',
          step: 'act',
        }
      : null,
    status === 'resolved'
      ? { what: 'close', text: 'close', by: ['ic'], command: 'warroom status closed', step: 'act' }
      : null,
    postmortem === undefined
      ? null
      : { what: 'postmortem', text: 'postmortem due', by: ['ic'], dueAt: postmortem.at, command: null, step: 'act' },
  ];
}

/** `take command (anyone, by 03:15Z)` */
export function nextInWords({ text, by, dueAt, late }: NextItem): string {
  const due = dueAt === null ? '' : `${late ? ', late since' : ', by'} ${clockTime(Date.parse(dueAt), 'utc', false)}Z`;
  return `${text} (${by.join(' or ')}${due})`;
}
