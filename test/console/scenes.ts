/** Scenes of the console: a person at a terminal of some size, in every state and modal worth looking at. */
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { PANELS } from '../../panels/index.ts';
import type { Model } from '../../panels/model.ts';
import { wishesOf } from '../../src/console/panel-view.ts';
import type { View } from '../../src/console/view.ts';
import { HOSTILE } from '../panels/states.ts';
import { ALERTS, alertView, idleModel, model, person } from '../support/models.ts';
import { DUTY, FIGURES, FOLLOW_UP, PAST } from '../support/quiet-day.ts';
import { CORRECTIONS, NOW, STORY } from '../support/recorded.ts';
import { sickTargets, wellTargets } from '../support/targets.ts';
import { at, type Step } from '../incident/story.ts';
import { TEMPLATES, Typist } from './support.ts';
import { ID, OBSERVED, PREVIEWED, RUNBOOK, RUNBOOKS, STARTED, TRACE } from './runbook-scene.ts';

const viewOf = (from: Model, me = 'alice'): View => ({
  ...from,
  me,
  away: [],
  unserved: null,
  observer: false,
  policy: HANDBOOK_POLICY,
});
/** Endpoints down, PostgreSQL filling up, the host silent. */
export const sick = viewOf(model({ targets: sickTargets() }, [...STORY, ...CORRECTIONS]));
const lost: View = {
  ...sick,
  link: { ...sick.link, state: 'lost', since: NOW - 12_000, rttMs: null, reason: 'connection refused' },
  pending: [
    { n: 4, id: 'A', at: NOW - 8000, text: 'rollback at 40%', state: 'waiting' },
    { n: 5, id: 'B', at: NOW - 3000, text: '5xx falling', state: 'waiting' },
  ],
};
const idle = viewOf(
  idleModel({ targets: wellTargets(), oncall: DUTY, incidents: PAST, figures: FIGURES, followUp: FOLLOW_UP }),
);
/** Two questions answered, a change just before the first alarm. */
const triaged: View = {
  ...viewOf(
    model({ targets: sickTargets() }, [
      ...STORY,
      ['bob', { kind: 'answer_question', n: 2, text: '30 % of checkouts, eu-west' }, 42],
      ['bob', { kind: 'mark_change', what: 'web 4.118 deployed', by: 'bob', at: at(31) }, 42.1],
      ['carol', { kind: 'answer_question', n: 5, text: 'web 4.118 by bob' }, 42.2],
    ]),
  ),
  alerts: ALERTS,
};
/** Everybody is asked for strong objections; bob has not answered. */
const ASKED: readonly Step[] = [
  ...STORY,
  ['alice', { kind: 'propose_decision', text: 'roll back web to 4.117', way: 'rollback', objectionsMs: 120_000 }, 42],
  ['carol', { kind: 'agree', ref: 17 }, 42.2],
];
export const inRoom = (steps: readonly Step[], me = 'alice', more: Partial<Model> = {}): View =>
  viewOf(model({ targets: sickTargets(), ...more }, steps), me);
const asked = inRoom(ASKED, 'bob');
const OBJECTED: Step = ['bob', { kind: 'object', ref: 17, text: 'the queue is not drained' }, 42.25];
const INCIDENTS = [
  {
    id: '2026-11-23-checkout-errors',
    title: 'checkout errors eu-west',
    severity: 'SEV-1',
    status: 'investigating',
    drill: false,
    declaredAt: '2026-11-23T02:58:00.000Z',
    lead: 'alice',
    head: 16,
  },
  {
    id: '2026-11-23-slow-cart',
    title: 'slow cart',
    severity: 'SEV-3',
    status: 'monitoring',
    drill: false,
    declaredAt: '2026-11-23T01:10:00.000Z',
    lead: null,
    head: 9,
  },
] as const;

