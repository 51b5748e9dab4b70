/** An incident as its record has it: folded from the start, or from a snapshot that this very core made. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { evolve } from '../incident/topics/index.ts';
import { blankIncident, type Incident } from '../incident/incident.ts';
import { nodeFs } from '../log/disk.ts';
import type { Log } from '../log/log.ts';
import { loadSnapshot, saveSnapshot, type Snapshot } from '../log/snapshot.ts';
import { readIncident } from '../protocol/validate.ts';

/** Events after which a new snapshot is worth its write. */
export const SNAPSHOT_EVERY = 2_000;

/**
 * The version of the fold: a hash of the core's own files. A snapshot made by another core is ignored, so that a
 * changed rule never shows an old answer.
 */
export function foldVersion(): number {
  const folder = new URL('../incident/', import.meta.url);
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.[jt]s$/.test(name));
  for (const name of files.sort()) hash.update(readFileSync(new URL(name, folder)));
  return hash.digest().readUIntBE(0, 6);
}

export interface Recalled {
  readonly state: Incident;
  /** Seq of the snapshot it was built on; 0 without one. */
  readonly from: number;
}

/** Folds the record of `id`; from its snapshot on when there is one of this history. */
export async function recall(id: string, log: Log, dataDir: string, version: number): Promise<Recalled> {
  const start = snapshotOf(id, log, dataDir, version) ?? blankIncident(id);
  let state = start;
  for await (const event of log.read(id, start.head)) state = evolve(state, event);
  return { state, from: start.head };
}

function snapshotOf(id: string, log: Log, dataDir: string, version: number): Incident | null {
  const snapshot = readable(id, dataDir, version);
  if (snapshot === null || snapshot.epoch !== log.epoch(id) || snapshot.seq > log.head(id)) return null;
  // After an older copy of the record was put back the numbers may fit again, and the entries differ.
  if (log.get(id, snapshot.seq)?.id !== snapshot.last) return null;
  const state = readIncident(snapshot.state);
  return state?.id === id && state.head === snapshot.seq ? state : null;
}

/** A snapshot that cannot be read is none: the record has all of it. */
function readable(id: string, dataDir: string, version: number): Snapshot | null {
  try {
    return loadSnapshot(nodeFs, `${dataDir}/incidents/${id}`, id, version);
  } catch {
    return null;
  }
}

/** Keeps `state` for the next start. A snapshot that cannot be written is not missed. */
export async function keep(state: Incident, log: Log, dataDir: string, version: number): Promise<void> {
  try {
    const last = log.get(state.id, state.head)?.id ?? '';
    const snapshot = { seq: state.head, epoch: log.epoch(state.id), last, state };
    await saveSnapshot(nodeFs, `${dataDir}/incidents/${state.id}`, state.id, version, snapshot);
  } catch {
    // The record has all of it; a fault in reading that is told by the log.
  }
}
