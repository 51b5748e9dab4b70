import type { AnyEvent } from '../src/incident/topic.ts';
import { INCIDENT } from '../src/incident/topics/index.ts';
import { safeText, type SafeText } from '../src/terminal/text.ts';

/** The sentence of `event` as safe text, the same on the screen, in `tail` and in plain mode. Line ends stay. */
export const eventText = (event: AnyEvent): SafeText => safeText(INCIDENT.sentence(event));
