/** Decisions that people are asked to object to: what is decided, who agreed, who objected, and whether it stands. */
import * as v from 'valibot';
import { mayCommand, notYours } from '../authority.ts';
import { BOUNDS, shortenText, withDecision, withoutDecision } from '../bounds.ts';
import { command, drafting, ended, event, internal, type Context } from '../context.ts';
import { refuse, type Decision, type Refusal } from '../decision.ts';
import { isEnded, type Incident, type StandingDecision } from '../incident.ts';
import { plus } from '../policy.ts';
import { WAYS } from '../stabilize.ts';
import { instant, maybe, TEXT_LIMITS, textShape, time, whole, why } from '../shapes.ts';
import { MINUTE } from '../time.ts';
import { defined } from '../topic.ts';
import { because } from './folding.ts';

const way = v.picklist(WAYS);
const names = v.pipe(v.array(v.string()), v.readonly());
/** Strong objections are waited for so long at least and at most, ms. */
export const OBJECTIONS_MS = { least: 1_000, most: 60 * MINUTE };

const events = {
  /** `objectionsUntil`: strong objections are heard until then; absent: it stands at once. `turnBackIf`: what would make us turn back. */
  decision_proposed: event({
    shape: v.object({
      text: v.string(),
      way: maybe(way),
      turnBackIf: maybe(v.string()),
      why: maybe(v.string()),
      objectionsUntil: maybe(time),
    }),
    level: 'key',
    mark: () => 'decision',
    finds: ['decision'],
    fold: (state, { seq, at, by, data: { text, way, turnBackIf, objectionsUntil } }) =>
      withDecision(
        state,
        defined<StandingDecision>({
          text,
          way,
          turnBackIf,
          objectionsUntil,
          seq,
          at,
          by: by.name,
          state: objectionsUntil === undefined ? 'stands' : 'open',
          agreed: [],
          objected: [],
        }),
      ),
    sentence: ({ data: { text, way, turnBackIf, why, objectionsUntil } }) =>
      `DECISION${way === undefined ? '' : ` ${way}`}: ${text}${because(why)}` +
      `${turnBackIf === undefined ? '' : `; turn back if ${turnBackIf}`}${objectionsUntil === undefined ? '' : `; strong objections until ${objectionsUntil.slice(11, 19)}Z`}`,
  }),
  agreed: event({
    shape: v.object({}),
    mark: () => 'decision',
    finds: ['decision'],
    fold: (state, { ref, by }) =>
      changed(state, ref, (decision) => ({
        agreed: [...decision.agreed.filter((name) => name !== by.name), by.name].slice(-MOST_NAMES),
        objected: decision.objected.filter(({ name }) => name !== by.name),
      })),
    sentence: ({ ref }) => `agrees with #${ref ?? '?'}`,
  }),
  objected: event({
    shape: v.object({ text: v.string() }),
    level: 'key',
    mark: () => 'warn',
    finds: ['decision'],
    fold: (state, { ref, by, data: { text } }) =>
      changed(state, ref, (decision) => ({
        agreed: decision.agreed.filter((name) => name !== by.name),
        objected: [
          ...decision.objected.filter(({ name }) => name !== by.name),
          { name: by.name, text: shortenText(text, BOUNDS.why) },
        ].slice(-MOST_NAMES),
      })),
    sentence: ({ ref, data: { text } }) => `OBJECTS to #${ref ?? '?'}: ${text}`,
  }),
  /** `stands`: it holds. `objected`: its time ended with objections, and the commander has to say. `withdrawn`: it does not hold. */
  decision_settled: event({
    shape: v.object({
      outcome: v.picklist(['stands', 'objected', 'withdrawn']),
      agreed: names,
      objected: names,
      why: maybe(v.string()),
    }),
    level: 'key',
    mark: () => 'decision',
    finds: ['decision'],
    fold: (state, { ref, data: { outcome } }) =>
      outcome === 'withdrawn' ? withoutDecision(state, ref) : changed(state, ref, () => ({ state: outcome })),
    sentence({ ref, data: { outcome, agreed, objected, why } }) {
      const what = { stands: 'stands', objected: 'waits: the commander decides', withdrawn: 'is withdrawn' }[outcome];
      const who = (names: readonly string[], does: string): string =>
        names.length === 0 ? `nobody ${does}s` : `${names.join(', ')} ${does}${names.length === 1 ? 's' : ''}`;
      return `decision #${ref ?? '?'} ${what}: ${who(agreed, 'agree')}, ${who(objected, 'object')}${because(why)}`;
    },
  }),
};
const draft = drafting(events);

/** Names that a decision keeps, of those who agreed and those who objected; all are in the record. */
const MOST_NAMES = 10;

