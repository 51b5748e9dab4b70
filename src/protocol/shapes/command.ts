/** The commands a console may send: not those that only the hub and its intakes ask for. */
import * as v from 'valibot';
import { LIMITS } from '../../incident/decision.ts';
import type { Command } from '../../incident/command.ts';
import { NOTE_FORMS } from '../../incident/vocabulary.ts';
import { NAME_LENGTH } from '../../incident/person-name.ts';
import { byKey, instant, maybe, personName, role, severity, short, status, ulid, whole } from './parts.ts';

const why = short(LIMITS.why);
const title = short(LIMITS.title);
const text = short(LIMITS.text);

export const command = byKey('kind', [
  v.object({
    kind: v.literal('declare'),
    title,
    severity,
    drill: maybe(v.boolean()),
    at: maybe(instant),
    alert: maybe(short(300)),
    runbook: maybe(short(200)),
    why: maybe(why),
  }),
  v.object({ kind: v.literal('acknowledge'), alert: maybe(short(300)) }),
  v.object({
    kind: v.literal('note'),
    text,
    form: maybe(v.picklist(NOTE_FORMS)),
    at: maybe(instant),
    to: maybe(short(NAME_LENGTH)),
    due: maybe(instant),
    re: maybe(whole(1)),
    closes: maybe(v.boolean()),
    pin: maybe(v.boolean()),
  }),
  v.object({ kind: v.literal('set_severity'), to: severity, why: maybe(why), seen: maybe(severity) }),
  v.object({ kind: v.literal('set_status'), to: status, why: maybe(why), public: maybe(text), seen: maybe(status) }),
  v.object({ kind: v.literal('update_public'), text, nextMs: maybe(whole(1)) }),
  v.object({
    kind: v.literal('assign_role'),
    role,
    name: personName,
    why: maybe(why),
    seen: maybe(v.nullable(short(NAME_LENGTH))),
  }),
  v.object({ kind: v.literal('release_role'), role }),
  v.object({ kind: v.literal('offer_command'), name: personName }),
  v.object({ kind: v.literal('accept_command') }),
  v.object({ kind: v.literal('decline_command') }),
  v.object({ kind: v.literal('amend'), ref: whole(1), text: maybe(text), at: maybe(instant), why }),
  v.object({ kind: v.literal('retract'), ref: whole(1), why }),
  v.object({ kind: v.literal('pin'), ref: whole(1), pinned: maybe(v.boolean()) }),
  v.object({ kind: v.literal('silence'), matcher: short(500), why, until: instant }),
  v.object({ kind: v.literal('unsilence'), id: ulid }),
  v.object({ kind: v.literal('reload') }),
  v.object({ kind: v.literal('inspect'), target: short(200) }),
]) satisfies v.GenericSchema<unknown, Command>;
