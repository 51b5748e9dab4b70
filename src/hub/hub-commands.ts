/** Commands to the hub itself: acknowledge, silence, reload, inspect. */
import { isEnded } from '../incident/incident.ts';
import type { HubRecordCommand } from '../incident/hub-record.ts';
import type { ListedIntake } from '../incident/intake.ts';
import { closest, suggestion } from '../incident/fuzzy.ts';
import { DEFAULT_ROUTE } from '../incident/paging.ts';
import { ownValue } from '../incident/topic.ts';
import { counted } from '../incident/words.ts';
import { namesOf, personOf } from '../oncall/plan.ts';
import type { HubCommand } from '../protocol/command.ts';
import { parseMatchers } from '../rules/inhibition.ts';
import type { Alerting } from './alerting.ts';
import type { HubDeliveries } from './deliveries.ts';
import type { InspectionResult } from './hub-options.ts';
import type { StepRuns } from './step-runs.ts';
import type { HubParts } from './hub-parts.ts';
import { refused, type CommandResult, type RefusedResult, type Submission } from './submission.ts';

interface HubCommandContext extends HubParts {
  readonly alerting: Alerting;
  readonly deliveries: HubDeliveries;
  readonly steps: StepRuns;
}

type OfKind<K extends HubCommand['kind']> = Extract<HubCommand, { kind: K }>;

const MAX_REASON = 4_000;
const NOBODY_LOOKS: InspectionResult = { refused: 'this hub polls no targets' };

export class HubCommands {
  readonly #context: HubCommandContext;

  constructor(context: HubCommandContext) {
    this.#context = context;
  }

  /** `incident`: the one the console follows. `isTrusted`: local token, or an IC. */
  async execute(
    submission: Submission<HubCommand>,
    incident: string | null,
    isTrusted: boolean,
  ): Promise<CommandResult> {
    const { command } = submission;
    switch (command.kind) {
      case 'acknowledge':
        return this.#acknowledge(submission, command.alert);
      case 'escalate':
        return this.#escalate(submission, command);
      case 'silence':
        return this.#silence(submission, command, incident);
      case 'unsilence':
        return this.#unsilence(submission, command.id, incident);
      case 'override_oncall':
        return this.#override(submission, command);
      case 'withdraw_override':
        return this.#withdraw(submission, command.id);
      case 'note_handoff':
        return this.#noteHandOff(submission, command);
      case 'test_delivery':
      case 'retry_delivery':
      case 'confirm_delivery':
        return this.#context.deliveries.execute({ ...submission, command }, incident);
      case 'add_intake':
        return this.#record({ ...submission, command }, `${command.name} may report alerts and changes`);
      case 'revoke_intake':
        return this.#record({ ...submission, command }, `${command.name} may report nothing any more`);
      case 'list_intakes':
        return { said: JSON.stringify(this.#intakes()) };
      case 'reload':
        if (isTrusted) return this.#reload(submission, incident);
        return refused(
          'forbidden',
          'only the IC, and people on the hub\u2019s own machine, read the configuration again',
        );
      case 'inspect': {
        // It changes nothing, so it is not recorded.
        const answer = (await this.#context.serving.inspect(command.target)) ?? NOBODY_LOOKS;
        return 'said' in answer ? answer : refused('not_now', answer.refused);
      }
      case 'run_step':
        return this.#context.steps.execute({ ...submission, command }, incident);
      case 'read_output':
        return this.#context.steps.read(command, incident);
      case 'link':
      case 'merge':
        return this.#relate(submission, incident, command.kind === 'link' ? command.other : command.into);
      default:
        return command satisfies never;
    }
  }

  /** Also recorded in the alert's incident, which it acknowledges if nobody has. */
  async #acknowledge(submission: Submission<HubCommand>, alert: string): Promise<CommandResult> {
    const { alerting, policy, record, rooms } = this.#context;
    const firing = alerting.firing(alert);
    if ('refused' in firing) return firing;
    const forMs = policy().escalation.ackSilentMs[firing.severity];
    const command = { kind: 'acknowledge_alert', alert, forMs } as const;
    const result = await record.execute({ ...submission, command });
    if ('refused' in result) return result;
    const home = alerting.home(alert);
    if (home !== null) return rooms.execute(home, { ...submission, command: { kind: 'acknowledge', alert } });
    const until = ownValue(record.state.acknowledgements, alert)?.until.slice(11, 16) ?? '';
    return { said: `acknowledged ${alert}; it asks again at ${until}Z` };
  }

  /** In the incident the alert belongs to, else for the alert alone. */
  async #escalate(
    submission: Submission<HubCommand>,
    { alert, level, why }: OfKind<'escalate'>,
  ): Promise<CommandResult> {
    const { alerting, policy, record, rooms } = this.#context;
    const firing = alerting.firing(alert);
    if ('refused' in firing) return firing;
    const reason = why === undefined ? {} : { why };
    const home = alerting.home(alert);
    if (home !== null) return rooms.execute(home, { ...submission, command: { kind: 'escalate', level, ...reason } });
    const { ackMs } = policy().severities[firing.severity];
    const since = alerting.firedAt(alert) ?? new Date(firing.since).toISOString();
    const route = firing.route ?? DEFAULT_ROUTE;
    const { summary } = firing;
    const command = { kind: 'escalate_alert', alert, since, route, ackMs, level, summary, ...reason } as const;
    const result = await record.execute({ ...submission, command });
    if ('refused' in result) return result;
    const called = ownValue(record.state.paging, alert)?.pages.at(-1);
    return { said: `paged ${called?.level ?? level} ${called?.name ?? '(nobody is on call there)'} for ${alert}` };
  }

  async #silence(
    submission: Submission<HubCommand>,
    command: OfKind<'silence'>,
    incident: string | null,
  ): Promise<CommandResult> {
    const matcher = command.matcher.trim();
    const matchers = parseMatchers(matcher);
    if (typeof matchers === 'string') return refused('invalid', matchers);
    const rule = matchers.find(({ name, op }) => name === 'alertname' && op === '=')?.value;
    const rules = this.#context.alerting.ruleNames();
    if (rule !== undefined && !rules.includes(rule))
      return refused('not_found', `no rule is called "${rule}"${suggestion(rule, rules)}`);
    const said = `silenced ${matcher} until ${command.until.slice(0, 16)}Z: ${command.why.trim()}`;
    return this.#record({ ...submission, command: { ...command, matcher } }, said, incident);
  }

