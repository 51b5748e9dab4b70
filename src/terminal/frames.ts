/**
 * When to draw: at once if the last frame is at least FRAME_MS old, else when it is. A key is drawn at once even after a
 * frame for news: only a frame for another key makes it wait.
 */

/** The shortest time between two frames, in milliseconds. */
const FRAME_MS = 16;

/** Milliseconds that only go forward, and one timer. */
export interface FrameClock {
  now(): number;
  /** Calls back once after `ms`; the answer cancels it. */
  after(ms: number, callback: () => void): () => void;
}

export interface Frames {
  /** Asks for a frame, for a key or for anything else; any number of requests in one frame's time make one frame. */
  request(why?: 'key' | 'news'): void;
  /** No further frame is drawn. */
  stop(): void;
}

/** The clock of the process. */
const processClock: FrameClock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** A frame loop that calls `draw`. A request made while drawing counts for the next frame. */
export function createFrames(draw: () => void, clock: FrameClock = processClock): Frames {
  let last = Number.NEGATIVE_INFINITY;
  let lastForKey = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | null = null;
  let drawing = false;
  let stopped = false;

  function frame(): void {
    cancel = null;
    last = clock.now();
    drawing = true;
    try {
      draw();
    } finally {
      drawing = false;
    }
  }

  return {
    request(why = 'news') {
      if (stopped) return;
      const now = clock.now();
      const wait = FRAME_MS - (now - (why === 'key' ? lastForKey : last));
      if (wait <= 0 && !drawing) {
        cancel?.();
        if (why === 'key') lastForKey = now;
        frame();
      } else cancel ??= clock.after(Math.max(0, wait), frame);
    },
    stop() {
      stopped = true;
      cancel?.();
    },
  };
}
