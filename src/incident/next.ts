/** What the handbook wants done now, in order: one pure list for the panel, the line above the input, the brief and the shell. */
import { clocks } from './clocks.ts';
import { isEnded, isOn, isTriaged, needsRoles, type Incident } from './incident.ts';
import { alarms, heldAlerts, pages, uncalled } from './next-alarms.ts';
import { nextRunbooks, waitingSteps } from './next-runbooks.ts';
import { isPast, type NextInput, type NextRuleItem, type NextContext, type NextItem } from './next-item.ts';
import { emptySections } from './postmortem.ts';
import { shellQuoted } from './shell-quote.ts';
import { TRIAGE_QUESTIONS } from './topics/triage.ts';
import { undelivered, untoldPublic } from './undelivered.ts';
import { ROLES, roleName, type Role } from './vocabulary.ts';

type NextRule = (asked: NextInput) => readonly (NextRuleItem | null)[];

/** The order of the list. Deadlines never change it: what is late is marked, and a new alarm still stands above it. */
const RULES: readonly NextRule[] = [
  pages,
  uncalled,
  alarms,
  acknowledgement,
  command,
  waitingSteps,
  publicUpdate,
  untold,
  addressed,
  roles,
  diagnosis,
  nextRunbooks,
  triage,
  decisions,
  chores,
];

/** What is to be done now in `incident`, or, with none, about the alerts that are on; the most urgent first. */
export function nextItems(incident: Incident | null, context: NextContext): readonly NextItem[] {
  const asked = incident === null ? null : { incident, context, due: clocks(incident, context.now).due };
  const items =
    asked === null
      ? [...heldAlerts(context), ...uncalled({ context }), ...alarms({ incident, context })]
      : RULES.flatMap((rule) => rule(asked));
  return items.flatMap((item) =>
    item === null ? [] : [{ ...item, dueAt: item.dueAt ?? null, late: isPast(item.dueAt ?? null, context.now) }],
  );
}

function acknowledgement({ due }: NextInput): readonly NextRuleItem[] {
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
function command({ incident, context, due }: NextInput): readonly (NextRuleItem | null)[] {
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

function publicUpdate({ incident, due }: NextInput): readonly NextRuleItem[] {
  const next = due.find(({ what }) => what === 'update');
  if (next === undefined) return [];
  const isFirst = incident.lastPublic === null;
  if (!isFirst && next.ofMs !== null && next.leftMs > next.ofMs * UPDATE_LEFT) return [];
  const text = isFirst ? 'first public update' : 'public update';
  return [{ what: 'update', text, by: ['comms', 'ic'], dueAt: next.at, command: 'warroom update TEXT', step: 'act' }];
}

function untold({ incident, context: { now } }: NextInput): readonly NextRuleItem[] {
  return untoldPublic(incident, now).map((one) => ({ ...one, what: 'deliver', by: ['anyone'], step: 'act' }));
}

/** Decisions who asks has not answered; open questions and actions that are addressed to them. */
function addressed({ incident, context: { me } }: NextInput): readonly NextRuleItem[] {
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
    ...asked.map(({ seq, text, by, objectionsUntil }): NextRuleItem => ({
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

const owed = (seq: number, form: 'question' | 'action', text: string, by: string): NextRuleItem => ({
  what: form,
  text: `${form === 'question' ? 'answer' : 'do'} #${seq} ${text}`,
  by: [by],
  command: `warroom note TEXT --re ${seq}${form === 'action' ? ' --done' : ''}`,
  step: form === 'question' ? 'observe' : 'act',
  ref: seq,
});

function roles({ incident }: NextInput): readonly NextRuleItem[] {
  if (!needsRoles(incident)) return [];
  const vacant = ROLES.filter((role: Role) => (role === 'scribe' || role === 'comms') && incident.roles[role] === null);
  const first = vacant[0];
  if (first === undefined) return [];
  const text = `name ${vacant.map(roleName).join(', ')}`;
  return [{ what: 'roles', text, by: ['ic'], command: `warroom role ${first} NAME`, step: 'orient' }];
}

/** Acknowledged for too long, and the cause is not known: the lead is asked to bring in others. */
function diagnosis({ due, context }: NextInput): readonly NextRuleItem[] {
  return due.flatMap(({ what, at }): NextRuleItem[] =>
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

function triage({ incident }: NextInput): readonly NextRuleItem[] {
  const { triage } = incident;
  const asked = TRIAGE_QUESTIONS.flatMap((_, i) => (triage[i + 1] === undefined ? [i + 1] : []));
  if (asked[0] === undefined || !isTriaged(incident)) return [];
  const text = `${asked.length} of ${TRIAGE_QUESTIONS.length} questions open`;
  return [
    { what: 'triage', text, by: ['anyone'], command: `warroom triage --answer ${asked[0]} TEXT`, step: 'orient' },
  ];
}

/** What waits for the commander: an objection, also before the time for them is over, and how to stabilise once the work is on. */
function decisions({ incident }: NextInput): readonly (NextRuleItem | null)[] {
  const { status, decisions } = incident;
  const isUnstable = status === 'investigating' || status === 'identified';
  return [
    ...decisions.map(({ seq, text, state, objected, objectionsUntil }): NextRuleItem | null =>
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
function chores({ incident, context, due }: NextInput): readonly (NextRuleItem | null)[] {
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
    ...undelivered(incident, context.now).map((one): NextRuleItem => ({
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
    postmortem === undefined ? null : postmortemItem(incident, postmortem.at),
  ];
}

/** Written first, then published. */
function postmortemItem({ postmortem }: Incident, dueAt: string): NextRuleItem {
  const isWritten = emptySections(postmortem).length === 0;
  return {
    what: 'postmortem',
    text: isWritten ? 'publish the postmortem' : 'postmortem due',
    by: ['ic'],
    dueAt,
    command: `warroom postmortem ${isWritten ? '--publish' : '--edit'}`,
    step: 'act',
  };
}