const REFUSED = {
  n: 6,
  id: 'C',
  at: NOW - 2000,
  text: 'severity SEV-0',
  state: 'refused',
  reason: 'only the IC sets the severity; the IC is alice',
} as const;
const L1 = { level: 'L1', name: 'ana', at: new Date(NOW - 72_000).toISOString() } as const;
const PAGED: View = {
  ...sick,
  incidents: [{ ...INCIDENTS[0], paged: [L1], escalatesAt: new Date(NOW + 228_000).toISOString() }, INCIDENTS[1]],
};
const PAGED_ALERT: View = {
  ...idle,
  alerts: [
    alertView('pg_locks', { incident: null, summary: 'Database pool exhausted on orders: 40 of 37', paged: [L1] }),
  ],
};
const REDIS = [
  alertView('Redis Memory >90%', { severity: 'SEV-2', runbook: 'redis-memory-full', labels: { target: 'cache' } }),
];
/** Half an hour of silence, and an entry that was written late. */
const LATER: readonly Step[] = [
  ...STORY,
  ['bob', { kind: 'mark_change', what: 'web 4.118 deployed', by: 'bob', at: at(-3) }, 42],
  ['alice', { kind: 'update_public', text: 'Some payments fail; a fix is under way.' }, 43],
  ['carol', { kind: 'note', text: 'the vendor called: their side is fine', at: at(20) }, 75],
  ['alice', { kind: 'set_status', to: 'monitoring' }, 76],
  ['alice', { kind: 'note', form: 'decision', text: 'keep 4.117 over the weekend' }, 77],
];
const OFFER: Step = ['alice', { kind: 'offer_command', name: 'bob' }, 42];
const DRILL: Step = ['alice', { kind: 'declare', title: 'lose a database', severity: 'SEV-2', drill: true }, 0];
const ENDING: readonly Step[] = [
  ['alice', { kind: 'set_status', to: 'monitoring' }, 41],
  ['alice', { kind: 'set_status', to: 'resolved', why: 'errors are gone' }, 41.5],
];
const CLOSED: Step = ['alice', { kind: 'set_status', to: 'closed' }, 42];
/** Nobody has acknowledged what bob declared; L2 fell due while the hub was down. */
const HELD = { level: 'L2', dueAt: at(35) } as const;
const HELD_BACK = inRoom(
  [
    ['bob', { kind: 'declare', title: 'checkout errors eu-west', severity: 'SEV-1' }, 30],
    ['hub', { kind: 'hold_escalation', ...HELD }, 42, { actor: { name: 'hub', observer: false, via: 'hub' } }],
  ],
  'bob',
);
/** Two sections of the postmortem are written. */
const WRITTEN: readonly Step[] = [
  ...STORY,
  ...ENDING,
  [
    'bob',
    {
      kind: 'write_postmortem',
      section: 'impact',
      text: '30 % of checkouts failed for 38 minutes.\nNo order was lost.',
      after: 0,
    },
    45,
  ],
  [
    'alice',
    {
      kind: 'write_postmortem',
      section: 'whys',
      text: '1. Why did checkouts fail?\n   → Because the pool was full.',
      after: 0,
    },
    46,
  ],
];
const REVIEWED = inRoom(WRITTEN);
const ROLL_CALLED: Step = ['alice', { kind: 'call_roll' }, 42];
const AWAY = { incident: '2026-11-23-test', name: 'alice', since: new Date(NOW - 75_000).toISOString() };
const LONG = viewOf(
  model(
    {
      targets: sickTargets(),
      people: [person('alice'), person('Маргарита-Александровна Константинополь'), person('王小明')],
    },
    [
      [
        'alice',
        {
          kind: 'declare',
          title: '決済エラー 🔥 in every region, since the migration of the ledger',
          severity: 'SEV-0',
        },
        0,
      ],
      ['alice', { kind: 'assign_role', role: 'ic', name: 'alice' }, 1],
      ['alice', { kind: 'assign_role', role: 'scribe', name: 'Маргарита-Александровна Константинополь' }, 2],
      ['alice', { kind: 'assign_role', role: 'comms', name: '王小明' }, 3],
      [
        'Маргарита-Александровна Константинополь',
        { kind: 'note', text: `Zwölf Boxkämpfer ${'jagen '.repeat(30)}` },
        30,
      ],
      ['王小明', { kind: 'note', text: 'データベースの接続が上限に達しました 👩‍🚒 ✅ 、すぐに確認します' }, 31],
      ['alice', { kind: 'note', text: 'a\nblock\nof lines\n  indented' }, 32],
      ['mallory', { kind: 'note', text: HOSTILE }, 33],
    ],
  ),
);

/** Looked back at while the incident goes on, and an offer was made meanwhile. */
const past: View = {
  ...sick,
  observer: true,
  past: {
    at: NOW,
    to: NOW + 600_000,
    isPlaying: true,
    speed: 4,
    kept: 'one reading in 10 s is kept',
    isKept: true,
    isRunning: false,
    calls: null,
  },
};

export const SIZES = ['40x10', '80x24', '120x36', '200x55'] as const;
export type At = (typeof SIZES)[number] | '30x6' | '1x1';

/** Somebody who looks at `view` on a screen of that size. */
export function seat(view: View, at: At): Typist {
  const [cols = 80, rows = 24] = at.split('x').map(Number);
  return new Typist(view, { cols, rows }, wishesOf(PANELS));
}

