/** What the handbook wants done now, in order: one pure list for the panel, the line above the input, the brief and the shell. */
import { clocks } from './clocks.ts';
import { isEnded, isOn, isTriaged, needsRoles, type Incident, type OpenItem } from './incident.ts';
import { alarms, heldAlerts, pages } from './next-alarms.ts';
import { isPast, nextItem, type NextContext, type NextInput, type NextItem, type NextRuleItem } from './next-item.ts';
import { emptySections } from './postmortem.ts';
import { inDoubt, isInDoubt } from './runs.ts';
import { shellQuoted } from './shell-quote.ts';
import { TRIAGE_QUESTIONS } from './topics/triage.ts';
import { undelivered, unheardAlertPages, untoldPublic } from './undelivered.ts';
import { roleName } from './vocabulary.ts';
import { groupedNumber } from './words.ts';

type NextRule = (input: NextInput) => readonly (NextRuleItem | null)[];

/** The order of the list. Deadlines never change it: what is late is marked, and a new alarm still stands above it. */
const RULES: readonly NextRule[] = [
  pages,
  ({ context }) => unheardAlertPages(context),
  ({ incident, context }) => alarms(incident, context),
  ({ due: { ack } }) => [
    ack ? { what: 'acknowledge', text: 'acknowledge', dueAt: ack.at, command: 'warroom ack' } : null,
  ],
  command,
  waitingSteps,
  publicUpdate,
  ({ incident, context }) => untoldPublic(incident, context.now),
  addressed,
  roles,
  diagnosis,
  runbooks,
  triage,
  decisions,
  chores,
];

/** What is to be done now in `incident`, or, with none, about the alerts that are on; the most urgent first. */
export function nextItems(incident: Incident | null, context: NextContext): readonly NextItem[] {
  const { now } = context;
  if (incident === null)
    return [...heldAlerts(context), ...unheardAlertPages(context), ...alarms(null, context)].map((item) =>
      nextItem(item, now),
    );
  const due = Object.fromEntries(clocks(incident, now).due.map((one) => [one.what, one])) as NextInput['due'];
  const items = RULES.flatMap((rule) => rule({ incident, context, due }));
  return items.flatMap((item) => (item === null ? [] : [nextItem(item, now)]));
}

/** Command is offered, vacant where it is needed, or its holder is gone; without need of an IC somebody begins to work. */
function command({ incident, context, due }: NextInput): readonly (NextRuleItem | null)[] {
  const { offer, roles } = incident;
  const { me, policy, icAbsentMs = 0 } = context;
  if (isEnded(incident)) return [];
  const dueAt = due.response?.at ?? null;
  const take = `warroom role ic ${shellQuoted(me)}`;
  const answer: NextRuleItem | null = offer && {
    what: 'answer_offer',
    text: offer.name === me ? `${offer.from} offers you command` : `${offer.name} answers the offer of command`,
    by: [offer.name],
    command: 'warroom accept',
  };
  if (roles.ic !== null && icAbsentMs >= policy.icAbsentMs) {
    const text = `take over from ${roles.ic}, whose console is gone`;
    return [answer, { what: 'take_ic', text, command: `${take} --why TEXT` }];
  }
  if (roles.ic === null && needsRoles(incident))
    return [answer, { what: 'take_ic', text: 'take command', dueAt, command: take }];
  const begin = { text: 'begin to work on it', by: ['lead'], command: 'warroom status investigating' };
  return [answer, dueAt === null ? null : { what: 'respond', dueAt, ...begin }];
}

/** Steps that wait for somebody; those of which nobody knows what they changed, until another run settles it. */
function waitingSteps({ incident: { runs = [], roles } }: NextInput): readonly NextRuleItem[] {
  return runs.flatMap((run): readonly NextRuleItem[] => {
    const { seq, runbook, step, state, preview, by } = run;
    const about = { ref: seq, runbook };
    if (isInDoubt({ runs }, run))
      return [{ ...about, what: 'in_doubt', text: `#${seq} ${step} is in doubt: ${inDoubt(run)}` }];
    if (preview === undefined) return [];
    const what = `${step}: ${groupedNumber(preview.count)} ${preview.unit} on ${preview.node}`;
    if (state === 'previewed')
      return [{ ...about, what: 'confirm', text: `confirm #${seq} ${what}`, by: [by], dueAt: preview.expiresAt }];
    return state === 'confirmed'
      ? [{ ...about, what: 'approve', text: `let #${seq} run: ${what}`, by: [roles.ic ?? 'lead'] }]
      : [];
  });
}