export const decisionsTopic = {
  events,
  commands: {
    /** Without `objectionsMs` it stands at once. */
    propose_decision: command({
      shape: v.object({
        text: textShape,
        way: maybe(way),
        turnBackIf: maybe(why),
        why: maybe(why),
        objectionsMs: maybe(whole(1)),
        at: maybe(instant),
      }),
      pending: ({ text }) => `DECISION: ${text}`,
      decide(state, { objectionsMs, ...asked }, context) {
        const { at, way, turnBackIf, why } = asked;
        const text = asked.text.trim();
        if (isEnded(state)) return ended(state);
        if (text === '') return refuse('invalid', 'say what is decided');
        if (text.length > TEXT_LIMITS.why)
          return refuse('invalid', `a decision has at most ${TEXT_LIMITS.why} characters`);
        if (!mayCommand(state, context.actor.name)) return notYours(state, 'decides; /note decision suggests one');
        const { least, most } = OBJECTIONS_MS;
        if (objectionsMs !== undefined && (objectionsMs < least || objectionsMs > most))
          return refuse('invalid', 'strong objections are heard for 1 s to 1 h');
        const objectionsUntil = objectionsMs === undefined ? undefined : plus(context.now, objectionsMs);
        const data = { text, way, turnBackIf, why, objectionsUntil };
        return [draft(state, context, 'decision_proposed', data, { at })];
      },
    }),

    agree: command({
      shape: v.object({ ref: whole(1) }),
      pending: ({ ref }) => `agree with #${ref}`,
      decide(state, { ref }, context) {
        const decision = heard(state, ref, context);
        if ('refused' in decision) return decision;
        if (decision.agreed.includes(context.actor.name)) return refuse('conflict', `you agreed with #${ref} already`);
        return [draft(state, context, 'agreed', {}, { ref })];
      },
    }),

    object: command({
      shape: v.object({ ref: whole(1), text: why }),
      pending: ({ ref, text }) => `object to #${ref}: ${text}`,
      decide(state, { ref, text }, context) {
        const decision = heard(state, ref, context);
        if ('refused' in decision) return decision;
        if (text.trim() === '') return refuse('invalid', 'an objection says why');
        return [draft(state, context, 'objected', { text: text.trim() }, { ref })];
      },
    }),

    /** The commander ends the hearing, decides in spite of objections, or takes a decision back. */
    settle_decision: command({
      shape: v.object({ ref: whole(1), stands: v.boolean(), why: maybe(why) }),
      pending: ({ ref, stands }) => `decision #${ref} ${stands ? 'stands' : 'is withdrawn'}`,
      decide(state, { ref, stands, why }, context) {
        const decision = decisionOf(state, ref);
        if (decision === undefined) return noDecision(ref);
        if (isEnded(state)) return ended(state);
        if (!mayCommand(state, context.actor.name)) return notYours(state, 'settles decisions');
        if (stands && decision.state === 'stands') return refuse('conflict', `#${ref} stands already`);
        if (stands && decision.objected.length > 0 && !why?.trim())
          return refuse('invalid', `${namesOf(decision.objected)} objected to #${ref}: say why it stands`);
        if (!stands && !why?.trim()) return refuse('invalid', 'say why it is withdrawn');
        return settled(state, context, decision, stands ? 'stands' : 'withdrawn', why);
      },
    }),

    /** The time for objections is over. */
    end_objections: internal({
      shape: v.object({ ref: whole(1) }),
      decide(state, { ref }, context) {
        const decision = decisionOf(state, ref);
        if (decision === undefined) return noDecision(ref);
        if (decision.state !== 'open' || decision.objectionsUntil === undefined)
          return refuse('conflict', `#${ref} is settled`);
        if (context.now < decision.objectionsUntil)
          return refuse('not_now', `objections to #${ref} are heard until ${decision.objectionsUntil}`);
        return settled(state, context, decision, decision.objected.length === 0 ? 'stands' : 'objected');
      },
    }),
  },
};

const decisionOf = ({ decisions }: Incident, seq: number): StandingDecision | undefined =>
  decisions.find((decision) => decision.seq === seq);
const noDecision = (ref: number): Refusal =>
  refuse('not_found', `#${ref} is no decision that stands or is being asked about`);
const namesOf = (objected: StandingDecision['objected']): string => objected.map(({ name }) => name).join(', ');

/** The decision `ref` while it can be agreed with and objected to. */
function heard(state: Incident, ref: number, { now }: Context): StandingDecision | Refusal {
  const decision = decisionOf(state, ref);
  if (decision === undefined) return noDecision(ref);
  if (isEnded(state)) return ended(state);
  const { objectionsUntil } = decision;
  if (decision.state !== 'open' || objectionsUntil === undefined)
    return refuse('not_now', `#${ref} is settled; write a note, or ask the IC to withdraw it`);
  if (now >= objectionsUntil)
    return refuse(
      'not_now',
      `objections to #${ref} were heard until ${objectionsUntil.slice(11, 19)}Z; write a note, or ask the IC to withdraw it`,
    );
  return decision;
}

function settled(
  state: Incident,
  context: Context,
  { seq, agreed, objected }: StandingDecision,
  outcome: 'stands' | 'objected' | 'withdrawn',
  why?: string,
): Decision {
  const data = { outcome, agreed, objected: objected.map(({ name }) => name), why };
  return [draft(state, context, 'decision_settled', data, { ref: seq })];
}

const changed = (
  state: Incident,
  ref: number | undefined,
  change: (decision: StandingDecision) => Partial<StandingDecision>,
): Partial<Incident> => ({
  decisions: state.decisions.map((decision) =>
    decision.seq === ref ? { ...decision, ...change(decision) } : decision,
  ),
});
