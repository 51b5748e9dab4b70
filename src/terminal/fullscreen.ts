/** The sequences that take the whole screen and give it back. */

// The first and the last sequence keep and bring back the window's title, where the terminal can.
export const ENTER = '\x1b[22;2t\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1004h\x1b[m';
export const LEAVE = '\x1b[?1006l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[?1l\x1b>\x1b[m\x1b[?25h\x1b[?1049l\x1b[23;2t';

export const MOUSE_ON = '\x1b[?1000h\x1b[?1006h';
export const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l';