/** An update counts as something to do once this share of its span is left; the first one at once. */
const UPDATE_LEFT = 0.2;

function publicUpdate({ incident, due: { update } }: NextInput): readonly NextRuleItem[] {
  if (update === undefined) return [];
  const isFirst = incident.lastPublic === null;
  if (!isFirst && update.ofMs !== null && update.leftMs > update.ofMs * UPDATE_LEFT) return [];
  const text = isFirst ? 'first public update' : 'public update';
  return [{ what: 'update', text, by: ['comms', 'ic'], dueAt: update.at, command: 'warroom update TEXT' }];
}

/** Decisions who asks has not answered; open questions and actions that are addressed to them. */
function addressed({ incident, context: { me } }: NextInput): readonly NextRuleItem[] {
  const { rollCall } = incident;
  const isOver = isEnded(incident);
  const isCalled = rollCall !== undefined && !isOver && !rollCall.present.includes(me);
  const asked = incident.decisions.filter(
    ({ state, by, agreed, objected }) =>
      !isOver && state === 'open' && by !== me && !agreed.includes(me) && objected.every(({ name }) => name !== me),
  );
  const roll = { text: `${rollCall?.by} calls the roll: answer`, command: 'warroom rollcall --here' };
  return [
    ...(isCalled ? [{ what: 'answer_roll', ...roll } as const] : []),
    ...asked.map(({ seq, text, by, objectionsUntil }): NextRuleItem => ({
      what: 'object',
      text: `strong objection? ${by}: #${seq} ${text}`,
      dueAt: objectionsUntil ?? null,
      command: `warroom agree ${seq}`,
      ref: seq,
    })),
    ...incident.open.flatMap((item) => (item.to === me ? owed(item, me) : [])),
  ];
}

/** An open question or action, for whoever owes it. */
function owed({ seq, form, text, due }: OpenItem, by: string): readonly NextRuleItem[] {
  if (form !== 'question' && form !== 'action') return [];
  const [verb, done] = form === 'question' ? ['answer', ''] : ['do', ' --done'];
  const command = `warroom note TEXT --re ${seq}${done}`;
  return [{ what: form, text: `${verb} #${seq} ${text}`, by: [by], dueAt: due ?? null, command, ref: seq }];
}

function roles({ incident }: NextInput): readonly NextRuleItem[] {
  const vacant = (['scribe', 'comms'] as const).filter((role) => incident.roles[role] === null);
  const first = vacant[0];
  if (first === undefined || !needsRoles(incident)) return [];
  const text = `name ${vacant.map(roleName).join(', ')}`;
  return [{ what: 'roles', text, by: ['ic'], command: `warroom role ${first} NAME` }];
}

/** Acknowledged for too long, and the cause is not known: the lead is asked to bring in others. */
function diagnosis({ due: { identify }, context }: NextInput): readonly NextRuleItem[] {
  if (identify === undefined || !isPast(identify.at, context.now)) return [];
  const asked = { text: 'identify the cause, or escalate', command: 'warroom status identified' };
  return [{ what: 'identify', by: ['ic', 'lead'], dueAt: identify.at, ...asked }];
}

/** The runbooks of alerts that fire in this incident, until a step of them was run. */
function runbooks({ incident, context: { alerts = [] } }: NextInput): readonly NextRuleItem[] {
  if (!isTriaged(incident)) return [];
  const { runs = [] } = incident;
  const asked = new Map(
    alerts.flatMap(({ state, runbook, incident: of, rule }) =>
      isOn(state) && of === incident.id && runbook ? [[runbook, rule] as const] : [],
    ),
  );
  return [...asked].flatMap(([runbook, rule]): readonly NextRuleItem[] => {
    if (runs.some((run) => lastPart(run.runbook) === lastPart(runbook))) return [];
    return [
      { what: 'runbook', text: `runbook of ${rule}`, command: `warroom runbook show ${shellQuoted(runbook)}`, runbook },
    ];
  });
}

