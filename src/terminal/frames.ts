/** Limits the frame rate; a key is never delayed by a frame for news. */

/** The shortest time between two frames, ms. */
const FRAME_MS = 16;

/** Monotonic milliseconds, and a timer. */
interface FrameClock {
  now(): number;
  /** Calls back once after `ms`; the function returned cancels that. */
  after(ms: number, callback: () => void): () => void;
}

const processClock: FrameClock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** A frame loop that calls `draw`. A request made while drawing is for the next frame. */
export function createFrames(draw: () => void, clock: FrameClock = processClock) {
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
    /** Requests a frame; requests within one frame's time share one frame. */
    request(why: 'key' | 'news' = 'news'): void {
      if (stopped) return;
      const now = clock.now();
      const wait = FRAME_MS - (now - (why === 'key' ? lastForKey : last));
      if (wait <= 0 && !drawing) {
        cancel?.();
        if (why === 'key') lastForKey = now;
        frame();
      } else cancel ??= clock.after(Math.max(0, wait), frame);
    },
    /** Stops drawing. */
    stop(): void {
      stopped = true;
      cancel?.();
    },
  };
}
