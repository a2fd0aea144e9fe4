import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../host/src/model/bytes.ts";
import { type ProxmoxGuest, proxmoxTargets } from "../../../host/src/peers/proxmox-rule.ts";
import { momTargets } from "../../../host/src/simulate/controllers/mom.ts";
import { Random } from "../../../host/src/simulate/scenarios/random.ts";

const STATES = 4000;

function diceOf(seed: number): () => number {
  const random = new Random(seed);
  return () => random.next();
}

function randomGuests(next: () => number): ProxmoxGuest[] {
  const count = 1 + Math.floor(next() * 6);
  return Array.from({ length: count }, (_, i) => {
    const maxBytes = Math.floor((1 + next() * 31) * GIB);
    const minBytes = next() < 0.1 ? 0 : Math.floor(maxBytes * (0.1 + next() * 0.8));
    // Sometimes at a bound, sometimes outside: admins change the minimum of running guests.
    const spot = next();
    const within = minBytes + (maxBytes - minBytes) * next();
    const actualBytes = Math.floor(
      spot < 0.15 ? minBytes : spot < 0.3 ? maxBytes : spot < 0.4 ? minBytes * 0.9 : within,
    );
    const freeBytes = next() < 0.15 ? undefined : Math.floor(actualBytes * next() ** 3);
    const shares = [0, 500, 1000, 1000, 1000, 3000][Math.floor(next() * 6)] ?? 1000;
    return { name: `g${i}`, maxBytes, minBytes, actualBytes, freeBytes, shares };
  });
}

/** A second port of `compute_alg1`, statement by statement from the description, to hold the first to. */
function oracle(total: number, available: number, vms: readonly ProxmoxGuest[]): Record<string, number> {
  const res: Record<string, number> = {};
  const goal = Math.trunc((total * 80) / 100 - (total - available));
  const all = vms.filter((v) => v.actualBytes > 0 && v.minBytes > 0 && v.shares !== 0);
  const rich: ProxmoxGuest[] = [];
  const poor: ProxmoxGuest[] = [];
  for (const v of all) {
    const f = v.freeBytes ?? 0;
    if (f > 0 && f > v.minBytes * 0.25 && v.actualBytes >= v.minBytes) rich.push(v);
    else poor.push(v);
  }
  const change = (list: readonly ProxmoxGuest[], bytes: number): number => {
    let rest = bytes;
    let repeat = true;
    let progress = 1;
    const done: Record<string, boolean> = {};
    while (rest !== 0 && repeat && progress > 0) {
      repeat = false;
      progress = 0;
      let s = 0;
      let w = rest;
      for (const v of list) {
        if (done[v.name]) continue;
        s += v.shares;
        w += (res[v.name] ?? v.actualBytes) - v.minBytes;
      }
      let delta = 0;
      for (const v of list) {
        if (done[v.name]) continue;
        const b = v.actualBytes;
        let want = v.minBytes + Math.trunc((w / s) * v.shares);
        if (want > v.maxBytes) {
          want = v.maxBytes;
          repeat = true;
        } else if (want < v.minBytes) {
          want = v.minBytes;
          repeat = true;
        }
        let x: number;
        if (bytes > 0 && want > b) x = Math.min(want, b + 100 * MIB);
        else if (want < b) x = Math.max(want, b - 100 * MIB);
        else {
          done[v.name] = true;
          continue;
        }
        const old = res[v.name] ?? b;
        res[v.name] = x;
        if (x === old) continue;
        delta += x - old;
        progress += Math.abs(x - b);
        repeat = true;
      }
      rest -= delta;
    }
    return rest;
  };
  if (goal > 10 * MIB) {
    const r = change(poor, goal);
    if (r >= goal) change(all, r);
  } else if (goal < -10 * MIB) {
    const r = change(rich, goal);
    if (r <= goal) change(all, r);
  }
  return Object.fromEntries(
    Object.entries(res).filter(([n, x]) => x !== vms.find((v) => v.name === n)?.actualBytes),
  );
}

describe("Proxmox's rule", () => {
  it("does what its description says in thousands of random states", () => {
    const next = diceOf(1);
    let moved = 0;
    for (let state = 0; state < STATES; state++) {
      const guests = randomGuests(next);
      const total = Math.floor((8 + next() * 120) * GIB);
      const available = Math.floor(total * next() ** (1 + 3 * next()));
      const targets = Object.fromEntries(
        proxmoxTargets({ totalBytes: total, availableBytes: available }, guests),
      );
      expect(targets, `state ${state}`).toEqual(oracle(total, available, guests));
      moved += Object.keys(targets).length;
    }
    expect(moved).toBeGreaterThan(STATES);
  });
});

describe("MOM's rule", () => {
  it("does what its description says in thousands of random states", () => {
    const next = diceOf(2);
    let moved = 0;
    for (let state = 0; state < STATES; state++) {
      const [min, max] = [GIB * (0.5 + next()), GIB * (2 + 14 * next())];
      const cur = min + (max - min) * next();
      const average = cur * (0.9 + 0.2 * next());
      const free = average * next() ** 2;
      const hf = next() < 0.5 ? next() * 0.2 : next();
      const guest = { name: "a", minBytes: min, maxBytes: max, actualBytes: cur };
      const target = momTargets(hf, [{ ...guest, averageActualBytes: average, averageFreeBytes: free }]).get(
        "a",
      );
      expect(target, `state ${state}`).toBe(momOracle(hf, min, max, cur, average - free));
      if (target !== undefined) moved += 1;
    }
    expect(moved).toBeGreaterThan(STATES / 4);
  });
});

/** `balloon.rules`, line by line. */
function momOracle(hf: number, min: number, max: number, cur: number, used: number): number | undefined {
  if (hf < 0.2) {
    const gf = hf <= 0.05 ? hf - 0.05 : 0.2 * (hf / 0.2);
    const t = Math.max(cur * 0.95, Math.max(min, used + gf * cur));
    return t <= cur && cur - t > 0.0025 * cur ? Math.trunc(t) : undefined;
  }
  if (cur >= max) return undefined;
  const t = Math.min(max, Math.max(cur * 1.05, Math.max(min, used + 0.2 * cur)));
  return Math.abs(t - cur) > 0.0025 * cur ? Math.trunc(t) : undefined;
}
