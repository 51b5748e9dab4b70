/** The parts of a hub that many others use: they come before these, and use none of them but by single methods. */
import type { AcknowledgeLinks } from './acknowledge-links.ts';
import type { Authenticator } from './authenticator.ts';
import type { Connections } from './connections.ts';
import type { FanOut } from './fan-out.ts';
import type { HubFigures, HubFollowUp } from './figures.ts';
import type { HttpBodies } from './http-body.ts';
import type { HubContext } from './hub-context.ts';
import type { HubRecordRoom } from './hub-record.ts';
import type { Intakes } from './intakes.ts';
import type { Oncall } from './oncall.ts';
import type { Presence } from './presence.ts';
import type { Recorder } from './recorder.ts';
import type { Rooms, Stored } from './rooms.ts';
import type { Scheduler } from './scheduler.ts';

export interface HubParts extends Pick<HubContext, keyof HubContext> {
  readonly recorder: Recorder;
  readonly presence: Presence;
  readonly fanOut: FanOut;
  readonly connections: Connections;
  readonly authenticator: Authenticator;
  /** Incidents whose records were moved away; the figures count them as before. */
  archived: ReadonlyMap<string, Stored>;
  readonly figures: HubFigures;
  readonly followUp: HubFollowUp;
  readonly rooms: Rooms;
  readonly record: HubRecordRoom;
  readonly scheduler: Scheduler;
  readonly oncall: Oncall;
  readonly links: AcknowledgeLinks;
  readonly intakes: Intakes;
  readonly bodies: HttpBodies;
  /** Names that people have here: connected since the start, invited, or on call. */
  readonly knownNames: () => readonly string[];
}