/** `https://example.org/runbooks/redis-full.md#x` and `redis-full` are the same. */
const lastPart = (name: string): string =>
  name
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '')
    .replace(/^.*\//s, '')
    .replace(/\.(?:md|html)$/, '')
    .toLowerCase();

function triage({ incident }: NextInput): readonly NextRuleItem[] {
  const asked = TRIAGE_QUESTIONS.flatMap((_, i) => (incident.triage[i + 1] === undefined ? [i + 1] : []));
  if (asked[0] === undefined || !isTriaged(incident)) return [];
  const text = `${asked.length} of ${TRIAGE_QUESTIONS.length} questions open`;
  return [{ what: 'triage', text, command: `warroom triage --answer ${asked[0]} TEXT` }];
}

/** What waits for the commander: an objection, also before the time for them is over, and how to stabilise once the work is on. */
function decisions({ incident }: NextInput): readonly NextRuleItem[] {
  const { status, decisions } = incident;
  // An incident that has ended takes no answer to them.
  if (isEnded(incident)) return [];
  const isUnstable = status === 'investigating' || status === 'identified';
  const isUndecided = isUnstable && decisions.every(({ way }) => way === undefined);
  const how = { text: 'decide: rollback, flag or forward', command: 'warroom decision TEXT' };
  return [
    ...decisions
      .filter(({ state, objected }) => state !== 'stands' && objected.length > 0)
      .map(({ seq, text, state, objected, objectionsUntil }): NextRuleItem => ({
        what: 'settle',
        text: `decide in spite of ${objected.map(({ name }) => name).join(', ')}, or withdraw: #${seq} ${text}`,
        by: ['ic'],
        dueAt: state === 'open' ? (objectionsUntil ?? null) : null,
        command: `warroom decision --stands ${seq} --why TEXT`,
        ref: seq,
      })),
    ...(isUndecided ? [{ what: 'decide', by: ['ic'], ...how } as const] : []),
  ];
}

/** What is left: overdue actions of others, the end, the postmortem. */
function chores({ incident, context: { me, now }, due }: NextInput): readonly NextRuleItem[] {
  const { status, alerts, open, roles } = incident;
  const by = ['ic'];
  const firing = alerts.filter(({ state }) => isOn(state)).length;
  const fires = firing === 1 ? '1 alert fires' : `${firing} alerts fire`;
  const isBoth = roles.ic !== null && roles.ic === roles.ops && needsRoles(incident);
  const apart = { text: `give OPS to somebody else: ${roles.ic} commands`, command: 'warroom role ops NAME' };
  const resolve = { text: firing === 0 ? 'resolve: no alert is on' : `resolve; ${fires}` };
  const isWritten = emptySections(incident.postmortem).length === 0;
  return [
    ...(isBoth ? [{ what: 'roles', by, ...apart } as const] : []),
    ...undelivered(incident, now),
    ...open.flatMap((item) =>
      item.form === 'action' && item.to !== me && isPast(item.due ?? null, now) ? owed(item, item.to ?? item.by) : [],
    ),
    ...(status === 'monitoring'
      ? [{ what: 'resolve', by, ...resolve, command: 'warroom status resolved' } as const]
      : []),
    ...(status === 'resolved' ? [{ what: 'close', text: 'close', by, command: 'warroom status closed' } as const] : []),
    // Written first, then published.
    ...(due.postmortem === undefined
      ? []
      : [
          {
            what: 'postmortem',
            text: isWritten ? 'publish the postmortem' : 'postmortem due',
            by,
            dueAt: due.postmortem.at,
            command: `warroom postmortem ${isWritten ? '--publish' : '--edit'}`,
          } as const,
        ]),
  ];
}
