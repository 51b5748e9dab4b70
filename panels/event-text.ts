/** What an event says, as safe text: one sentence, the same on the screen, in `tail` and in plain mode. */
import type { AnyEvent } from '../src/incident/topic.ts';
import { INCIDENT } from '../src/incident/topics/index.ts';
import { safeText, type SafeText } from '../src/terminal/text.ts';

/** The sentence of `event`; the line ends of what people wrote stay. */
export const eventText = (event: AnyEvent): SafeText => safeText(INCIDENT.sentence(event));