const LISTED = { what: 'runbooks', alerts: [] } as const;
/** Somebody who has the runbook open, as far as those steps. */
export const withRunbook = (at: At, steps: readonly Step[], me = 'bob', more: Partial<Model> = {}): Typist =>
  seat(inRoom(steps, me, { alerts: REDIS, ...more }), at)
    .type('/runbook redis-memory-full')
    .press('enter')
    .hears({ what: 'runbook', name: 'redis-memory-full' }, { runbook: RUNBOOK });

export const SCENES: Readonly<Record<string, (at: At) => Typist>> = {
  incident: (at) => seat(sick, at).type('rollback at 40%, 5xx falling'),
  idle: (at) => seat(idle, at),
  'hub lost': (at) => seat(lost, at),
  'scrolled up': (at) => seat(sick, at).press('pageup'),
  suggestions: (at) => seat(sick, at).type('/r'),
  zoomed: (at) => seat(sick, at).press('alt-2'),
  'timeline in focus': (at) => seat(sick, at).press('tab', 'k', 'k'),
  declare: (at) => seat(idle, at).press('f12').wait(200).type('checkout errors eu-west').press('tab'),
  severity: (at) => seat(sick, at).press('f2').wait(200).type('0'),
  triage: (at) => seat(triaged, at).press('f5').wait(200).type('checkout, card payments').press('enter').press('tab'),
  decide: (at) =>
    seat(triaged, at).press('alt-w').wait(200).type('roll back web to 4.117').press('tab').type('errors stay'),
  'decision asked': (at) => seat(asked, at),
  object: (at) => seat(asked, at).press('alt-o').wait(200).type('the queue is not drained'),
  'mark a change': (at) => seat(sick, at).type('/change').press('enter').wait(200).type('web 4.118'),
  status: (at) => seat(sick, at).press('f3').wait(200),
  cancel: (at) => seat(sick, at).press('f3').wait(200).type('cc').press('enter'),
  role: (at) => seat(sick, at).press('f4').wait(200).press('tab').type('ca'),
  handover: (at) => seat(sick, at).press('f7').wait(200),
  update: (at) =>
    seat({ ...sick, templates: TEMPLATES }, at)
      .press('f8')
      .wait(200)
      .type('bob took back a change of the payment service.'),
  amend: (at) => seat(sick, at).type('/amend #10 88 of 97').press('enter').wait(200),
  'severity overtaken': (at) =>
    seat(sick, at)
      .press('f2')
      .wait(200)
      .type('2')
      .sees(
        viewOf(model({ targets: sickTargets() }, [...STORY, ['alice', { kind: 'set_severity', to: 'SEV-0' }, 42.2]])),
      )
      .press('enter'),
  help: (at) => seat(sick, at).press('f1'),
  palette: (at) => seat(idle, at).press('ctrl-p').type('se'),
  search: (at) => seat(sick, at).press('ctrl-f').type('by:bob'),
  entry: (at) => seat(sick, at).type('/show #10').press('enter'),
  incidents: (at) =>
    seat({ ...sick, incidents: INCIDENTS }, at)
      .type('/list')
      .press('enter'),
  people: (at) => seat(sick, at).type('/who').press('enter'),
  brief: (at) => seat(sick, at).press('alt-i'),
  'command offered': (at) => seat(viewOf(model({ targets: sickTargets() }, [...STORY, OFFER]), 'bob'), at).wait(1100),
  'came back': (at) =>
    seat(viewOf(model({ targets: sickTargets() }, STORY.slice(0, 7)), 'bob'), at)
      .wait(0)
      .sees({ ...viewOf(model({ targets: sickTargets() }, STORY.slice(0, 7)), 'bob'), link: lost.link })
      .sees({ ...sick, me: 'bob', now: NOW + 47 * 60_000 }),
  acknowledge: (at) => seat(viewOf(model({ targets: sickTargets() }, STORY.slice(0, 1))), at).press('alt-a'),
  'typed before': (at) => seat(sick, at).type('/level key').press('enter').type('one').press('escape', 'ctrl-r'),
  'panels only': (at) => seat(sick, at).type('/panels 3').press('enter'),
  'panels take half': (at) => seat(sick, at).type('/panels 4').press('enter'),
  'timeline only': (at) => seat(sick, at).type('/panels 2').press('enter'),
  keys: (at) => seat(sick, at).type('/keys').press('enter', 'f5', 'alt-s'),
  'severity advised': (at) =>
    seat(sick, at).press('f2').wait(200).type('2').press('tab').type('half are back').press('tab').type('12'),
  'help in a form': (at) => seat(sick, at).press('f2').wait(200).press('f1'),
  'help searched': (at) => seat(sick, at).press('f1').type('pin'),
  retract: (at) => seat(sick, at).type('/retract #9').press('enter').wait(200),
  'triage panel': (at) => seat(triaged, at),
  'settle an item': (at) => seat(sick, at).type('/done').press('enter').wait(200),
  release: (at) => seat(sick, at).type('/release').press('enter').wait(200),
  alerts: (at) =>
    seat({ ...sick, alerts: ALERTS }, at)
      .type('/alerts')
      .press('enter')
      .wait(200),
  silence: (at) =>
    seat({ ...sick, alerts: ALERTS }, at)
      .type('/silence')
      .press('enter')
      .wait(200),
  page: (at) => seat(PAGED, at).wait(1_500),
  'page while typing': (at) => seat(PAGED, at).type('rollback at 40%').wait(0),
  'page for an alert': (at) => seat(PAGED_ALERT, at).wait(1_500),
  filtered: (at) => seat(sick, at).type('/filter by:bob').press('enter'),
  'everything listed': (at) => seat(sick, at).type('/level system').press('enter').wait(9000),
  'cannot write': (at) => seat({ ...sick, link: { ...sick.link, readOnly: 'the disk is full' } }, at),
  refused: (at) => seat({ ...sick, pending: [REFUSED] }, at),
  observer: (at) => seat({ ...sick, observer: true, me: 'eve' }, at),
  'many lines': (at) => seat(sick, at).paste(['first', 'second', 'third'].join('\n')),
  'large paste': (at) => seat(sick, at).type('log: ').paste('x'.repeat(2000)),
  drill: (at) => seat(viewOf(model({ targets: wellTargets() }, [DRILL, ...STORY.slice(1, 5)])), at),
  ended: (at) => seat(viewOf(model({ targets: wellTargets() }, [...STORY, ...ENDING])), at),
  'long words': (at) => seat(LONG, at),
  'declared just now': (at) =>
    seat(inRoom([['bob', { kind: 'declare', title: 'checkout errors', severity: 'SEV-0' }, 42]], 'bob'), at),
  'held page': (at) =>
    seat({ ...HELD_BACK, incidents: [{ ...INCIDENTS[0], paged: [L1], held: HELD }, INCIDENTS[1]] }, at).wait(1_500),
  'objection raised': (at) => seat(inRoom([...ASKED, OBJECTED]), at),
  'roll called': (at) => seat(inRoom([...STORY, ROLL_CALLED], 'bob'), at),
  'commander gone': (at) => seat({ ...inRoom(STORY, 'bob'), away: [AWAY] }, at),
  monitoring: (at) => seat(inRoom([...STORY, ...ENDING.slice(0, 1)], 'alice', { alerts: ALERTS.slice(0, 1) }), at),
  'resolve in spite of all': (at) =>
    seat(inRoom([...STORY, ...ENDING.slice(0, 1)], 'alice', { alerts: ALERTS.slice(0, 1) }), at)
      .type('/status resolved')
      .press('enter')
      .wait(200),
  'resolved while alerts fire': (at) =>
    seat(inRoom([...STORY, ...ENDING], 'alice', { alerts: ALERTS.slice(0, 1) }), at),
  'closed, the postmortem due': (at) => seat(inRoom([...STORY, ...ENDING, CLOSED], 'alice', { alerts: [] }), at),
  past: (at) => seat(past, at).type('x'),
  'past with a call': (at) =>
    seat(
      { ...past, past: { ...past.past!, isRunning: true, isPlaying: false, calls: 'alice offers you command' } },
      at,
    ),
  'what is next': (at) => seat(triaged, at).press('alt-n'),
  runbooks: (at) =>
    seat(inRoom(OBSERVED, 'bob', { alerts: REDIS }), at)
      .press('f6')
      .hears(LISTED, RUNBOOKS),
  runbook: (at) => withRunbook(at, STARTED),
  'step confirmed': (at) => withRunbook(at, PREVIEWED).press('enter').wait(200).type('cache'),
  trace: (at) => seat(sick, at).type(`/trace ${ID}`).press('enter').hears({ what: 'trace', id: ID }, { trace: TRACE }),
  postmortem: (at) => seat(REVIEWED, at).type('/postmortem').press('enter', 'down'),
  'write a section': (at) =>
    seat(REVIEWED, at)
      .type('/postmortem')
      .press('enter', 'down', 'enter')
      .wait(200)
      .type('pool size 20 cannot serve 300 rps; bob should have asked')
      .sees(
        inRoom([
          ...WRITTEN,
          ['carol', { kind: 'write_postmortem', section: 'cause', text: 'The pool was too small.', after: 0 }, 47],
        ]),
      ),
  'time axis': (at) => seat(inRoom(LATER), at).type('/axis').press('enter', 'left', 'left'),
  'alert proposes': (at) => seat(viewOf(idleModel({ targets: sickTargets(), alerts: ALERTS.slice(1, 2) })), at),
};
