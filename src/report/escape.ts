/** Text in HTML and SVG. Pure. */
import { withEntities } from '../incident/markup.ts';

// Control characters have no form in HTML, and reordering ones would show text as something else; joiners stay, which
// scripts and emoji need.
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]/g;

export const escaped = (text: string): string => withEntities(text.replace(/\r\n?/g, '\n').replace(HIDDEN, '\ufffd'));