  #unsilence(submission: Submission<HubCommand>, id: string, incident: string | null): Promise<CommandResult> {
    const silence = this.#context.record.state.silences.find((one) => one.id === id);
    const words = silence === undefined ? id : `${silence.matcher} (by ${silence.by}: ${silence.why})`;
    const command = { kind: 'unsilence', id } as const;
    return this.#record({ ...submission, command }, `ended the silence of ${words}`, incident);
  }

  /** The rotation and the person are those of the plan; what was typed may be an alias. */
  async #override(submission: Submission<HubCommand>, command: OfKind<'override_oncall'>): Promise<CommandResult> {
    const { plan } = this.#context.oncall;
    if (plan === null)
      return refused('not_found', 'nobody is on call here: the configuration has no oncall.yaml with people');
    const unknown = this.#unknownRotation(command.rotation);
    if (unknown !== null) return unknown;
    const person = personOf(plan, command.name);
    if (person === null)
      return refused(
        'not_found',
        `nobody in oncall.yaml is called "${command.name}"${orKnown(command.name, plan.people.flatMap(namesOf))}`,
      );
    const span = `from ${minuteOf(command.from)} until ${minuteOf(command.until)}`;
    return this.#record(
      { ...submission, command: { ...command, name: person.name } },
      `${person.name} is on call for ${command.rotation} ${span}: ${command.why.trim()}`,
    );
  }

  #withdraw(submission: Submission<HubCommand>, id: string): Promise<CommandResult> {
    const override = this.#context.record.state.overrides.find((one) => one.id === id);
    const words =
      override === undefined ? id : `${override.name} for ${override.rotation} (by ${override.by}: ${override.why})`;
    const command = { kind: 'withdraw_override', id } as const;
    return this.#record({ ...submission, command }, `withdrew the override of ${words}`);
  }

  async #noteHandOff(submission: Submission<HubCommand>, command: OfKind<'note_handoff'>): Promise<CommandResult> {
    const { rotation } = command;
    const said = `the report at the hand-off of ${rotation} has the note`;
    return this.#unknownRotation(rotation) ?? this.#record({ ...submission, command }, said);
  }

  /** Null: the plan has it. */
  #unknownRotation(rotation: string): RefusedResult | null {
    const names = (this.#context.oncall.plan?.rotations ?? []).map(({ name }) => name);
    if (names.includes(rotation)) return null;
    return refused('not_found', `there is no rotation "${rotation}"${orKnown(rotation, names)}`);
  }

  /** In the hub's own record. `incident`: what was done is noted there, too. */
  async #record(
    submission: Submission<HubRecordCommand>,
    said: string,
    incident?: string | null,
  ): Promise<CommandResult> {
    const result = await this.#context.record.execute(submission);
    if ('refused' in result) return result;
    return incident === undefined ? { said } : this.#note(submission, said, incident);
  }

  #intakes(): readonly ListedIntake[] {
    const { intakes, reports } = this.#context.record.state;
    const firing = Object.values(reports.firing);
    return Object.entries(intakes).map(([name, { by, at }]) => ({
      name,
      by,
      at,
      firing: firing.filter(({ intake }) => intake === name).length,
    }));
  }

  async #reload(submission: Submission<HubCommand>, incident: string | null): Promise<CommandResult> {
    const answer = await this.#context.settings.reload();
    if ('said' in answer) return this.#note(submission, answer.said, incident);
    const { length } = answer.faults;
    const head = `nothing was changed; the configuration has ${counted(length, 'fault')}`;
    return refused('invalid', [head, ...answer.faults].join('\n').slice(0, MAX_REASON));
  }

  /**
   * Records in `incident`, then in `other`; answers when it stands in both. A retry after a crash in between finds the
   * first part done, because the origin is the same.
   */
  async #relate(submission: Submission<HubCommand>, incident: string | null, other: string): Promise<CommandResult> {
    const { rooms } = this.#context;
    const merged = submission.command.kind === 'merge';
    const summaryOf = (id: string | null) => rooms.summaries().find((each) => each.id === id);
    const [here, there] = [summaryOf(incident), summaryOf(other)];
    if (here === undefined) return refused('not_found', 'say which incident: --incident ID');
    if (there === undefined) return refused('not_found', rooms.whyNone(other));
    if (merged && isEnded(there)) return refused('not_now', `${other} is ${there.status}: merge into one that is open`);
    const to = { incident: other, title: there.title };
    const command = merged
      ? { kind: 'merge_incident' as const, ...to }
      : { kind: 'link_incident' as const, ...to, merged };
    const result = await rooms.execute(here.id, { ...submission, command });
    if ('refused' in result) return result;
    const back = { kind: 'link_incident', incident: here.id, title: here.title, merged } as const;
    const answer = await rooms.execute(other, { ...submission, command: back });
    return 'refused' in answer && answer.refused !== 'conflict' ? answer : result;
  }

  /** Records in the console's incident, else the newest open one; with none open the answer is all. */
  async #note(submission: Submission<object>, what: string, incident: string | null): Promise<CommandResult> {
    const open = this.#context.rooms.open();
    const room = open.find(({ id }) => id === incident) ?? open[0];
    if (room === undefined) return { said: what };
    return room.execute({ ...submission, command: { kind: 'mark_change', what } });
  }
}

/** `; did you mean "ana" or "anna"?`, or, where nothing is near, what is known. */
function orKnown(typed: string, known: readonly string[]): string {
  const near = closest(typed, known);
  if (near.length > 0) return `; did you mean ${near.map((name) => `"${name}"`).join(' or ')}?`;
  return known.length === 0 ? '' : `; known: ${known.slice(0, 20).join(', ')}`;
}

const minuteOf = (at: string): string => `${at.slice(0, 16).replace('T', ' ')} UTC`;
