/** The parts of a hub that many others use: they come before these, and use none of them. */
import type { HubContext } from './hub-context.ts';
import type { AcknowledgeLinks } from './acknowledge-links.ts';
import type { HttpBodies } from './http-body.ts';
import type { HubRecordRoom } from './hub-record.ts';
import type { Intakes } from './intakes.ts';
import type { Oncall } from './oncall.ts';
import type { Rooms } from './rooms.ts';
import type { Scheduler } from './scheduler.ts';

export interface HubParts extends HubContext {
  readonly rooms: Rooms;
  readonly record: HubRecordRoom;
  readonly oncall: Oncall;
  readonly scheduler: Scheduler;
  readonly bodies: HttpBodies;
  readonly links: AcknowledgeLinks;
  readonly intakes: Intakes;
}
